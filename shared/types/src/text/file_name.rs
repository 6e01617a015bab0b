use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer};
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{is_line_break, is_seen, turns_direction};

/// What a file is called, without folders: 1 to 200 graphemes that every system can save. Any name becomes one: who sends a file
/// has no hand in what another system called it.
#[derive(Clone, PartialEq, Eq)]
pub struct FileName(String);

impl FileName {
    /// The most characters (graphemes) it has.
    pub const MAX: usize = 200;
    /// The most bytes it has, in UTF-8: no file system takes more.
    pub const MAX_BYTES: usize = 255;
    /// The longest ending that is kept, in bytes.
    const ENDING: usize = 16;

    /// The nearest name to `text`: what a system could not save or would take for something else is replaced by `_`, what turns
    /// the direction of writing is left out, and what is too long is shortened before its ending.
    pub fn of(text: &str) -> Self {
        let composed: String = text
            .nfc()
            .filter(|c| !turns_direction(*c))
            .map(safe)
            .collect();
        let name = composed.trim();
        let is_seen = name.chars().any(|c| is_seen(c) && c != '.');
        let name = if is_seen { name } else { "file" };
        Self(shortened(name))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

fn safe(c: char) -> char {
    let is_odd = c.is_control()
        || is_line_break(c)
        || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    if is_odd { '_' } else { c }
}

fn shortened(name: &str) -> String {
    let fits = |text: &str, bytes: usize| {
        text.len() <= bytes && text.graphemes(true).count() <= FileName::MAX
    };
    if fits(name, FileName::MAX_BYTES) {
        return name.to_owned();
    }
    let ending = match name.rfind('.') {
        Some(at) if at > 0 && name.len() - at <= FileName::ENDING => &name[at..],
        _ => "",
    };
    let stem = &name[..name.len() - ending.len()];
    let most = FileName::MAX - ending.graphemes(true).count();
    let mut kept = String::new();
    for grapheme in stem.graphemes(true).take(most) {
        if kept.len() + grapheme.len() + ending.len() > FileName::MAX_BYTES {
            break;
        }
        kept.push_str(grapheme);
    }
    if kept.is_empty() {
        // A single character of more bytes than a name has.
        kept.push_str("file");
    }
    kept.trim_end().to_owned() + ending
}

impl fmt::Debug for FileName {
    // Content does not belong in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileName({} bytes)", self.0.len())
    }
}

impl<'de> Deserialize<'de> for FileName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::of(&Cow::<str>::deserialize(deserializer)?))
    }
}

impl PartialSchema for FileName {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).into()
    }
}

impl ToSchema for FileName {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> String {
        FileName::of(text).into_string()
    }

    #[test]
    fn any_name_becomes_one_that_can_be_saved() {
        assert_eq!(name("holiday 2026.jpg"), "holiday 2026.jpg");
        assert_eq!(name("../../etc/passwd"), ".._.._etc_passwd");
        assert_eq!(name("C:\\me\\a?.txt"), "C__me_a_.txt");
        assert_eq!(name("two\nlines\u{2028}three.md"), "two_lines_three.md");
        // The ending is what a reader sees as the ending.
        assert_eq!(name("photo\u{202e}gpj.exe"), "photogpj.exe");
        for empty in ["", "  ", ".", "..", "\u{200b}", "\u{3164}"] {
            assert_eq!(name(empty), "file", "{empty:?}");
        }
        assert_eq!(name("\u{1}"), "_");
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        assert_eq!(
            name(&format!("{}.tar.gz", "x".repeat(300))),
            format!("{}.gz", "x".repeat(197))
        );
        let flags = name(&format!("{}.png", "🇩🇪".repeat(100)));
        assert!(flags.ends_with("🇩🇪.png") && flags.len() <= FileName::MAX_BYTES);
        assert_eq!(name(&format!("a{}.png", "\u{301}".repeat(300))), "file.png");
        assert_eq!(name(&"y".repeat(300)), "y".repeat(200));
    }

    proptest! {
        #[test]
        fn whatever_it_was_it_fits_and_stays(text in any::<String>()) {
            let once = name(&text);
            prop_assert!(!once.is_empty() && once.len() <= FileName::MAX_BYTES);
            prop_assert!(!once.contains(['/', '\\', '\n', '\0']));
            prop_assert_eq!(name(&once), once);
        }
    }
}
