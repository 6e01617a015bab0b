//! One range of bytes, as `Range` asks for it (RFC 9110, section 14).

use std::ops::Range;

/// What a `Range` header means for a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// No range that is understood: everything.
    Whole,
    Part(Range<u64>),
    /// The file does not reach that far.
    Beyond,
}

/// Several ranges at once, other units and nonsense are as no range: that is allowed, and browsers do not ask for them.
pub(crate) fn wanted(header: &str, size: u64) -> Wanted {
    let Some((first, last)) = header
        .strip_prefix("bytes=")
        .and_then(|range| range.trim().split_once('-'))
    else {
        return Wanted::Whole;
    };
    let number = |text: &str| text.parse::<u64>().ok();
    let range = match (first, last) {
        ("", last) => match number(last) {
            Some(0) => return Wanted::Beyond,
            Some(count) => size.saturating_sub(count)..size,
            None => return Wanted::Whole,
        },
        (first, "") => match number(first) {
            Some(first) => first..size,
            None => return Wanted::Whole,
        },
        (first, last) => match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => first..size.min(last.saturating_add(1)),
            _ => return Wanted::Whole,
        },
    };
    if range.start >= size {
        Wanted::Beyond
    } else {
        Wanted::Part(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_what_it_says_within_the_file() {
        assert_eq!(wanted("bytes=0-9", 100), Wanted::Part(0..10));
        assert_eq!(wanted("bytes=90-", 100), Wanted::Part(90..100));
        assert_eq!(wanted("bytes=-10", 100), Wanted::Part(90..100));
        assert_eq!(wanted("bytes=-500", 100), Wanted::Part(0..100));
        assert_eq!(wanted("bytes=50-5000", 100), Wanted::Part(50..100));
        assert_eq!(wanted("bytes=99-99", 100), Wanted::Part(99..100));
    }

    #[test]
    fn a_range_behind_the_end_cannot_be_satisfied() {
        for header in ["bytes=100-", "bytes=100-200", "bytes=-0"] {
            assert_eq!(wanted(header, 100), Wanted::Beyond, "{header}");
        }
        assert_eq!(wanted("bytes=0-", 0), Wanted::Beyond);
    }

    #[test]
    fn what_is_no_single_range_is_none() {
        for header in [
            "bytes=0-1,5-6",
            "bytes=9-3",
            "bytes=a-b",
            "lines=1-2",
            "bytes=-",
            "",
        ] {
            assert_eq!(wanted(header, 100), Wanted::Whole, "{header}");
        }
    }
}
