use std::fmt;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;
use kith_types::{Entropy, Timestamp};
use kith_wire::InstanceKey;
use sha2::{Digest, Sha256};

/// What `alg` is called in signatures and documents.
pub(crate) const ALGORITHM: &str = "ed25519";

/// One key.
#[derive(Clone)]
struct Key {
    id: String,
    secret: SigningKey,
    signs_from: Option<Timestamp>,
    expires: Option<Timestamp>,
}

/// The keys of this instance, the newest last. Its `Debug` form hides them.
#[derive(Clone)]
pub struct KeyRing(Vec<Key>);

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|key| &key.id))
            .finish()
    }
}

impl KeyRing {
    /// A ring of one new key, which signs at once.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(vec![Key::generate(entropy, None)])
    }

    /// Reads the text of a ring; why it cannot be, with the line.
    pub fn parse(text: &str) -> Result<Self, (usize, &'static str)> {
        let lines = text.lines().enumerate();
        let lines = lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
        let keys = lines.map(|(index, line)| Key::parse(line).map_err(|what| (index + 1, what)));
        let keys: Vec<Key> = keys.collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err((1, "there is no key"));
        }
        Ok(Self(keys))
    }

    /// The text of the ring.
    pub fn to_text(&self) -> String {
        let mut text = String::from(
            "# The keys that this instance signs with, one a line: 64 hex digits, signs from, counts until.\n\
             # Whoever has them can speak for this instance. Change them with `kith admin federation rotate-key`.\n",
        );
        let moment = |at: Option<Timestamp>| at.map_or("-".to_owned(), |at| at.to_string());
        for key in &self.0 {
            for byte in key.secret.to_bytes() {
                let _ = write!(text, "{byte:02x}");
            }
            let _ = writeln!(text, " {} {}", moment(key.signs_from), moment(key.expires));
        }
        text
    }

    /// The key to sign with now, and its id: the newest whose time has come. None if all have expired.
    pub fn signing(&self, now: Timestamp) -> Option<(&str, &SigningKey)> {
        let mut keys = self.0.iter().rev();
        let key = keys
            .find(|key| key.signs_from.is_none_or(|from| from <= now) && !key.has_expired(now))?;
        Some((&key.id, &key.secret))
    }

    /// All keys that count now or will.
    pub fn published(&self, now: Timestamp) -> Vec<InstanceKey> {
        let keys = self.0.iter().filter(|key| !key.has_expired(now));
        keys.map(|key| InstanceKey {
            id: key.id.clone(),
            algorithm: ALGORITHM.to_owned(),
            public_key: STANDARD.encode(key.secret.verifying_key().as_bytes()),
            expires_at: key.expires,
        })
        .collect()
    }

    /// The ring with a new key, which signs from `signs_from`; the others count until `expire`, if not less long. Those that
    /// have expired go.
    #[must_use]
    pub fn rotated(
        &self,
        entropy: &dyn Entropy,
        now: Timestamp,
        signs_from: Timestamp,
        expire: Timestamp,
    ) -> Self {
        let mut keys: Vec<Key> = self.0.clone();
        keys.retain(|key| !key.has_expired(now));
        for key in &mut keys {
            key.expires = Some(key.expires.map_or(expire, |already| already.min(expire)));
        }
        keys.push(Key::generate(entropy, Some(signs_from)));
        Self(keys)
    }

    /// The id of the newest key.
    pub fn newest(&self) -> &str {
        self.0.last().map_or("", |key| &key.id)
    }
}

impl Key {
    fn new(seed: [u8; 32], signs_from: Option<Timestamp>, expires: Option<Timestamp>) -> Self {
        let secret = SigningKey::from_bytes(&seed);
        let digest = Sha256::digest(secret.verifying_key().as_bytes());
        let mut id = String::new();
        for byte in &digest[..8] {
            let _ = write!(id, "{byte:02x}");
        }
        Self {
            id,
            secret,
            signs_from,
            expires,
        }
    }

    fn generate(entropy: &dyn Entropy, signs_from: Option<Timestamp>) -> Self {
        let mut seed = [0; 32];
        entropy.fill(&mut seed);
        Self::new(seed, signs_from, None)
    }

    fn parse(line: &str) -> Result<Self, &'static str> {
        let mut words = line.split_whitespace();
        let seed = words
            .next()
            .and_then(seed)
            .ok_or("the key is not 64 hex digits")?;
        let mut moment = || match words.next() {
            None | Some("-") => Ok(None),
            Some(text) => text
                .parse()
                .map(Some)
                .map_err(|_| "a moment is not written as 2026-11-21T10:00:00Z"),
        };
        let (signs_from, expires) = (moment()?, moment()?);
        if words.next().is_some() {
            return Err("there is more than a key and two moments");
        }
        Ok(Self::new(seed, signs_from, expires))
    }

    fn has_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

fn seed(digits: &str) -> Option<[u8; 32]> {
    let digits = digits.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut seed = [0; 32];
    for (byte, pair) in seed.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
    }
    Some(seed)
}

#[cfg(test)]
mod tests {
    use kith_types::SeededEntropy;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_255_200_000);

    fn ids(keys: &[InstanceKey]) -> Vec<&str> {
        keys.iter().map(|key| key.id.as_str()).collect()
    }

    #[test]
    fn a_ring_survives_its_text_form() {
        let ring = KeyRing::generate(&SeededEntropy::new(1));
        let ring = ring.rotated(&SeededEntropy::new(2), NOW, NOW, NOW.plus_seconds(60));
        let again = KeyRing::parse(&ring.to_text()).unwrap();
        assert_eq!(again.published(NOW), ring.published(NOW));
        assert_eq!(again.to_text(), ring.to_text());
        assert_eq!(KeyRing::parse(&"ab".repeat(32)).unwrap().0.len(), 1);
    }

    #[test]
    fn what_is_no_ring_is_refused_with_its_line() {
        let good = "ab".repeat(32);
        let refused = |text: &str| KeyRing::parse(text).unwrap_err();
        assert_eq!(refused(""), (1, "there is no key"));
        assert_eq!(
            refused("# nothing\nabc"),
            (2, "the key is not 64 hex digits")
        );
        assert_eq!(refused(&format!("{good} soon")).0, 1);
        assert_eq!(refused(&format!("{good} - - -")).0, 1);
    }

    #[test]
    fn two_keys_overlap_until_the_first_expires() {
        let first = KeyRing::generate(&SeededEntropy::new(1));
        let (soon, later) = (NOW.plus_seconds(60), NOW.plus_seconds(3600));
        let both = first.rotated(&SeededEntropy::new(2), NOW, soon, later);
        let (old, new) = (first.newest(), both.newest());

        assert_eq!(ids(&both.published(NOW)), [old, new]);
        assert_eq!(both.signing(NOW).unwrap().0, old);
        assert_eq!(both.signing(soon).unwrap().0, new);
        assert_eq!(ids(&both.published(soon)), [old, new]);
        assert_eq!(ids(&both.published(later)), [new]);
        let third = both.rotated(&SeededEntropy::new(3), later, later, later.plus_seconds(1));
        assert_eq!(ids(&third.published(later)), [new, third.newest()]);
        assert!(!third.to_text().contains(old));
    }

    #[test]
    fn its_debug_form_shows_no_key() {
        let ring = KeyRing::generate(&SeededEntropy::new(1));
        let shown = format!("{ring:?}");
        assert_eq!(shown, format!("[{:?}]", ring.newest()));
    }
}
