use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use ipnet::IpNet;
use secrecy::SecretString;

use crate::mistake::Wrong;

/// A value as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Written {
    /// In quotes in the file, or anything in the environment.
    Text(String),
    /// A number, a boolean or a date in the file.
    Bare(String),
    /// A list of texts in the file.
    List(Vec<String>),
    /// A table, or a list of something else.
    Other,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Bare(text) => f.write_str(text),
            Self::List(items) => f.write_str(&items.join(", ")),
            Self::Other => f.write_str("…"),
        }
    }
}

/// A type that a key can have.
pub(crate) trait Setting: Sized {
    /// Whether it must never be shown, and can be read from a file of its own.
    const SECRET: bool = false;
    /// Whether nobody misses it.
    const OPTIONAL: bool = false;

    fn parse(written: Written) -> Result<Self, Wrong>;

    /// What stands in for it where no part that runs needs it.
    fn absent() -> Option<Self> {
        None
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// With whom the instance speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FederationMode {
    Open,
    AllowList,
}

/// Where a host is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostAddress {
    /// In lower case.
    pub name: String,
    pub address: SocketAddr,
}

fn quoted(written: Written) -> Result<String, Wrong> {
    match written {
        Written::Text(text) => Ok(text),
        Written::Bare(_) => Err(Wrong::new("it is not text", "quote it: \"…\"")),
        Written::List(_) | Written::Other => Err(Wrong::new("it is not text", "give one text")),
    }
}

/// A number or a boolean: bare in the file, text in the environment.
fn bare<T: FromStr>(written: Written, kind: &str) -> Result<T, Wrong> {
    let (Written::Text(text) | Written::Bare(text)) = written else {
        return Err(Wrong::new(
            format!("it is not {kind}"),
            format!("give {kind}"),
        ));
    };
    text.trim()
        .replace('_', "")
        .parse()
        .map_err(|_| Wrong::new(format!("{text:?} is not {kind}"), format!("give {kind}")))
}

impl Setting for String {
    fn parse(written: Written) -> Result<Self, Wrong> {
        quoted(written)
    }

    fn absent() -> Option<Self> {
        Some(Self::new())
    }
}

impl Setting for SecretString {
    const SECRET: bool = true;

    fn parse(written: Written) -> Result<Self, Wrong> {
        // A password like 12345 is a number to TOML; taken as one it would lose its leading zeros.
        quoted(written).map(Self::from)
    }

    fn absent() -> Option<Self> {
        Some(Self::from(String::new()))
    }
}

impl<T: Setting> Setting for Option<T> {
    const SECRET: bool = T::SECRET;
    const OPTIONAL: bool = true;

    fn parse(written: Written) -> Result<Self, Wrong> {
        T::parse(written).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl Setting for bool {
    fn parse(written: Written) -> Result<Self, Wrong> {
        bare(written, "true or false")
    }
}

impl Setting for u32 {
    fn parse(written: Written) -> Result<Self, Wrong> {
        bare(written, "a whole number")
    }
}

impl Setting for usize {
    fn parse(written: Written) -> Result<Self, Wrong> {
        bare(written, "a whole number")
    }
}

impl Setting for SocketAddr {
    fn parse(written: Written) -> Result<Self, Wrong> {
        let text = quoted(written)?;
        text.parse().map_err(|_| {
            Wrong::new(
                format!("{text:?} is not an address with a port"),
                "give an IP address and a port, like \"127.0.0.1:7001\" or \"[::]:7001\"",
            )
        })
    }
}

impl Setting for LogFormat {
    fn parse(written: Written) -> Result<Self, Wrong> {
        match quoted(written)?.as_str() {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            other => Err(Wrong::new(
                format!("there is no format {other:?}"),
                "give \"text\" or \"json\"",
            )),
        }
    }
}

impl Setting for FederationMode {
    fn parse(written: Written) -> Result<Self, Wrong> {
        match quoted(written)?.as_str() {
            "open" => Ok(Self::Open),
            "allowlist" => Ok(Self::AllowList),
            other => Err(Wrong::new(
                format!("there is no mode {other:?}"),
                "give \"open\" or \"allowlist\"",
            )),
        }
    }
}

/// A list of texts: as such in the file, with commas between them in the environment.
fn items(written: Written, kind: &str, remedy: &str) -> Result<Vec<String>, Wrong> {
    match written {
        Written::List(items) => Ok(items),
        Written::Text(text) => Ok(text
            .split(',')
            .map(|item| item.trim().to_owned())
            .filter(|item| !item.is_empty())
            .collect()),
        Written::Bare(_) | Written::Other => {
            Err(Wrong::new(format!("it is not a list of {kind}"), remedy))
        }
    }
}

impl Setting for Vec<HostAddress> {
    fn parse(written: Written) -> Result<Self, Wrong> {
        let remedy = "give a list like [\"kith.example=10.0.0.5:443\"]";
        let items = items(written, "hosts", remedy)?;
        let host = |item: &String| {
            let (name, address) = item.split_once('=')?;
            Some(HostAddress {
                name: name.trim().to_ascii_lowercase(),
                address: address.trim().parse().ok()?,
            })
        };
        items
            .iter()
            .map(|item| {
                let wrong = || Wrong::new(format!("{item:?} is not name=address:port"), remedy);
                host(item).ok_or_else(wrong)
            })
            .collect()
    }
}

impl Setting for Vec<IpNet> {
    fn parse(written: Written) -> Result<Self, Wrong> {
        let items = items(written, "networks", "give a list like [\"10.0.0.0/8\"]")?;
        items.iter().map(|item| network(item)).collect()
    }
}

fn network(text: &str) -> Result<IpNet, Wrong> {
    // A single address is a network of one.
    let single = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| single()).map_err(|_| {
        Wrong::new(
            format!("{text:?} is not a network"),
            "give networks like \"10.0.0.0/8\" or \"fd00::/8\"; in the environment with commas between them",
        )
    })
}
