use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// The name of an instance: a host name in lower case, without a port and without a full stop at its end. Never an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Domain(String);

/// The text is not a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a domain, such as kith.example.org")]
pub struct InvalidDomain;

impl Domain {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a text can stand between the full stops of a host name.
pub(super) fn is_label(label: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=63).contains(&label.len())
        && label.bytes().all(allowed)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

impl FromStr for Domain {
    type Err = InvalidDomain;

    /// A name in other letters becomes the one that is asked for in the network: `bücher.example` is `xn--bcher-kva.example`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ascii;
        let text = if text.is_ascii() {
            text
        } else {
            // Longer ones are none, and mapping them takes time.
            if text.len() > 4 * 253 {
                return Err(InvalidDomain);
            }
            ascii = idna::domain_to_ascii_strict(text).map_err(|_| InvalidDomain)?;
            ascii.as_str()
        };
        let last = text.rsplit('.').next().unwrap_or_default();
        // An address ends in a number, in whatever base: no top-level domain does.
        let is_number = last
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_digit());
        if text.len() <= 253 && text.split('.').all(is_label) && !is_number {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(InvalidDomain)
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Domain {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Domain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl PartialSchema for Domain {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(253))
            .description(Some("The domain of an instance"))
            .examples(["kith.example.org"])
            .into()
    }
}

impl ToSchema for Domain {}

/// Which domains a rule is about: one, or with `*.` before it all that are below it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainPattern {
    below: bool,
    domain: Domain,
}

impl DomainPattern {
    /// Whether the rule is about `domain`. `*.example.org` is about `chat.example.org` and `a.b.example.org`, and not about
    /// `example.org` itself.
    pub fn matches(&self, domain: &Domain) -> bool {
        if self.below {
            let rest = domain.as_str().strip_suffix(self.domain.as_str());
            rest.is_some_and(|rest| rest.ends_with('.'))
        } else {
            *domain == self.domain
        }
    }
}

impl FromStr for DomainPattern {
    type Err = InvalidDomain;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (below, domain) = match text.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        Ok(Self {
            below,
            domain: domain.parse()?,
        })
    }
}

impl fmt::Display for DomainPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let star = if self.below { "*." } else { "" };
        write!(f, "{star}{}", self.domain)
    }
}

impl Serialize for DomainPattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DomainPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl PartialSchema for DomainPattern {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(255))
            .description(Some("A domain, or `*.` and a domain for all below it"))
            .examples(["*.example.org"])
            .into()
    }
}

impl ToSchema for DomainPattern {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_a_name_and_never_an_address() {
        for good in [
            "kith.example.org",
            "localhost",
            "a-b.c1",
            "xn--bcher-kva.example",
        ] {
            assert!(good.parse::<Domain>().is_ok(), "{good}");
        }
        let long = format!("{}.example", "a".repeat(64));
        for bad in [
            "",
            ".",
            "a..b",
            "a.",
            ".a",
            "-a.b",
            "a-.b",
            "a b",
            "a_b.c",
            "kith.example:443",
            "me@kith.example",
            "https://kith.example",
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f.1",
            "a.0x7f",
            "[::1]",
            "bü cher.example",
            "bücher..example",
            "bücher.example:443",
            "１２７.0.0.1",
            "a\u{202e}b.example",
            &long,
        ] {
            assert!(bad.parse::<Domain>().is_err(), "{bad}");
        }
        for (written, asked) in [
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example", "xn--bcher-kva.example"),
            ("bu\u{308}cher.example", "xn--bcher-kva.example"),
            ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
            ("пример.испытание", "xn--e1afmkfd.xn--80akhbyknj4f"),
            ("straße。example", "xn--strae-oqa.example"),
        ] {
            assert_eq!(written.parse::<Domain>().unwrap().as_str(), asked);
        }
        assert_eq!(
            "KITH.Example".parse::<Domain>().unwrap().as_str(),
            "kith.example"
        );
    }

    #[test]
    fn a_star_stands_for_everything_below_and_nothing_else() {
        let matches = |pattern: &str, domain: &str| {
            let pattern: DomainPattern = pattern.parse().unwrap();
            pattern.matches(&domain.parse().unwrap())
        };
        assert!(matches("example.org", "EXAMPLE.org"));
        assert!(!matches("example.org", "chat.example.org"));
        assert!(matches("*.example.org", "chat.example.org"));
        assert!(matches("*.example.org", "a.b.example.org"));
        assert!(!matches("*.example.org", "example.org"));
        assert!(!matches("*.example.org", "badexample.org"));
        for bad in ["*", "*.", "a.*.b", "**.example.org", "*example.org"] {
            assert!(bad.parse::<DomainPattern>().is_err(), "{bad}");
        }
    }
}
