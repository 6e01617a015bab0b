use std::time::Duration;

use anyhow::Result;
use kith_bus::{Bus, BusOptions, LoginError, ProbeError, Probed};
use kith_config::Config;
use kith_events::Namespace;
use kith_types::SystemClock;

use super::{Finding, describe, skew};
use crate::cli::{Role, includes};

const ABOUT: &str = "NATS";
/// The oldest version whose consumers and headers are tested.
const OLDEST: (u32, u32) = (2, 12);
/// A reply to a gateway may have 512 KB, an event less.
const SMALLEST_PAYLOAD: usize = 512 * 1024;
/// How much of the room may be taken before somebody should make more.
const FULL_PERCENT: u64 = 90;

/// Whether the services can talk, each under its own name.
pub(super) async fn look(config: &Config, roles: &[Role]) -> Result<Vec<Finding>> {
    let logins = [
        (Role::Api, &config.api.nats_user, &config.api.nats_password),
        (
            Role::Gateway,
            &config.gateway.nats_user,
            &config.gateway.nats_password,
        ),
        (
            Role::Presence,
            &config.presence.nats_user,
            &config.presence.nats_password,
        ),
        (
            Role::Media,
            &config.media.nats_user,
            &config.media.nats_password,
        ),
        (
            Role::Search,
            &config.search.nats_user,
            &config.search.nats_password,
        ),
        (
            Role::Federation,
            &config.federation.nats_user,
            &config.federation.nats_password,
        ),
    ];
    let mut findings = Vec::new();
    let mut seen = None;
    for (role, user, password) in logins {
        if !includes(roles, role) {
            continue;
        }
        let options = BusOptions {
            url: config.nats.url.clone(),
            login: Some((user.clone(), password.clone())),
            name: "kith doctor".to_owned(),
            namespace: Namespace::new(config.instance.namespace.clone()),
        };
        match Bus::try_login(&options).await {
            Ok(()) => {
                findings.push(Finding::good(ABOUT, format!("lets the user {user} in")));
                // Presence may not ask about the stream, which it does not use.
                if role != Role::Presence {
                    seen = Some(options);
                }
            }
            Err(LoginError::Refused) => findings.push(Finding::wrong(
                ABOUT,
                format!("refuses the user {user}"),
                format!("give {user} the same password in the server's configuration and in nats_password"),
            )),
            Err(error @ LoginError::Unreachable(_)) => {
                let remedy = "start it, and check host and port in nats.url";
                findings.push(Finding::wrong(ABOUT, describe(&error), remedy));
                return Ok(findings);
            }
        }
    }
    // One of them is enough to look at the server.
    if let Some(options) = seen {
        let bus = Bus::connect(options).await?;
        match bus.probe().await {
            Ok(probed) => findings.extend(judge(&probed, config.nats.replicas)),
            Err(error) => findings.push(failed(&error)),
        }
        if let Some(millis) = bus.clock_skew_millis(&SystemClock).await {
            findings.push(skew(ABOUT, millis));
        }
    }
    Ok(findings)
}

fn failed(error: &ProbeError) -> Finding {
    let remedy = match error {
        ProbeError::NoJetStream => "start it with JetStream (`jetstream {}` in its configuration)",
        ProbeError::Unreachable => "look at its log, it accepted a connection a moment ago",
        ProbeError::Refused(_) => {
            "compare the users' rights with deploy/nats.conf, and instance.namespace with its subjects"
        }
    };
    Finding::wrong(ABOUT, describe(error), remedy)
}

fn judge(probed: &Probed, replicas: usize) -> Vec<Finding> {
    let reached = format!(
        "{}, version {}, answers in {:.1?}",
        probed.server_name, probed.version, probed.round_trip
    );
    let mut findings = vec![if version(&probed.version) < Some(OLDEST) {
        let (major, minor) = OLDEST;
        Finding::wrong(ABOUT, reached, format!("use NATS {major}.{minor} or newer"))
    } else {
        Finding::good(ABOUT, reached)
    }];
    if probed.max_payload < SMALLEST_PAYLOAD {
        findings.push(Finding::wrong(
            ABOUT,
            format!("messages may have {} bytes only", probed.max_payload),
            "set max_payload: 1MB in its configuration",
        ));
    }
    findings.push(storage(probed));
    findings.extend(stream(probed, replicas));
    findings
}

