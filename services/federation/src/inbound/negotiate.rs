/// The highest version that both speak.
pub(crate) fn highest_common(own: &[u32], theirs: &[u32]) -> Option<u32> {
    let common = own.iter().filter(|version| theirs.contains(version));
    common.max().copied()
}

/// What both can do, in our order. What only they know means nothing to us.
pub(crate) fn common_features(own: &[String], theirs: &[String]) -> Vec<String> {
    let common = own.iter().filter(|feature| theirs.contains(feature));
    common.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_version_that_both_speak_is_agreed_upon() {
        assert_eq!(highest_common(&[1, 2], &[2, 3, 1]), Some(2));
        assert_eq!(highest_common(&[1], &[1, 9]), Some(1));
        assert_eq!(highest_common(&[1], &[2]), None);
        assert_eq!(highest_common(&[1], &[]), None);
    }

    #[test]
    fn only_what_both_can_do_is_agreed_upon() {
        let words =
            |words: &[&str]| -> Vec<String> { words.iter().map(|w| (*w).to_owned()).collect() };
        let common = common_features(&words(&["profiles", "rooms"]), &words(&["rooms", "magic"]));
        assert_eq!(common, ["rooms"]);
    }
}
