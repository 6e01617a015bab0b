//! Who is online: what a client holds of it, and what must be true of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use reqwest::Method;
use serde_json::{Value, json};

use crate::actors::Stage;
use crate::ledger::{Ledger, Told, lock};
use crate::listener::View;
use crate::model::{Tick, Who};
use crate::setting::RESIDENTS;

const STATUSES: [&str; 3] = ["online", "idle", "dnd"];

/// What a connection was told of who is online.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Whose members it looks at.
    guild: Option<String>,
    /// How those are seen who are not offline, with the version of that.
    people: BTreeMap<String, (i64, String)>,
    /// Who has left which guild, as this connection was told, and when it was.
    left: BTreeMap<(String, String), Tick>,
}

impl Seen {
    /// Another connection begins: it has heard nothing yet.
    pub(crate) fn begin(&mut self) {
        *self = Self::default();
    }

    /// Takes note of a dispatch; gives those of whom it tells how they are seen.
    pub(crate) fn take(&mut self, t: &str, d: &Value, at: Tick) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match t {
            "READY" => self.begin(),
            "GUILD_CREATE" | "GUILD_SYNC" => {
                let anew = text(&d["guild"]["id"]);
                self.left.retain(|(guild, _), _| *guild != anew);
            }
            "GUILD_MEMBER_REMOVE" => {
                let key = (text(&d["guild_id"]), text(&d["user_id"]));
                self.left.insert(key, at);
            }
            "GUILD_MEMBER_ADD" => {
                let member = &d["member"];
                let key = (text(&member["guild_id"]), text(&member["user"]["id"]));
                self.left.remove(&key);
            }
            "GUILD_MEMBERS" => {
                self.guild = d["guild_id"].as_str().map(str::to_owned);
                self.people.clear();
                let list = d["presences"].as_array().into_iter().flatten();
                return list.map(|presence| self.hold(presence)).collect();
            }
            "PRESENCE_UPDATE" => return vec![self.hold(d)],
            _ => {}
        }
        Vec::new()
    }

    fn hold(&mut self, presence: &Value) -> String {
        let user = presence["user_id"].as_str().unwrap_or_default().to_owned();
        let version = presence["version"].as_i64().unwrap_or_default();
        let status = presence["status"].as_str().unwrap_or_default().to_owned();
        let newer = self.people.get(&user).is_none_or(|held| held.0 <= version);
        if newer {
            self.people.insert(user.clone(), (version, status));
        }
        user
    }

    /// When this connection heard last that somebody is not in a guild any more; 0 if it did not.
    pub(crate) fn left(&self, guild: &str, user: &str) -> Tick {
        let key = (guild.to_owned(), user.to_owned());
        self.left.get(&key).copied().unwrap_or_default()
    }

    /// Whose members it looks at.
    pub(crate) fn guild(&self) -> Option<&str> {
        self.guild.as_deref()
    }

    fn status(&self, user: &str) -> &str {
        self.people
            .get(user)
            .map_or("offline", |(_, status)| status)
    }
}

/// Chooses how to be seen.
pub(crate) async fn choose(stage: &Stage, who: Who, which: usize, api: usize) {
    let path = "/api/v1/users/@me/presence";
    let body = json!({"status": STATUSES[which % STATUSES.len()]});
    let definite = stage
        .ask(who, api, (&Method::PATCH, path), Some(&body))
        .await;
    definite.answer.expect(200);
    stage.ledger.count("statuses");
}

/// Everybody chooses once more; this is what all of them have to see in the end.
pub(crate) async fn choose_at_last(stage: &Stage) {
    for who in 0..RESIDENTS {
        choose(stage, who, who, who).await;
    }
}

/// Whether everybody in the last guild sees all others there as they have chosen to be seen.
pub(crate) fn caught_up(stage: &Stage, views: &[Arc<Mutex<View>>]) -> Result<(), String> {
    for (who, view) in views.iter().enumerate().take(RESIDENTS) {
        let view = lock(view);
        if view.seen.guild() != Some(stage.ledger.last_guild()) {
            return Err(format!("person {who} does not look at the last guild yet"));
        }
        for other in (0..RESIDENTS).filter(|other| *other != who) {
            let status = view.seen.status(stage.people[other].id());
            let chosen = STATUSES[other % STATUSES.len()];
            if status != chosen {
                return Err(format!(
                    "person {who} sees {other} as {status} instead of {chosen}"
                ));
            }
        }
    }
    Ok(())
}

/// Who was told of somebody with whom they shared nothing, or was shown a guild in which they were not.
pub(crate) fn leaks(stage: &Stage) -> Vec<String> {
    let ledger = &stage.ledger;
    let mut wrong = Vec::new();
    for told in lock(&ledger.told).iter() {
        let about = stage.people.iter().position(|it| it.id() == told.about);
        let shared = about.is_some_and(|about| {
            about == told.who
                || are_partners(ledger, about, told.who)
                || in_one(ledger, about, told)
        });
        if !shared {
            wrong.push(format!("{told:?} was of a stranger ({about:?})"));
        }
    }
    for one in lock(&ledger.listed).iter() {
        if !ledger.perhaps_member(&one.guild, one.who, one.asked, one.at) {
            wrong.push(format!("{one:?} is not in it"));
        }
    }
    wrong
}

fn are_partners(ledger: &Ledger, one: Who, other: Who) -> bool {
    let pairs = ledger.places.iter().filter_map(|place| place.pair);
    let mut pairs = pairs.map(|(a, b)| [a, b]);
    pairs.any(|pair| pair.contains(&one) && pair.contains(&other))
}

fn in_one(ledger: &Ledger, about: Who, told: &Told) -> bool {
    let mut guilds = told.by.iter();
    guilds.any(|(guild, heard)| ledger.perhaps_again(guild, about, *heard, told.at))
}
