use crate::Crate;

/// Who speaks to which engine. Everybody else goes through the owner.
const OWNERS: &[(&str, &str)] = &[
    ("sqlx", "kith-store"),
    ("async-nats", "kith-bus"),
    ("fred", "kith-cache"),
    ("aws-sdk-s3", "kith-blobs"),
    ("meilisearch-sdk", "kith-search"),
    ("livekit-api", "kith-media"),
];

/// Who may speak to engines besides, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "kith-testkit",
        "starts engines and asks them whether they are up",
    ),
    (
        "kith-world",
        "looks behind the back of the processes that it tests",
    ),
    (
        "kith-bench",
        "measures the engines without us, as the floor",
    ),
];

/// Crates that use an engine that another one owns.
pub fn engine_crates_have_one_owner(crates: &[Crate]) -> Vec<String> {
    let is_excepted = |name: &str| EXCEPTIONS.iter().any(|(excepted, _)| *excepted == name);
    let mut wrong = Vec::new();
    for from in crates.iter().filter(|one| !is_excepted(&one.name)) {
        for to in &from.dependencies {
            let owner = OWNERS.iter().find(|(engine, _)| *engine == to.name);
            if let Some((engine, owner)) = owner
                && *owner != from.name
            {
                wrong.push(format!("{} uses {engine}, which {owner} owns", from.name));
            }
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    #[test]
    fn an_engine_in_other_hands_is_found() {
        let crates = [
            Crate::made_up("kith-store", &[("sqlx", Kind::Normal)]),
            Crate::made_up("kith-testkit", &[("sqlx", Kind::Normal)]),
            Crate::made_up("kith-api", &[("sqlx", Kind::Dev)]),
        ];
        let found = engine_crates_have_one_owner(&crates);
        assert_eq!(found, ["kith-api uses sqlx, which kith-store owns"]);
    }
}
