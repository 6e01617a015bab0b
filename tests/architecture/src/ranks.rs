use crate::{Crate, Kind};

/// Design §2, with ADR 5: a crate depends only on crates of a lower rank.
const RANKS: &[(&str, u8)] = &[
    ("kith-types", 0),
    ("kith-policy", 1),
    ("kith-wire", 1),
    ("kith-config", 1),
    ("kith-events", 2),
    ("kith-runtime", 2),
    ("kith-store", 3),
    ("kith-bus", 3),
    ("kith-cache", 3),
    ("kith-blobs", 3),
    ("kith-outbound", 3),
    ("kith-http", 4),
    ("kith-access", 5),
    ("kith-api", 6),
    ("kith-gateway", 6),
    ("kith-presence", 6),
    ("kith-media", 6),
    ("kith-search", 6),
    ("kith-federation", 6),
    ("kith", 7),
    // Nobody depends on what measures and tests the whole.
    ("kith-bench", 8),
    ("kith-architecture", 8),
    ("kith-world", 8),
];

/// Starts engines for the tests of crates from rank 3 on, so what it uses itself stands below them.
const TESTKIT: (&str, u8) = ("kith-testkit", 3);

/// Its library is the harness of tests; nothing depends on it.
const HARNESS: &str = "kith-world";

/// What breaks the order: an edge that does not go down, or a crate without a rank.
pub fn dependencies_go_down_the_ranks(crates: &[Crate]) -> Vec<String> {
    let mut wrong = Vec::new();
    for from in crates {
        let Some(own) = rank(&from.name) else {
            wrong.push(format!("{} has no rank in {}", from.name, file!()));
            continue;
        };
        for to in &from.dependencies {
            if to.name == TESTKIT.0 {
                if to.kind != Kind::Dev && from.name != HARNESS {
                    wrong.push(format!("{} uses {} outside of tests", from.name, to.name));
                }
            } else if let Some(other) = rank(&to.name)
                && other >= own
            {
                wrong.push(format!(
                    "{} (rank {own}) depends on {} (rank {other})",
                    from.name, to.name
                ));
            }
        }
    }
    wrong
}

fn rank(name: &str) -> Option<u8> {
    let all = RANKS.iter().chain(std::iter::once(&TESTKIT));
    all.copied()
        .find(|(known, _)| *known == name)
        .map(|(_, rank)| rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(name: &str, dependencies: &[(&str, Kind)]) -> Vec<String> {
        dependencies_go_down_the_ranks(&[Crate::made_up(name, dependencies)])
    }

    #[test]
    fn a_dependency_on_a_lower_rank_or_on_a_strangers_crate_is_fine() {
        let dependencies = [("kith-store", Kind::Normal), ("serde", Kind::Normal)];
        assert_eq!(wrong("kith-api", &dependencies), [""; 0]);
        assert_eq!(wrong("kith-store", &[("kith-testkit", Kind::Dev)]), [""; 0]);
    }

    #[test]
    fn a_service_that_imports_a_service_is_found() {
        let found = wrong("kith-api", &[("kith-gateway", Kind::Normal)]);
        assert_eq!(
            found,
            ["kith-api (rank 6) depends on kith-gateway (rank 6)"]
        );
    }

    #[test]
    fn a_dependency_that_goes_up_is_found_in_tests_too() {
        assert_eq!(wrong("kith-types", &[("kith-wire", Kind::Dev)]).len(), 1);
        assert_eq!(wrong("kith-store", &[("kith-bus", Kind::Normal)]).len(), 1);
    }

    #[test]
    fn the_testkit_outside_of_tests_is_found() {
        assert_eq!(
            wrong("kith-api", &[("kith-testkit", Kind::Normal)]).len(),
            1
        );
        assert_eq!(wrong("kith-api", &[("kith-testkit", Kind::Build)]).len(), 1);
        assert_eq!(
            wrong("kith-testkit", &[("kith-store", Kind::Normal)]).len(),
            1
        );
    }

    #[test]
    fn a_crate_without_a_rank_is_found() {
        assert_eq!(wrong("kith-novelty", &[]).len(), 1);
    }
}
