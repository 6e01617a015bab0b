use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{Rule, TextError, check};

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident($min:literal..=$max:literal, lines: $lines:literal $(, $extra:path)?);)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// The most characters (graphemes) it may have.
            pub const MAX: usize = $max;
            /// The most bytes it may have, in UTF-8.
            pub const MAX_BYTES: usize = $max * super::BYTES_PER_GRAPHEME;

            /// Checks and normalises `text`.
            pub fn parse(text: &str) -> Result<Self, TextError> {
                let text = check(text, &Rule { min: $min, max: $max, lines: $lines })?;
                $($extra(&text)?;)?
                Ok(Self(text))
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

        impl fmt::Debug for $name {
            // Content does not belong in logs, and `{:?}` is how it would get there.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({} bytes)"), self.0.len())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .min_length(Some($min))
                    .max_length(Some($max))
                    .into()
            }
        }

        impl ToSchema for $name {}
    )+};
}

texts! {
    /// The text of a message: 1 to 4000 graphemes, not white space only.
    MessageText(1..=4000, lines: true);
    /// What someone logs in with and is found by: 2 to 32 of `a-z 0-9 _ .`.
    Username(2..=32, lines: false, username);
    /// What others see: 1 to 32 graphemes.
    DisplayName(1..=32, lines: false);
    /// A member's name in one guild: 1 to 32 graphemes.
    Nickname(1..=32, lines: false);
    /// A guild's name: 1 to 100 graphemes.
    GuildName(1..=100, lines: false);
    /// A channel's name: 1 to 100 graphemes.
    ChannelName(1..=100, lines: false);
    /// What a channel is about: up to 1024 graphemes, may be empty.
    Topic(0..=1024, lines: true);
    /// A role's name: 1 to 100 graphemes.
    RoleName(1..=100, lines: false);
    /// Why a moderator did something: 1 to 512 graphemes.
    Reason(1..=512, lines: true);
    /// Some words beside a name: 1 to 128 graphemes.
    StatusText(1..=128, lines: false);
    /// What tells a repeated post from a new one: 1 to 25 visible ASCII characters, chosen by the client.
    Nonce(1..=25, lines: false, visible_ascii);
    /// The code of an invite: 4 to 32 ASCII letters and digits.
    InviteCode(4..=32, lines: false, alphanumeric);
}

fn username(text: &str) -> Result<(), TextError> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.');
    text.chars()
        .all(allowed)
        .then_some(())
        .ok_or(TextError::Alphabet(
            "lower-case letters a to z, digits, underscores and full stops",
        ))
}

/// What a stranger would take for the instance itself or for those who run it.
const RESERVED: &[&str] = &[
    "abuse",
    "admin",
    "administrator",
    "deleted",
    "deleteduser",
    "everyone",
    "here",
    "hostmaster",
    "kith",
    "kithadmin",
    "kithstaff",
    "kithsupport",
    "kithsystem",
    "kithteam",
    "moderator",
    "moderators",
    "noreply",
    "null",
    "official",
    "postmaster",
    "root",
    "security",
    "staff",
    "support",
    "sysadmin",
    "system",
    "undefined",
    "webmaster",
];

impl Username {
    /// Whether nobody may choose it, since it looks like the system's own: however its letters are parted or written as digits.
    pub fn is_reserved(&self) -> bool {
        let looks = |one: char| -> String {
            let letters = self.0.chars().filter(|c| !matches!(c, '_' | '.'));
            let letter = |c| match c {
                '0' => 'o',
                '1' => one,
                '3' => 'e',
                '4' => 'a',
                '5' => 's',
                '7' => 't',
                '8' => 'b',
                '9' => 'g',
                other => other,
            };
            letters.map(letter).collect()
        };
        let bare = self
            .0
            .trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '_' | '.'));
        RESERVED.contains(&bare)
            || RESERVED.contains(&looks('i').as_str())
            || RESERVED.contains(&looks('l').as_str())
    }
}

fn visible_ascii(text: &str) -> Result<(), TextError> {
    text.chars()
        .all(|c| c.is_ascii_graphic())
        .then_some(())
        .ok_or(TextError::Alphabet("visible ASCII characters"))
}

