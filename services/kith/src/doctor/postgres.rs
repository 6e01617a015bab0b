use anyhow::Result;
use kith_config::Config;
use kith_store::{Probed, Store};

use super::{Finding, describe, skew};
use crate::migrate::store;

const ABOUT: &str = "PostgreSQL";
/// The oldest major version that is tested.
const OLDEST: u32 = 15;

/// Whether the truth is well kept.
pub(super) async fn look(config: &Config) -> Result<Vec<Finding>> {
    let store = store(config)?;
    let mut findings = match store.probe().await {
        Ok(probed) => judge(&probed, config.postgres.max_connections),
        Err(error) => vec![Finding::wrong(
            ABOUT,
            describe(&error),
            "start it, and check host, user, password and database in postgres.url",
        )],
    };
    if findings.len() > 1 {
        findings.push(migrations(&store).await);
    }
    store.close().await;
    Ok(findings)
}

fn judge(probed: &Probed, own_connections: u32) -> Vec<Finding> {
    let major = probed
        .version
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok());
    let reached = format!(
        "version {}, answers in {:.1?}",
        probed.version, probed.round_trip
    );
    let mut findings = vec![match major {
        Some(major) if major < OLDEST => {
            Finding::wrong(ABOUT, reached, format!("use PostgreSQL {OLDEST} or newer"))
        }
        _ => Finding::good(ABOUT, reached),
    }];
    findings.push(skew(ABOUT, probed.clock_skew_millis));
    if probed.read_only {
        findings.push(Finding::wrong(
            ABOUT,
            "it is a replica and takes no writes",
            "point postgres.url at the primary",
        ));
    }
    for (name, value) in [
        ("fsync", &probed.fsync),
        ("synchronous_commit", &probed.synchronous_commit),
    ] {
        if value == "off" {
            findings.push(Finding::wrong(
                ABOUT,
                format!(
                    "{name} is off: what was acknowledged is lost when the machine loses power"
                ),
                format!("turn {name} on in postgresql.conf"),
            ));
        }
    }
    let accepted = u32::try_from(probed.max_connections).unwrap_or(0);
    if accepted < own_connections {
        findings.push(Finding::wrong(
            ABOUT,
            format!(
                "it accepts {accepted} connections, and each process may open {own_connections}"
            ),
            "lower postgres.max_connections, or raise the server's max_connections",
        ));
    } else {
        let processes = accepted / own_connections;
        findings.push(Finding::good(
            ABOUT,
            format!("its {accepted} connections are enough for {processes} api processes"),
        ));
    }
    findings
}

async fn migrations(store: &Store) -> Finding {
    match store.migrations().await {
        Ok(steps) => {
            let missing = steps.iter().filter(|step| !step.applied).count();
            match missing {
                0 => Finding::good(ABOUT, format!("all {} migrations are applied", steps.len())),
                _ => Finding::wrong(
                    ABOUT,
                    format!("{missing} of {} migrations are not applied", steps.len()),
                    "run `kith migrate up`",
                ),
            }
        }
        Err(error) => Finding::wrong(
            ABOUT,
            describe(&error),
            "let the user of postgres.url own the database",
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Grade;
    use super::*;

    fn healthy() -> Probed {
        Probed {
            version: "15.14 (Debian)".to_owned(),
            clock_skew_millis: 3,
            read_only: false,
            max_connections: 100,
            synchronous_commit: "on".to_owned(),
            fsync: "on".to_owned(),
            round_trip: Duration::from_micros(800),
        }
    }

    fn wrong(probed: &Probed) -> Vec<String> {
        let findings = judge(probed, 16);
        let wrong = findings
            .into_iter()
            .filter(|finding| finding.grade == Grade::Wrong);
        wrong.map(|finding| finding.remedy).collect()
    }

    #[test]
    fn a_healthy_server_is_fine() {
        assert_eq!(wrong(&healthy()), [""; 0]);
    }

    #[test]
    fn everything_that_is_wrong_with_a_server_is_told_with_a_remedy() {
        let sick = Probed {
            version: "12.1".to_owned(),
            clock_skew_millis: -60_000,
            read_only: true,
            max_connections: 10,
            synchronous_commit: "off".to_owned(),
            fsync: "off".to_owned(),
            ..healthy()
        };
        let remedies = wrong(&sick);
        assert_eq!(remedies.len(), 6);
        assert_eq!(remedies[0], "use PostgreSQL 15 or newer");
        assert!(remedies[1].contains("NTP"));
    }
}
