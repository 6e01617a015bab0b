use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use kith_events::rpc::{CheckSessions, ValidSessions};
use kith_types::{GuildId, SessionId, UserId};
use metrics::gauge;
use tokio::time::Instant;

use super::entries::ENDED;
use super::presence::Watching;
use super::refetch::PAUSES;
use super::{Command, Hub, Phase};
use crate::outlet::{Closing, Outlet};

/// How many log-in sessions are asked about at once: what the contract allows.
const CHECKED_AT_ONCE: usize = 1000;
/// Sessions that begin anew are told so over at most this time, so that not all come back at the same moment.
pub(crate) const STAGGER: Duration = Duration::from_secs(5);
/// And at most this long after one another.
pub(crate) const STAGGER_EACH: Duration = Duration::from_millis(2);

impl Hub {
    /// The stream is complete again. Before anything of it is sent, everybody's log-in is checked: who was shut out
    /// meanwhile must not be the first to read it.
    pub(super) fn check(&mut self) {
        let sessions = self.users.values().flat_map(|state| &state.sessions);
        let asked: HashSet<SessionId> = sessions.map(|attached| attached.login).collect();
        let asked: Vec<SessionId> = asked.into_iter().collect();
        self.phase = Phase::Checking;
        self.checks += 1;
        let (check, Some(reporter)) = (self.checks, self.reporter()) else {
            return;
        };
        let bus = self.parts.bus.clone();
        let stopping = self.parts.lifecycle.stopping_token();
        self.parts.lifecycle.spawn("session-check", async move {
            let checking = async {
                let mut valid = Vec::new();
                for chunk in asked.chunks(CHECKED_AT_ONCE) {
                    let request = CheckSessions { sessions: chunk.to_vec() };
                    let mut pause = PAUSES.0;
                    let answer: ValidSessions = loop {
                        match bus.request(&request).await {
                            Ok(answer) => break answer,
                            Err(error) => tracing::warn!(error = %error, "sessions cannot be checked now; nothing is sent until they are"),
                        }
                        tokio::time::sleep(pause).await;
                        pause = (pause * 2).min(PAUSES.1);
                    };
                    valid.extend(answer.valid);
                }
                valid
            };
            let valid = tokio::select! {
                valid = checking => valid,
                () = stopping.cancelled() => return,
            };
            let _ = reporter.send(Command::Checked { check, asked, valid }).await;
        });
    }

    pub(super) async fn on_checked(
        &mut self,
        check: u64,
        asked: &[SessionId],
        valid: &[SessionId],
    ) {
        // After another gap another check is on its way.
        if self.phase != Phase::Checking || check != self.checks {
            return;
        }
        let valid: HashSet<&SessionId> = valid.iter().collect();
        let ended: HashSet<SessionId> = asked
            .iter()
            .filter(|login| !valid.contains(login))
            .copied()
            .collect();
        let sessions = self
            .users
            .iter()
            .flat_map(|(user, state)| state.sessions.iter().map(|it| (*user, it)));
        let sessions = sessions.filter(|(_, attached)| ended.contains(&attached.login));
        let sessions: Vec<(UserId, Arc<Outlet>)> = sessions
            .map(|(user, it)| (user, it.outlet.clone()))
            .collect();
        for (user, outlet) in sessions {
            self.parts.fan_out.close(&outlet, ENDED).await;
            self.detach(user, outlet.id());
        }
        self.grant_time();
        let guilds: Vec<GuildId> = self.guilds.keys().copied().collect();
        for id in guilds {
            let need = self.guilds.get(&id).map_or(0, |guild| guild.applied);
            self.refetch(id, need, None);
        }
        self.go_live().await;
    }

    /// Nothing that sessions know of the stream counts any more: they are told to identify anew, a few at a time.
    pub(super) fn begin_anew(&mut self, why: &'static str) {
        metrics::counter!("kith_gateway_streams_lost_total", "why" => why).increment(1);
        let users = std::mem::take(&mut self.users);
        let sessions = users.into_values().flat_map(|state| state.sessions);
        let outlets: Vec<Arc<Outlet>> = sessions.map(|attached| attached.outlet).collect();
        gauge!("kith_gateway_sessions").decrement(outlets.len() as f64);
        self.guilds.clear();
        self.watching = Watching::new(Instant::now());
        self.syncs.clear();
        self.absences.clear();
        self.expiries.clear();
        self.revs.clear();
        self.parts.ring.clear();
        self.pins.restart(0);
        self.applied = 0;
        let stopping = self.parts.lifecycle.stopping_token();
        self.parts
            .lifecycle
            .spawn("invalidate-sessions", async move {
                let pause = (STAGGER / outlets.len().max(1) as u32).min(STAGGER_EACH);
                for outlet in outlets {
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        () = stopping.cancelled() => return,
                    }
                    outlet.close(Closing::Invalid);
                }
            });
    }
}
