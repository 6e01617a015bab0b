//! An owner who lets people in, throws them out, and opens and closes doors. Each guild has one, so that its changes follow each
//! other; each change is asked for until it is certain that it was made.

use reqwest::Method;
use serde_json::{Value, json};

use crate::actors::Stage;
use crate::ledger::{Chance, lock};
use crate::model::{Rights, Who};
use crate::setting::OUTSIDER;

/// A guild whose rights change.
pub(crate) struct Domain {
    /// Which of the ledger's timelines it is.
    pub(crate) index: usize,
    pub(crate) owner: Who,
    pub(crate) id: String,
    pub(crate) channels: Vec<String>,
    /// The special role.
    pub(crate) role: String,
    pub(crate) invite: String,
}

/// A request of a change: who asks, how, what, and with which body.
struct Request(Who, Method, String, Option<Value>);

/// Changes rights until it is over.
pub(crate) async fn rule(stage: Stage, domain: Domain, chance: Chance) {
    let candidates: Vec<Who> = (0..OUTSIDER).filter(|who| *who != domain.owner).collect();
    while !stage.is_over() {
        let now = lock(&stage.ledger.timelines[domain.index]).now().clone();
        let who = candidates[chance.below(candidates.len())];
        let channel = &domain.channels[chance.below(domain.channels.len())];
        let (kind, way) = (chance.below(10), chance.below(3));
        let pause = chance.millis(50, 500);
        let next = match kind {
            _ if !now.members.contains(&who) => domain.let_in(&stage, &now, who),
            0..3 => domain.remove(&stage, &now, who, way),
            3..5 => domain.close(&now, channel),
            5..8 => domain.single_out(&stage, &now, channel, who, way),
            _ => domain.entrust(&stage, &now, who),
        };
        make(&stage, &domain, next).await;
        tokio::time::sleep(pause).await;
    }
}

async fn make(stage: &Stage, domain: &Domain, (name, after, requests): Change) {
    let ledger = &stage.ledger;
    lock(&ledger.timelines[domain.index]).ask(ledger.ticks.next(), after);
    for Request(who, method, path, body) in requests {
        let definite = stage
            .ask(
                who,
                ledger.ticks.next() as usize,
                (&method, &path),
                body.as_ref(),
            )
            .await;
        let status = definite.answer.status;
        // Whoever is gone already cannot be removed, and what is not there cannot be deleted.
        let is_gone = method == Method::DELETE && status == 404;
        assert!(
            matches!(status, 200 | 201 | 204) || is_gone,
            "{name}: {method} {path} was answered {status}: {}",
            definite.answer.body
        );
    }
    lock(&ledger.timelines[domain.index]).answer(ledger.ticks.next());
    ledger.count(name);
}

/// What it is called, what holds afterwards, and how it is done.
type Change = (&'static str, Rights, Vec<Request>);

impl Domain {
    fn path(&self, rest: &str) -> String {
        format!("/api/v1/guilds/{}{rest}", self.id)
    }

    fn let_in(&self, stage: &Stage, now: &Rights, who: Who) -> Change {
        let mut after = now.clone();
        after.remove(who);
        after.members.insert(who);
        let user = stage.people[who].id();
        let mut requests = vec![Request(
            self.owner,
            Method::DELETE,
            self.path(&format!("/bans/{user}")),
            None,
        )];
        // A member's own overwrites may outlive the membership; here everybody begins anew.
        requests.extend(self.channels.iter().map(|channel| {
            let path = format!("/api/v1/channels/{channel}/overwrites/{user}");
            Request(self.owner, Method::DELETE, path, None)
        }));
        let path = format!("/api/v1/invites/{}", self.invite);
        requests.push(Request(who, Method::POST, path, None));
        ("joins", after, requests)
    }

    fn remove(&self, stage: &Stage, now: &Rights, who: Who, way: usize) -> Change {
        let mut after = now.clone();
        after.remove(who);
        let user = stage.people[who].id();
        let (name, request) = match way {
            0 => {
                let path = self.path(&format!("/bans/{user}"));
                (
                    "bans",
                    Request(self.owner, Method::PUT, path, Some(json!({}))),
                )
            }
            1 => {
                let path = self.path(&format!("/members/{user}"));
                ("kicks", Request(self.owner, Method::DELETE, path, None))
            }
            _ => {
                let path = format!("/api/v1/users/@me/guilds/{}", self.id);
                ("departures", Request(who, Method::DELETE, path, None))
            }
        };
        (name, after, vec![request])
    }

    /// Closes a channel for everyone but the special role, or opens it.
    fn close(&self, now: &Rights, channel: &str) -> Change {
        let mut after = now.clone();
        let door = after.doors.get_mut(channel).expect("every channel has one");
        door.closed = !door.closed;
        let path = format!("/api/v1/channels/{channel}/overwrites/{}", self.id);
        let denied: &[&str] = if door.closed { &["VIEW_CHANNEL"] } else { &[] };
        let body = json!({"kind": "role", "deny": denied});
        let request = Request(self.owner, Method::PUT, path, Some(body));
        ("doors", after, vec![request])
    }

    /// Lets a single member in, locks them out, or treats them as everybody else again.
    fn single_out(
        &self,
        stage: &Stage,
        now: &Rights,
        channel: &str,
        who: Who,
        way: usize,
    ) -> Change {
        let mut after = now.clone();
        let door = after.doors.get_mut(channel).expect("every channel has one");
        let user = stage.people[who].id();
        let path = format!("/api/v1/channels/{channel}/overwrites/{user}");
        let request = match way {
            0 => {
                door.single.remove(&who);
                Request(self.owner, Method::DELETE, path, None)
            }
            way => {
                door.single.insert(who, way == 1);
                let field = if way == 1 { "allow" } else { "deny" };
                let body = json!({"kind": "member", field: ["VIEW_CHANNEL"]});
                Request(self.owner, Method::PUT, path, Some(body))
            }
        };
        ("own overwrites", after, vec![request])
    }

    /// Gives the special role or takes it.
    fn entrust(&self, stage: &Stage, now: &Rights, who: Who) -> Change {
        let mut after = now.clone();
        let path = self.path(&format!(
            "/members/{}/roles/{}",
            stage.people[who].id(),
            self.role
        ));
        let method = if after.keepers.remove(&who) {
            Method::DELETE
        } else {
            after.keepers.insert(who);
            Method::PUT
        };
        let request = Request(self.owner, method, path, None);
        ("roles", after, vec![request])
    }
}
