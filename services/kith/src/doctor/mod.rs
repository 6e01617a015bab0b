//! `kith doctor`: looks at every engine that the chosen services use, and says what to do about what is wrong.

mod cache;
mod federation;
mod front_door;
mod livekit;
mod nats;
mod objects;
mod postgres;
mod search;

use std::process::ExitCode;

use anyhow::Result;
use kith_config::Sources;

use crate::cli::{Role, includes, parts};
use crate::table;

/// Two machines of one instance whose clocks differ by more than this show times that nobody understands.
const SKEW_WARNING_MILLIS: i64 = 1_000;
/// Leases are given up 15 seconds before they expire: with this much difference two processes may hold one.
const SKEW_LIMIT_MILLIS: i64 = 10_000;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Grade {
    Good,
    /// It works, and somebody should know.
    Doubtful,
    /// It does not work, or what was acknowledged can be lost.
    Wrong,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    about: &'static str,
    grade: Grade,
    what: String,
    remedy: String,
}

impl Finding {
    fn good(about: &'static str, what: impl Into<String>) -> Self {
        Self {
            about,
            grade: Grade::Good,
            what: what.into(),
            remedy: String::new(),
        }
    }

    fn doubtful(about: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            grade: Grade::Doubtful,
            remedy: remedy.into(),
            ..Self::good(about, what)
        }
    }

    fn wrong(about: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            grade: Grade::Wrong,
            ..Self::doubtful(about, what, remedy)
        }
    }
}

/// Looks at everything, prints a table, and fails if something is wrong.
pub(crate) async fn doctor(sources: &Sources, roles: &[Role]) -> Result<ExitCode> {
    let config = sources.load(&parts(roles))?;
    let mut findings = vec![front_door::look(&config.instance)];
    let of_postgres = [Role::Api, Role::Media, Role::Search, Role::Federation];
    if of_postgres.iter().any(|role| includes(roles, *role)) {
        findings.extend(postgres::look(&config).await?);
    }
    if includes(roles, Role::Search) {
        findings.extend(search::look(&config).await?);
    }
    findings.extend(nats::look(&config, roles).await?);
    let caching = [Role::Api, Role::Presence, Role::Media, Role::Federation];
    if caching.iter().any(|role| includes(roles, *role)) {
        findings.extend(cache::look(&config).await);
    }
    if includes(roles, Role::Media) {
        findings.push(objects::look(&config.objects).await);
        findings.extend(livekit::look(&config.livekit).await);
    }
    if includes(roles, Role::Federation) {
        findings.push(federation::look(&config));
    }

    let mut table = table::new(["about", "", "finding", "what to do"]);
    for finding in &findings {
        let mark = match finding.grade {
            Grade::Good => "ok",
            Grade::Doubtful => "note",
            Grade::Wrong => "WRONG",
        };
        table.add_row([finding.about, mark, &finding.what, &finding.remedy]);
    }
    println!("{table}");
    let wrong = findings
        .iter()
        .filter(|finding| finding.grade == Grade::Wrong)
        .count();
    match wrong {
        0 => Ok(ExitCode::SUCCESS),
        count => {
            eprintln!("{count} of {} findings are wrong", findings.len());
            Ok(ExitCode::FAILURE)
        }
    }
}

/// What the difference between an engine's clock and this machine's means.
fn skew(about: &'static str, millis: i64) -> Finding {
    let what = match millis {
        0 => "the clocks agree".to_owned(),
        1.. => format!("its clock is {millis} ms ahead of this machine's"),
        _ => format!("its clock is {} ms behind this machine's", -millis),
    };
    let remedy = "let all machines set their clocks by NTP (`timedatectl set-ntp true`)";
    match millis.abs() {
        0..=SKEW_WARNING_MILLIS => Finding::good(about, what),
        ..=SKEW_LIMIT_MILLIS => Finding::doubtful(about, what, remedy),
        _ => Finding::wrong(about, what, remedy),
    }
}

/// An error with its causes.
fn describe(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let texts: Vec<_> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_judged_by_how_far_it_is_off_in_either_direction() {
        let grades = |millis: [i64; 5]| millis.map(|millis| skew("x", millis).grade);
        let (good, doubtful, wrong) = (Grade::Good, Grade::Doubtful, Grade::Wrong);
        let ahead = [0, 1_000, 1_001, 10_000, 10_001];
        assert_eq!(grades(ahead), [good, good, doubtful, doubtful, wrong]);
        let behind = ahead.map(|millis| -millis);
        assert_eq!(grades(behind), [good, good, doubtful, doubtful, wrong]);
    }
}