fn alphanumeric(text: &str) -> Result<(), TextError> {
    text.chars()
        .all(|c| c.is_ascii_alphanumeric())
        .then_some(())
        .ok_or(TextError::Alphabet("ASCII letters and digits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_thousand_characters_are_graphemes_not_bytes() {
        let family = "👩‍👩‍👧‍👦";
        assert!(MessageText::parse(&family.repeat(1200)).is_ok());
        assert_eq!(
            MessageText::parse(&"é".repeat(4001)),
            Err(TextError::TooLong(4000))
        );
        assert!(MessageText::parse(&"e\u{301}".repeat(4000)).is_ok());
        assert!(MessageText::parse(&"क्षि".repeat(2600)).is_ok());
    }

    #[test]
    fn one_cluster_counts_what_it_weighs_and_the_error_says_which_limit_it_was() {
        // One character to the eye.
        let tower = format!("a{}", "\u{301}\u{327}\u{334}".repeat(3000));
        assert_eq!(Topic::parse(&tower), Err(TextError::TooHeavy(8192)));
        assert_eq!(
            Nickname::parse(&"👩‍👩‍👧‍👦".repeat(11)),
            Err(TextError::TooHeavy(256))
        );
        assert_eq!(
            RoleName::parse(&"🏴󠁧󠁢󠁥󠁮󠁧󠁿".repeat(29)),
            Err(TextError::TooHeavy(800))
        );
        // Whoever wrote too much in either way is told the one that they can count.
        assert_eq!(
            GuildName::parse(&"x".repeat(5000)),
            Err(TextError::TooLong(100))
        );
        // It is composed into three times as much.
        let grows = "\u{1D160}".repeat(60);
        assert_eq!(
            Nickname::parse(&"\u{1D160}".repeat(32)),
            Err(TextError::TooHeavy(256))
        );
        assert_eq!(
            ChannelName::parse(&grows.repeat(2)),
            Err(TextError::TooLong(100))
        );
        let heaviest = "\u{1F1E9}\u{1F1EA}".repeat(32);
        assert_eq!(
            DisplayName::parse(&heaviest).unwrap().as_str().len(),
            DisplayName::MAX_BYTES
        );
    }

    #[test]
    fn white_space_and_what_looks_like_it_is_blank() {
        for text in [
            "",
            " ",
            "\n\t ",
            "\u{200B}\u{200B}",
            "\u{3164}",
            "\u{2800} ",
        ] {
            assert_eq!(MessageText::parse(text), Err(TextError::Blank), "{text:?}");
        }
    }

    #[test]
    fn text_is_normalised_so_that_two_ways_to_type_a_word_are_one() {
        let composed = MessageText::parse("caf\u{e9}").unwrap();
        assert_eq!(MessageText::parse("cafe\u{301}").unwrap(), composed);
    }

    #[test]
    fn control_characters_are_refused_by_name() {
        assert_eq!(MessageText::parse("a\0b"), Err(TextError::Control));
    }

    #[test]
    fn usernames_have_a_small_alphabet() {
        assert!(Username::parse("ada_lovelace.1").is_ok());
        assert!(matches!(
            Username::parse("Ada"),
            Err(TextError::Alphabet(_))
        ));
        assert_eq!(Username::parse("a"), Err(TextError::TooShort(2)));
    }

    #[test]
    fn names_that_look_like_the_systems_are_reserved() {
        for name in [
            "admin",
            "_admin_",
            "adm1n",
            "a.d.m.i.n",
            "admin2",
            "k1th",
            "sy5tem",
            "s.y.s.t.3.m",
            "everyone",
            "r00t",
        ] {
            assert!(Username::parse(name).unwrap().is_reserved(), "{name}");
        }
        for name in [
            "ada",
            "adminka",
            "keith",
            "kithara",
            "helper",
            "rooted",
            "me_and_you",
            "11",
            "owner",
        ] {
            assert!(!Username::parse(name).unwrap().is_reserved(), "{name}");
        }
    }
}
