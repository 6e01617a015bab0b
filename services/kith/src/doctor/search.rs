use anyhow::Result;
use kith_config::Config;
use kith_store::{StoreError, search};

use super::Finding;
use crate::migrate::store;

const ABOUT: &str = "search";

/// Whether the index has everything. That Postgres is there is looked at before; without it there is nothing to say.
pub(super) async fn look(config: &Config) -> Result<Vec<Finding>> {
    let store = store(config)?;
    let findings = judge(search::parked(&store).await, search::progress(&store).await);
    store.close().await;
    Ok(findings)
}

fn judge(
    parked: Result<u64, StoreError>,
    rebuild: Result<Option<search::Progress>, StoreError>,
) -> Vec<Finding> {
    let (Ok(parked), Ok(rebuild)) = (parked, rebuild) else {
        return Vec::new();
    };
    let state = match rebuild {
        None => Finding::good(ABOUT, "the index follows the messages"),
        Some(search::Progress { done, total }) => Finding::doubtful(
            ABOUT,
            format!("the index is made anew and has come to {done} of {total} messages"),
            "wait while a search service runs, or run `kith admin reindex`",
        ),
    };
    let mut findings = vec![state];
    if parked > 0 {
        findings.push(Finding::doubtful(
            ABOUT,
            format!("{parked} messages could not be indexed"),
            "see the table search_parked, then run `kith admin reindex`",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::Grade;
    use super::*;

    #[test]
    fn what_is_missing_in_the_index_is_told() {
        let grades = |parked, rebuild| {
            let findings = judge(Ok(parked), Ok(rebuild));
            findings.iter().map(|found| found.grade).collect::<Vec<_>>()
        };
        let rebuild = Some(search::Progress { done: 3, total: 7 });
        assert_eq!(grades(0, None), [Grade::Good]);
        assert_eq!(grades(2, rebuild), [Grade::Doubtful, Grade::Doubtful]);
        let away = judge(Err(StoreError::Unavailable(None)), Ok(None));
        assert_eq!(away, []);
    }
}
