//! Text that was checked when it came in: normalised to NFC, bounded in graphemes and in bytes.

mod domain;
mod file_name;
mod fold;
mod names;
mod password;
mod seen;

pub use domain::{Domain, DomainPattern, InvalidDomain};
pub use file_name::FileName;
pub use fold::{fold, fold_character};
pub use names::{
    ChannelName, DisplayName, GuildName, InviteCode, MessageText, Nickname, Nonce, Reason,
    RoleName, StatusText, Topic, Username,
};
pub use password::{Password, prepare_password};

use seen::{is_mark, is_seen, turns_direction};

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// Why a text was not accepted; the message is fit to stand beside the field's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("must have something in it that can be seen")]
    Blank,
    #[error("must have at least {0} characters")]
    TooShort(usize),
    #[error("must have at most {0} characters")]
    TooLong(usize),
    /// In UTF-8. What looks like one character may be made of any number of them.
    #[error("must have at most {0} bytes")]
    TooHeavy(usize),
    #[error("contains a control character, which is not allowed")]
    Control,
    #[error("must be on one line")]
    Lines,
    #[error("must have at most {0} marks on one letter")]
    Marks(usize),
    #[error("is reserved")]
    Reserved,
    #[error("may contain only {0}")]
    Alphabet(&'static str),
}

/// Bytes per grapheme that are accepted on the average: every script and emoji as people write them fit, a text of nothing but
/// families and flags or of towers of accents does not. What carries a text (an event, a description of a guild) is bounded by it.
const BYTES_PER_GRAPHEME: usize = 8;

/// How many combining marks may stand on one letter. Hebrew with vowels and accents, Vietnamese and Tibetan stay below; towers
/// that grow over the lines around them do not.
const MOST_MARKS: usize = 8;

struct Rule {
    min: usize,
    max: usize,
    lines: bool,
}

fn check(text: &str, rule: &Rule) -> Result<String, TextError> {
    // Cheap refusal first: nobody makes the server normalise megabytes.
    let heaviest = rule.max * BYTES_PER_GRAPHEME;
    if text.len() > heaviest {
        return Err(too_large(text, rule.max, heaviest));
    }
    let text: String = text.nfc().collect();
    let text = text.trim().to_owned();
    // Composing may lengthen a text, up to threefold.
    if text.len() > heaviest {
        return Err(too_large(&text, rule.max, heaviest));
    }
    if rule.min > 0 && !text.chars().any(is_seen) {
        return Err(TextError::Blank);
    }
    if !rule.lines && text.contains(is_line_break) {
        return Err(TextError::Lines);
    }
    if text
        .chars()
        .any(|c| c.is_control() && !(rule.lines && matches!(c, '\n' | '\t' | '\r')))
    {
        return Err(TextError::Control);
    }
    // Among other words the rest of the line would follow it; and nobody could type such a name.
    let text = if rule.lines {
        text
    } else {
        text.replace(turns_direction, "")
    };
    if has_tower(&text) {
        return Err(TextError::Marks(MOST_MARKS));
    }
    let length = text.graphemes(true).count();
    if length < rule.min {
        return Err(TextError::TooShort(rule.min));
    }
    if length > rule.max {
        return Err(TextError::TooLong(rule.max));
    }
    Ok(text)
}

/// Whether a line ends here, for anything that shows text.
fn is_line_break(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// Whether more marks than [`MOST_MARKS`] stand one upon the other.
fn has_tower(text: &str) -> bool {
    let mut height = 0;
    text.chars().any(|c| {
        height = if is_mark(c) { height + 1 } else { 0 };
        height > MOST_MARKS
    })
}

/// Says of a text that has too many bytes what its writer can see: that it has too many characters, if that is so.
fn too_large(text: &str, max: usize, heaviest: usize) -> TextError {
    // No more of it is looked at than it takes to tell.
    if text.graphemes(true).nth(max).is_some() {
        TextError::TooLong(max)
    } else {
        TextError::TooHeavy(heaviest)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Cases {
        blank: Vec<String>,
        seen: Vec<String>,
        folded: Vec<(String, String)>,
    }

    /// The web client runs them too.
    fn cases() -> Cases {
        serde_json::from_str(include_str!("../../testdata/text.json")).unwrap()
    }

    #[test]
    fn what_shows_nothing_is_no_name_and_no_message() {
        let cases = cases();
        for blank in &cases.blank {
            let texts = [
                DisplayName::parse(blank).map(DisplayName::into_string),
                GuildName::parse(blank).map(GuildName::into_string),
                MessageText::parse(blank).map(MessageText::into_string),
            ];
            for text in texts {
                assert_eq!(text, Err(TextError::Blank), "{}", blank.escape_unicode());
            }
        }
        for seen in &cases.seen {
            let name = DisplayName::parse(seen);
            assert!(name.is_ok(), "{} {name:?}", seen.escape_unicode());
        }
    }

    #[test]
    fn words_fold_alike() {
        for (text, folded) in cases().folded {
            assert_eq!(fold(&text), folded, "{text}");
            assert_eq!(fold(&folded), folded, "{text}");
        }
    }

    #[test]
    fn a_name_is_on_one_line() {
        for end in [
            "\n", "\r\n", "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\u{2029}",
        ] {
            let name = format!("two{end}lines");
            assert_eq!(Nickname::parse(&name), Err(TextError::Lines), "{name:?}");
            assert_eq!(StatusText::parse(&name), Err(TextError::Lines), "{name:?}");
        }
        assert!(MessageText::parse("two\nlines").is_ok());
    }

    #[test]
    fn a_name_turns_no_direction() {
        let name = |text: &str| DisplayName::parse(text).unwrap().into_string();
        assert_eq!(name("ada\u{202e}nimda\u{202c}"), "adanimda");
        assert_eq!(name("\u{2067}שלום\u{2069}"), "שלום");
        // What only helps to order its own letters stays.
        assert_eq!(name("א\u{200f}!"), "א\u{200f}!");
        assert_eq!(
            MessageText::parse("a\u{202e}b").unwrap().as_str(),
            "a\u{202e}b"
        );
    }

    #[test]
    fn a_letter_carries_so_many_marks() {
        let tower = |height: usize| format!("a{}", "\u{334}\u{353}".repeat(height / 2));
        assert!(Nickname::parse(&tower(8)).is_ok());
        assert_eq!(Nickname::parse(&tower(10)), Err(TextError::Marks(8)));
        assert_eq!(MessageText::parse(&tower(10)), Err(TextError::Marks(8)));
        for word in ["שָׁלוֹם", "བསྒྲུབས", "ธีร์", "Việt", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩🏽‍❤️‍💋‍👨🏿", "க்ஷௌ"]
        {
            assert!(Nickname::parse(word).is_ok(), "{word}");
        }
    }
}
