use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde::Serialize;

/// What a process says of itself: alive, and whether work should be sent to it. A clone is the same registry.
#[derive(Debug, Clone, Default)]
pub struct Health(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    stopping: bool,
    checks: BTreeMap<&'static str, Standing>,
}

#[derive(Debug)]
struct Standing {
    required: bool,
    /// Why it is not there; none when it is.
    missing: Option<String>,
}

/// One thing that a service depends on. The service says how it stands.
#[derive(Debug, Clone)]
pub struct Check {
    health: Health,
    name: &'static str,
}

/// The answer of `/health/ready`.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) status: &'static str,
    /// What must be there and is not.
    missing: Vec<Missing>,
    /// What is not there, and the process works without.
    degraded: Vec<Missing>,
}

#[derive(Debug, Serialize)]
struct Missing {
    name: &'static str,
    reason: String,
}

impl Report {
    pub(crate) fn is_ready(&self) -> bool {
        self.status == "ready"
    }
}

impl Health {
    /// Adds something without which no work should be sent here. It is missing until [`Check::up`].
    pub fn required(&self, name: &'static str) -> Check {
        self.add(name, true)
    }

    /// Adds something that the process can do without for a while. It is missing until [`Check::up`].
    pub fn optional(&self, name: &'static str) -> Check {
        self.add(name, false)
    }

    fn add(&self, name: &'static str, required: bool) -> Check {
        self.change(|state| {
            let check = state.checks.entry(name).or_insert(Standing {
                required,
                missing: Some("starting".to_owned()),
            });
            // Two services of one process may depend on the same thing; the stricter one decides.
            check.required |= required;
        });
        Check {
            health: self.clone(),
            name,
        }
    }

    /// From now on no work should be sent here.
    pub(crate) fn stop(&self) {
        self.change(|state| state.stopping = true);
    }

    pub(crate) fn report(&self) -> Report {
        self.change(|state| {
            let missing_where = |required: bool| -> Vec<Missing> {
                let of_kind = state
                    .checks
                    .iter()
                    .filter(|(_, check)| check.required == required);
                let missing = |(name, check): (&&'static str, &Standing)| {
                    let reason = check.missing.clone()?;
                    Some(Missing { name, reason })
                };
                of_kind.filter_map(missing).collect()
            };
            let missing = missing_where(true);
            let status = match (state.stopping, missing.is_empty()) {
                (true, _) => "stopping",
                (false, true) => "ready",
                (false, false) => "not_ready",
            };
            Report {
                status,
                missing,
                degraded: missing_where(false),
            }
        })
    }

    fn change<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().expect("no code panics inside"))
    }
}

impl Check {
    /// It is there.
    pub fn up(&self) {
        self.set(None);
    }

    /// It is not there; `reason` is for the operator.
    pub fn down(&self, reason: impl Into<String>) {
        self.set(Some(reason.into()));
    }

    fn set(&self, missing: Option<String>) {
        self.health.change(|state| {
            if let Some(check) = state.checks.get_mut(self.name) {
                check.missing = missing;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(health: &Health) -> String {
        serde_json::to_string(&health.report()).unwrap()
    }

    #[test]
    fn a_process_is_ready_when_all_that_it_needs_is_there() {
        let health = Health::default();
        let postgres = health.required("postgres");
        let cache = health.optional("cache");
        assert_eq!(
            json(&health),
            r#"{"status":"not_ready","missing":[{"name":"postgres","reason":"starting"}],"degraded":[{"name":"cache","reason":"starting"}]}"#
        );
        postgres.up();
        cache.down("connection refused");
        assert_eq!(
            json(&health),
            r#"{"status":"ready","missing":[],"degraded":[{"name":"cache","reason":"connection refused"}]}"#
        );
        cache.up();
        postgres.down("gone");
        assert!(!health.report().is_ready());
    }

    #[test]
    fn what_one_service_requires_and_another_does_not_is_required() {
        let health = Health::default();
        health.optional("nats");
        health.required("nats").up();
        health.optional("nats").down("gone");
        assert!(!health.report().is_ready());
    }

    #[test]
    fn a_process_that_stops_is_not_ready() {
        let health = Health::default();
        health.stop();
        assert_eq!(health.report().status, "stopping");
    }
}