fn storage(probed: &Probed) -> Finding {
    let used = megabytes(probed.storage_used);
    // JetStream says 0 or less where there is no limit of the account.
    match probed
        .storage_limit
        .and_then(|limit| u64::try_from(limit).ok())
    {
        None | Some(0) => Finding::good(
            ABOUT,
            format!("JetStream uses {used} MB; the account has no limit of its own"),
        ),
        Some(limit) => {
            let what = format!("JetStream uses {used} of {} MB", megabytes(limit));
            if probed.storage_used * 100 > limit * FULL_PERCENT {
                Finding::wrong(ABOUT, what, "raise max_file_store in its configuration")
            } else {
                Finding::good(ABOUT, what)
            }
        }
    }
}

fn stream(probed: &Probed, replicas: usize) -> Vec<Finding> {
    let Some(stream) = &probed.stream else {
        return vec![Finding::doubtful(
            ABOUT,
            "the stream of events is not there yet",
            "start the api service, which makes it",
        )];
    };
    let hours = stream.max_age.as_secs() / Duration::from_hours(1).as_secs();
    let mut findings = vec![Finding::good(
        ABOUT,
        format!(
            "the stream holds {} events, {} of at most {} MB, for {hours} hours",
            stream.messages,
            megabytes(stream.bytes),
            u64::try_from(stream.max_bytes)
                .map_or("∞".to_owned(), |max| megabytes(max).to_string()),
        ),
    )];
    if let Ok(max) = u64::try_from(stream.max_bytes)
        && let Some(Ok(limit)) = probed.storage_limit.map(u64::try_from)
        && limit > 0
        && limit < max
    {
        findings.push(Finding::wrong(
            ABOUT,
            format!(
                "the stream may have {} MB, JetStream only {}",
                megabytes(max),
                megabytes(limit)
            ),
            "raise max_file_store in its configuration",
        ));
    }
    if stream.replicas != replicas {
        findings.push(Finding::doubtful(
            ABOUT,
            format!(
                "the stream is kept on {} servers, nats.replicas is {replicas}",
                stream.replicas
            ),
            "restart the api service, which changes it; the cluster needs that many servers",
        ));
    }
    findings
}

fn megabytes(bytes: u64) -> u64 {
    bytes / (1024 * 1024)
}

fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use kith_bus::ProbedStream;
    use kith_types::Timestamp;

    use super::super::Grade;
    use super::*;

    const MB: u64 = 1024 * 1024;

    fn healthy() -> Probed {
        Probed {
            version: "2.12.3".to_owned(),
            server_name: "kith".to_owned(),
            max_payload: 1024 * 1024,
            storage_used: 10 * MB,
            storage_limit: Some(4096 * MB as i64),
            stream: Some(ProbedStream {
                messages: 1,
                bytes: 300,
                first_seq: 1,
                last_seq: 1,
                created: Timestamp::from_millis(0),
                replicas: 1,
                max_bytes: 1024 * MB as i64,
                max_age: Duration::from_hours(24),
            }),
            round_trip: Duration::from_micros(200),
        }
    }

    fn not_good(probed: &Probed, replicas: usize) -> Vec<String> {
        let findings = judge(probed, replicas);
        let found = findings
            .into_iter()
            .filter(|finding| finding.grade != Grade::Good);
        found.map(|finding| finding.remedy).collect()
    }

    #[test]
    fn a_healthy_server_is_fine() {
        assert_eq!(not_good(&healthy(), 1), [""; 0]);
        let unlimited = Probed {
            storage_limit: Some(-1),
            ..healthy()
        };
        assert_eq!(not_good(&unlimited, 1), [""; 0]);
    }

    #[test]
    fn everything_that_is_wrong_with_a_server_is_told_with_a_remedy() {
        let sick = Probed {
            version: "2.9.25".to_owned(),
            max_payload: 65_536,
            storage_used: 95 * MB,
            storage_limit: Some(100 * MB as i64),
            ..healthy()
        };
        let remedies = not_good(&sick, 3);
        assert_eq!(remedies.len(), 5, "{remedies:?}");
        assert_eq!(remedies[0], "use NATS 2.12 or newer");
    }

    #[test]
    fn a_stream_that_is_not_there_yet_is_no_failure() {
        let fresh = Probed {
            stream: None,
            ..healthy()
        };
        let findings = judge(&fresh, 1);
        assert_eq!(
            findings.iter().map(|finding| finding.grade).max(),
            Some(Grade::Doubtful)
        );
    }
}
