use sfv::{BareItem, DictSerializer, Dictionary, ListEntry, Parser, key_ref};
use sha2::{Digest, Sha256};

const ALGORITHM: &str = "sha-256";

/// The value of `Content-Digest` for a body, also for an empty one.
pub fn content_digest(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    let mut field = DictSerializer::new();
    field.bare_item(key_ref(ALGORITHM), &digest[..]);
    field.finish().expect("it has a member")
}

/// Whether a `Content-Digest` is one of this body: it has a digest by SHA-256, and that is the body's. Others are not looked at.
pub fn is_digest_of(field: &str, body: &[u8]) -> bool {
    let Ok(digests) = Parser::new(field).parse::<Dictionary>() else {
        return false;
    };
    let Some(ListEntry::Item(item)) = digests.get(ALGORITHM) else {
        return false;
    };
    matches!(&item.bare_item, BareItem::ByteSequence(given) if given[..] == Sha256::digest(body)[..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_the_one_of_the_standard() {
        // RFC 9530, appendix D.
        let body = b"{\"hello\": \"world\"}\n";
        let known = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
        assert_eq!(content_digest(body), known);
        assert!(is_digest_of(known, body));
        assert!(!is_digest_of(known, b"{\"hello\": \"mars\"}\n"));
    }

    #[test]
    fn only_a_digest_by_sha_256_counts() {
        let good = content_digest(b"");
        assert!(is_digest_of(&format!("sha-512=:AA==:, {good}"), b""));
        for bad in [
            "",
            "sha-512=:AA==:",
            "sha-256=:AA==:",
            "sha-256=1",
            "sha-256=(:AA==:)",
            "?",
        ] {
            assert!(!is_digest_of(bad, b""), "{bad}");
        }
    }
}
