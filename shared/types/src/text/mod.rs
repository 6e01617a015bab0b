//! Text that was checked when it came in: normalised to NFC, bounded in graphemes and in bytes.

mod domain;
mod names;

pub use domain::{Domain, DomainPattern, InvalidDomain};
pub use names::{
    ChannelName, DisplayName, FileName, GuildName, InviteCode, MessageText, Nickname, Nonce,
    Password, Reason, RoleName, StatusText, Topic, Username,
};

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// Why a text was not accepted; the message is fit to stand beside the field's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("must not be empty or consist of white space only")]
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
    #[error("may contain only {0}")]
    Alphabet(&'static str),
}

/// Bytes per grapheme that are accepted on the average: every script and emoji as people write them fit, a text of nothing but
/// families and flags or of towers of accents does not. What carries a text (an event, a description of a guild) is bounded by it.
const BYTES_PER_GRAPHEME: usize = 8;

/// Whether a character cannot be seen and takes no part in joining visible ones.
fn is_blank(c: char) -> bool {
    // Zero-width and filler characters look like white space to a reader, although Unicode files them elsewhere.
    c.is_whitespace()
        || matches!(c, '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180E}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}')
}

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
    if text
        .chars()
        .any(|c| c.is_control() && !(rule.lines && matches!(c, '\n' | '\t' | '\r')))
    {
        return Err(TextError::Control);
    }
    if rule.min > 0 && text.chars().all(is_blank) {
        return Err(TextError::Blank);
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

/// Says of a text that has too many bytes what its writer can see: that it has too many characters, if that is so.
fn too_large(text: &str, max: usize, heaviest: usize) -> TextError {
    // No more of it is looked at than it takes to tell.
    if text.graphemes(true).nth(max).is_some() {
        TextError::TooLong(max)
    } else {
        TextError::TooHeavy(heaviest)
    }
}
