use kith_types::Entropy;

/// Letters and digits that are not taken for one another when read aloud or from a screenshot.
const ALPHABET: &[u8; 54] = b"23456789abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ";
/// 57 bits: who tries a million codes a second finds one of a million invites after forty hours of no rate limit.
const LENGTH: usize = 10;
/// The largest multiple of the alphabet's size that a byte can hold; bytes from there on would favour some letters.
const FAIR: u8 = 216;

/// A new invite's code.
pub(crate) fn invite_code(entropy: &dyn Entropy) -> String {
    let mut code = String::with_capacity(LENGTH);
    let mut bytes = [0; 16];
    while code.len() < LENGTH {
        entropy.fill(&mut bytes);
        for byte in bytes.iter().filter(|byte| **byte < FAIR) {
            if code.len() < LENGTH {
                code.push(char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]));
            }
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use kith_types::{InviteCode, SeededEntropy};

    use super::*;

    #[test]
    fn a_code_has_ten_characters_that_cannot_be_confused() {
        let entropy = SeededEntropy::new(7);
        for _ in 0..200 {
            let code = invite_code(&entropy);
            assert_eq!(code.len(), LENGTH);
            assert!(!code.contains(['0', 'O', 'o', '1', 'l', 'I', 'i', 'L']));
            assert!(InviteCode::parse(&code).is_ok());
        }
    }
}
