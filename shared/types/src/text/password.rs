use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer};
use unicode_normalization::UnicodeNormalization;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::TextError;

/// A password as every keyboard sends it (RFC 8265, OpaqueString): composed, with plain spaces. Nothing else about it changes.
/// A device that writes é in two characters lets in who chose it on another that writes one.
pub fn prepare_password(text: &str) -> String {
    let plain = |c: char| {
        // Of white space that is not ASCII only the spaces, not the line ends.
        if c.is_whitespace() && !c.is_ascii() && !c.is_control() {
            ' '
        } else {
            c
        }
    };
    text.chars().map(plain).nfc().collect()
}

/// A new password, prepared: 8 to 256 characters. Its `Debug` form hides it.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// The most bytes that are looked at.
    const MOST_BYTES: usize = 256 * 12;

    /// Prepares it and checks its length; what a person chose is not trimmed.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        if text.len() > Self::MOST_BYTES {
            return Err(TextError::TooLong(256));
        }
        let prepared = prepare_password(text);
        match prepared.chars().count() {
            0..8 => Err(TextError::TooShort(8)),
            8..=256 => Ok(Self(prepared)),
            _ => Err(TextError::TooLong(256)),
        }
    }

    /// The password itself, for the hash function.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl PartialSchema for Password {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(8))
            .max_length(Some(256))
            .into()
    }
}

impl ToSchema for Password {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_password_has_one_form() {
        let exposed = |text: &str| Password::parse(text).unwrap().expose().to_owned();
        assert_eq!(exposed("cafe\u{301} au lait"), "caf\u{e9} au lait");
        assert_eq!(
            exposed("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}12345678"),
            "한글12345678"
        );
        assert_eq!(
            exposed("two\u{a0}or\u{3000}more words"),
            "two or more words"
        );
        // Case, compatibility forms and the space at its end are part of it.
        assert_eq!(exposed(" Ａﬁ passWord "), " Ａﬁ passWord ");
    }

    #[test]
    fn its_characters_count_once_it_is_composed() {
        assert!(matches!(
            Password::parse(&"e\u{301}".repeat(7)),
            Err(TextError::TooShort(8))
        ));
        assert!(Password::parse(&"e\u{301}".repeat(256)).is_ok());
        assert!(matches!(
            Password::parse(&"x".repeat(257)),
            Err(TextError::TooLong(256))
        ));
    }
}
