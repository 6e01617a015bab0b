use std::fmt::Display;

use kith_types::Domain;
use secrecy::{ExposeSecret, SecretString};

use crate::mistake::Wrong;

/// What a check looks at. A secret's text is never repeated in what it answers.
pub(crate) trait Checked: Sized {
    fn text(&self) -> &str;
    fn shown(&self) -> String;
}

impl Checked for String {
    fn text(&self) -> &str {
        self
    }

    fn shown(&self) -> String {
        format!("{self:?}")
    }
}

impl Checked for SecretString {
    fn text(&self) -> &str {
        self.expose_secret()
    }

    fn shown(&self) -> String {
        "the value".to_owned()
    }
}

/// Checks what was given, if something was.
pub(crate) fn optional<T>(
    check: impl Fn(T) -> Result<T, Wrong>,
) -> impl Fn(Option<T>) -> Result<Option<T>, Wrong> {
    move |value| value.map(&check).transpose()
}

/// From `low` to `high`, both included.
pub(crate) fn between<T: PartialOrd + Display + Copy>(
    low: T,
    high: T,
) -> impl Fn(T) -> Result<T, Wrong> {
    move |value| {
        if low <= value && value <= high {
            Ok(value)
        } else {
            Err(Wrong::new(
                format!("{value} is out of range"),
                format!("give a number from {low} to {high}"),
            ))
        }
    }
}

pub(crate) fn replicas(value: usize) -> Result<usize, Wrong> {
    match value {
        1 | 3 | 5 => Ok(value),
        _ => Err(Wrong::new(
            format!("{value} servers cannot agree by majority"),
            "give 1, 3 or 5",
        )),
    }
}

/// Up to 1024; 0 becomes the number of cores.
pub(crate) fn cores_when_zero(value: usize) -> Result<usize, Wrong> {
    let value = between(0, 1024)(value)?;
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    Ok(if value == 0 { cores() } else { value })
}

pub(crate) fn not_empty(value: String) -> Result<String, Wrong> {
    if value.trim().is_empty() {
        Err(Wrong::new("it is empty", "give a value or remove the key"))
    } else {
        Ok(value)
    }
}

/// A host name; the answer is in lower case.
pub(crate) fn domain(mut value: String) -> Result<String, Wrong> {
    match value.parse::<Domain>() {
        Ok(_) => {
            value.make_ascii_lowercase();
            Ok(value)
        }
        Err(_) => Err(Wrong::new(
            format!("{value:?} is not a domain"),
            "give a domain like \"kith.example.org\", without https:// and without a port",
        )),
    }
}

pub(crate) fn namespace(value: String) -> Result<String, Wrong> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if (1..=32).contains(&value.len()) && value.bytes().all(allowed) {
        Ok(value)
    } else {
        Err(Wrong::new(
            format!("{value:?} cannot stand in a subject"),
            "give 1 to 32 lower-case letters, digits and _",
        ))
    }
}

/// A URL of one of these schemes, with a host. A slash at the end is dropped.
pub(crate) fn url<T: Checked + From<String>>(
    schemes: &'static [&'static str],
) -> impl Fn(T) -> Result<T, Wrong> {
    move |value| {
        let rest = value
            .text()
            .split_once("://")
            .filter(|(scheme, _)| schemes.contains(scheme))
            .map(|(_, rest)| rest);
        let authority = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
        let host = authority.map(|authority| authority.rsplit('@').next().unwrap_or(authority));
        let has_host = host.is_some_and(|host| !host.is_empty() && !host.starts_with(':'));
        let is_clean = !value.text().contains(char::is_whitespace);
        if has_host && is_clean {
            Ok(T::from(value.text().trim_end_matches('/').to_owned()))
        } else {
            let starts: Vec<_> = schemes.iter().map(|s| format!("{s}://")).collect();
            Err(Wrong::new(
                format!("{} is not such an address", value.shown()),
                format!("give {}host…", starts.join("host… or ")),
            ))
        }
    }
}

pub(crate) fn redis_url(value: SecretString) -> Result<SecretString, Wrong> {
    url(&["redis", "rediss"])(value)
}

pub(crate) fn nats_url(value: String) -> Result<String, Wrong> {
    if value.contains('@') {
        return Err(Wrong::new(
            "it contains a name and a password",
            "give only nats://host:4222; names and passwords are api.nats_user, api.nats_password, and the same of the other services",
        ));
    }
    for server in value.split(',') {
        url(&["nats", "tls"])(server.trim().to_owned())?;
    }
    Ok(value)
}

pub(crate) fn hex_key(value: SecretString) -> Result<SecretString, Wrong> {
    match decode_key(&value) {
        Some(_) => Ok(value),
        None => Err(Wrong::new(
            "it is not 64 hex digits",
            "make one with `openssl rand -hex 32`; the same for all processes",
        )),
    }
}

/// 32 bytes from 64 hex digits.
pub(crate) fn decode_key(value: &SecretString) -> Option<[u8; 32]> {
    let digits = value.expose_secret().as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
    }
    Some(key)
}
