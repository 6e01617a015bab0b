use std::collections::HashSet;

use kith_events::rpc::{KnownPresences, PRESENCES_AT_ONCE, Presences};
use kith_types::UserId;
use kith_wire::{Presence, Status};
use tokio::time::Instant;

use super::Known;
use crate::hub::{Command, Hub};

/// What presence answered.
#[derive(Clone)]
pub(crate) struct Heard {
    pub(crate) asked: Vec<UserId>,
    pub(crate) asked_at: Instant,
    /// None if it did not.
    pub(crate) answer: Option<KnownPresences>,
}

impl Hub {
    /// Somebody is seen otherwise from now on.
    pub(in crate::hub) async fn on_presence(&mut self, payload: &[u8]) {
        let Ok(presence) = serde_json::from_slice::<Presence>(payload) else {
            tracing::debug!("a presence cannot be understood");
            return;
        };
        let user = presence.user_id;
        if !self.watching.interest.contains_key(&user) {
            return;
        }
        let known = self.watching.known.get(&user);
        if known.is_some_and(|it| it.presence.version >= presence.version) {
            return;
        }
        if self.learn(presence, Instant::now()) {
            self.tell_presence(user).await;
        }
    }

    /// Asks presence of those of whom nothing is known, or not for sure, one question at a time.
    pub(in crate::hub) fn ask_presences(&mut self) {
        if self.watching.asking || self.watching.wanted.is_empty() {
            return;
        }
        let Some(reporter) = self.reporter() else {
            return;
        };
        let wanted = self.watching.wanted.iter().copied();
        let asked: Vec<UserId> = wanted.take(PRESENCES_AT_ONCE).collect();
        for user in &asked {
            self.watching.wanted.remove(user);
        }
        self.watching.asking = true;
        let bus = self.parts.bus.clone();
        let stopping = self.parts.lifecycle.stopping_token();
        self.parts.lifecycle.spawn("ask-presences", async move {
            let asked_at = Instant::now();
            let question = Presences {
                users: asked.clone(),
            };
            let answer = tokio::select! {
                answer = bus.request(&question) => answer,
                () = stopping.cancelled() => return,
            };
            let answer = answer
                .inspect_err(|error| tracing::debug!(error = %error, "presence does not answer"));
            let heard = Heard {
                asked,
                asked_at,
                answer: answer.ok(),
            };
            let _ = reporter.send(Command::Presences(heard)).await;
        });
    }

    pub(in crate::hub) async fn on_presences(&mut self, heard: Heard) {
        self.watching.asking = false;
        let failed = heard.answer.is_none();
        for user in self.hear(heard) {
            self.tell_presence(user).await;
        }
        // After a failure the next turn of the clock tries again.
        if !failed {
            self.ask_presences();
        }
    }

    /// Asks of everybody again when it is time to.
    pub(in crate::hub) async fn refresh_presences(&mut self) {
        let now = Instant::now();
        if self.watching.again <= now {
            self.watching.again = now + self.parts.presence_ttl;
            let all = self.watching.interest.keys().copied();
            self.watching.wanted = all.collect();
        }
        self.ask_presences();
        self.tell_unsaid().await;
    }

    /// Something may have gone by unheard.
    pub(in crate::hub) fn doubt_presences(&mut self) {
        self.watching.again = Instant::now();
    }

    /// Takes note of what presence answered of those in whom somebody is interested. Gives who is seen otherwise now.
    pub(super) fn hear(&mut self, heard: Heard) -> Vec<UserId> {
        let Heard {
            asked,
            asked_at,
            answer,
        } = heard;
        let Some(answer) = answer else {
            let interest = &self.watching.interest;
            let still = asked.into_iter().filter(|user| interest.contains_key(user));
            self.watching.wanted.extend(still);
            return Vec::new();
        };
        let mut news = Vec::new();
        let mut missing: HashSet<UserId> = asked.into_iter().collect();
        for presence in answer.presences {
            let user = presence.user_id;
            missing.remove(&user);
            let newer = self.is_news(user, Some(presence.version), asked_at);
            if newer && self.learn(presence, asked_at) {
                news.push(user);
            }
        }
        if !answer.settled {
            // A third of the time in which all gateways are heard.
            let soon = Instant::now() + self.parts.presence_ttl / 3;
            self.watching.again = self.watching.again.min(soon);
            return news;
        }
        for user in missing {
            if self.is_news(user, None, asked_at) {
                let known = self.watching.known.get(&user);
                let offline = Presence {
                    user_id: user,
                    status: Status::Offline,
                    custom_status: None,
                    version: known.map_or(0, |it| it.presence.version),
                };
                if self.learn(offline, asked_at) {
                    news.push(user);
                }
            }
        }
        news
    }

    /// Whether an answer may say something that is newer than what is known: it has a later version, or it was asked for
    /// after that was heard.
    fn is_news(&self, user: UserId, version: Option<i64>, asked_at: Instant) -> bool {
        self.watching.interest.contains_key(&user)
            && self.watching.known.get(&user).is_none_or(|known| {
                known.at < asked_at || version.is_some_and(|it| it > known.presence.version)
            })
    }

    /// Takes note of how somebody is seen. Whether others see a difference.
    fn learn(&mut self, presence: Presence, at: Instant) -> bool {
        let user = presence.user_id;
        let before = self.watching.known.get(&user).map(|it| &it.presence);
        let changed = match before {
            None => presence.status != Status::Offline,
            Some(before) => {
                before.status != presence.status || before.custom_status != presence.custom_status
            }
        };
        self.watching.wanted.remove(&user);
        self.watching.known.insert(user, Known { presence, at });
        changed
    }
}
