//! People who write, read and change their minds, whatever stands or lies around them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kith_testkit::{Answer, Client};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::ledger::{Chance, File, Found, Ledger, Outcome, Said, Text, Tried, lock};
use crate::model::Who;
use crate::rights::{self, Domain};
use crate::{files, seen};
use kith_world::people::Person;

/// Between two attempts of a client at what could not be answered.
const AGAIN: Duration = Duration::from_millis(100);

/// What all actors share.
#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) people: Arc<[Person]>,
    /// The processes of api.
    pub(crate) apis: Arc<[Client]>,
    /// Those of media; without any, nobody sends files.
    pub(crate) medias: Arc<[Client]>,
    /// Whether search is there.
    pub(crate) searches: bool,
    pub(crate) stop: Arc<AtomicBool>,
}

/// A definite answer, and whether an attempt before it was never answered.
pub(crate) struct Definite {
    pub(crate) answer: Answer,
    pub(crate) doubtful: bool,
}

impl Stage {
    pub(crate) fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Asks until somebody answers: at one api, then at the next.
    pub(crate) async fn ask(
        &self,
        who: Who,
        first: usize,
        (method, path): (&Method, &str),
        body: Option<&Value>,
    ) -> Definite {
        self.insist(who, &self.apis, first, |api| {
            let (method, path, body) = (method.clone(), path.to_owned(), body.cloned());
            let ledger = self.ledger.clone();
            async move {
                let is_read = method == Method::GET;
                let answer = api.try_send(method, &path, body.as_ref()).await;
                if answer.is_err() && is_read {
                    ledger.count("reads without an answer");
                }
                answer
            }
        })
        .await
    }

    /// Tries until somebody answers: at one of these doors, then at the next.
    pub(crate) async fn insist<F>(
        &self,
        who: Who,
        doors: &[Client],
        first: usize,
        attempt: impl Fn(Client) -> F,
    ) -> Definite
    where
        F: Future<Output = reqwest::Result<Answer>>,
    {
        let token = &self.people[who].account.access_token;
        let mut doubtful = false;
        for number in first.. {
            let door = doors[number % doors.len()].with_token(token);
            match attempt(door).await {
                Ok(answer) if answer.status == 503 => {
                    assert!(answer.retry_after().is_some(), "503 without Retry-After");
                    self.ledger.count("answers 503");
                    // It may have been done all the same: what was cut off in its commit is answered like this too.
                    doubtful = true;
                }
                Ok(answer) => return Definite { answer, doubtful },
                Err(error) => {
                    self.ledger.count("requests without an answer");
                    doubtful |= !error.is_connect();
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
        unreachable!("there is always another attempt")
    }
}

/// Everybody talks, and owners rule.
pub(crate) fn all(stage: &Stage, domains: Vec<Domain>, seed: u64) -> JoinSet<()> {
    let mut actors = JoinSet::new();
    for who in 0..stage.people.len() {
        let chance = Chance::of(seed, 200 + who as u64);
        actors.spawn(talk(stage.clone(), who, chance));
    }
    for domain in domains {
        let chance = Chance::of(seed, 300 + domain.index as u64);
        actors.spawn(rights::rule(stage.clone(), domain, chance));
    }
    actors
}

/// Somebody who talks until it is over.
async fn talk(stage: Stage, who: Who, chance: Chance) {
    while !stage.is_over() {
        let place = chance.below(stage.ledger.places.len());
        let api = chance.below(stage.apis.len());
        let back = chance.below(8);
        match chance.below(100) {
            0..12 if !stage.medias.is_empty() => files::show(&stage, who, place, api).await,
            12..22 if !stage.medias.is_empty() => files::fetch(&stage, who, back, api).await,
            22..30 if stage.searches => search(&stage, who, place, api).await,
            30..34 => seen::choose(&stage, who, back, api).await,
            0..62 => post(&stage, who, place, api, None).await,
            62..74 => edit(&stage, who, back, api).await,
            74..80 => delete(&stage, who, back, api).await,
            80..86 => type_in(&stage, who, place, api).await,
            _ => read(&stage, who, place, api).await,
        }
        tokio::time::sleep(chance.millis(5, 60)).await;
    }
}

/// Posts a text of its own, and with it perhaps a file.
pub(crate) async fn post(stage: &Stage, who: Who, place: usize, api: usize, file: Option<File>) {
    let ledger = &stage.ledger;
    let asked = ledger.ticks.next();
    let tag = format!("m{asked}");
    let path = format!("/api/v1/channels/{}/messages", ledger.places[place].channel);
    let mut body = json!({"content": format!("{tag} grüßt 世界 🏳️‍🌈"), "nonce": tag});
    if let Some(file) = &file {
        body["attachment_ids"] = json!([file.id]);
    }
    // Noted before it can be heard.
    let index = {
        let mut said = lock(&ledger.said);
        said.push(Said {
            place,
            author: who,
            id: None,
            seq: None,
            texts: vec![Text {
                tag,
                asked,
                outcome: Outcome::Perhaps,
            }],
            deletion: None,
            file,
        });
        said.len() - 1
    };
    let definite = stage
        .ask(who, api, (&Method::POST, &path), Some(&body))
        .await;
    let outcome = conclude(stage, "post", who, place, asked, &definite, &[200, 201]);
    let mut said = lock(&ledger.said);
    let entry = &mut said[index];
    entry.texts[0].outcome = outcome;
    if let Outcome::Done(_) = outcome {
        let message = &definite.answer.body["data"];
        entry.id = message["id"].as_str().map(str::to_owned);
        entry.seq = message["seq"].as_i64();
    }
}

/// One of the latest messages of somebody that are certainly there.
fn own(stage: &Stage, who: Who, back: usize) -> Option<(usize, usize, String)> {
    let said = lock(&stage.ledger.said);
    let mut own = said
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, one)| one.author == who && one.deletion.is_none() && one.id.is_some());
    let (index, one) = own.nth(back)?;
    Some((index, one.place, one.id.clone()?))
}

async fn edit(stage: &Stage, who: Who, back: usize, api: usize) {
    let Some((index, place, id)) = own(stage, who, back) else {
        return;
    };
    let ledger = &stage.ledger;
    let asked = ledger.ticks.next();
    let tag = format!("e{asked}");
    let path = format!(
        "/api/v1/channels/{}/messages/{id}",
        ledger.places[place].channel
    );
    let body = json!({"content": format!("{tag} anders")});
    let text = Text {
        tag,
        asked,
        outcome: Outcome::Perhaps,
    };
    let number = {
        let texts = &mut lock(&ledger.said)[index].texts;
        texts.push(text);
        texts.len() - 1
    };
    let definite = stage
        .ask(who, api, (&Method::PATCH, &path), Some(&body))
        .await;
    let outcome = conclude(stage, "edit", who, place, asked, &definite, &[200]);
    lock(&ledger.said)[index].texts[number].outcome = outcome;
}

async fn delete(stage: &Stage, who: Who, back: usize, api: usize) {
    let Some((index, place, id)) = own(stage, who, back) else {
        return;
    };
    let ledger = &stage.ledger;
    let asked = ledger.ticks.next();
    let path = format!(
        "/api/v1/channels/{}/messages/{id}",
        ledger.places[place].channel
    );
    lock(&ledger.said)[index].deletion = Some((asked, Outcome::Perhaps));
    let definite = stage.ask(who, api, (&Method::DELETE, &path), None).await;
    let refused = definite.answer.status == 404;
    let outcome = if refused && definite.doubtful {
        // It may be gone because an earlier attempt did it.
        Outcome::Perhaps
    } else {
        conclude(stage, "delete", who, place, asked, &definite, &[204])
    };
    lock(&ledger.said)[index].deletion = Some((asked, outcome));
}

async fn type_in(stage: &Stage, who: Who, place: usize, api: usize) {
    let ledger = &stage.ledger;
    let asked = ledger.ticks.next();
    let path = format!("/api/v1/channels/{}/typing", ledger.places[place].channel);
    let definite = stage.ask(who, api, (&Method::POST, &path), None).await;
    conclude(stage, "type", who, place, asked, &definite, &[204]);
}

async fn read(stage: &Stage, who: Who, place: usize, api: usize) {
    let ledger = &stage.ledger;
    let asked = ledger.ticks.next();
    let path = format!("/api/v1/channels/{}/messages", ledger.places[place].channel);
    let definite = stage.ask(who, api, (&Method::GET, &path), None).await;
    conclude(stage, "read", who, place, asked, &definite, &[200]);
}

/// Looks for what nearly everybody says, in one place.
async fn search(stage: &Stage, who: Who, place: usize, api: usize) {
    let ledger = &stage.ledger;
    let asked = ledger.ticks.next();
    let path = format!(
        "/api/v1/channels/{}/messages/search?content=gr%C3%BC%C3%9Ft",
        ledger.places[place].channel
    );
    let definite = stage.ask(who, api, (&Method::GET, &path), None).await;
    conclude(stage, "search", who, place, asked, &definite, &[200]);
    let answered = ledger.ticks.next();
    let messages = definite.answer.body["data"]["messages"].as_array();
    let mut found = lock(&ledger.found);
    for one in messages.into_iter().flatten() {
        let text = |field: &str| {
            one["message"][field]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        found.push(Found {
            who,
            channel: text("channel_id"),
            message: text("id"),
            asked,
            answered,
        });
    }
}

/// Notes what an answer says of what somebody may do; it is judged when all changes are known.
pub(crate) fn conclude(
    stage: &Stage,
    what: &'static str,
    who: Who,
    place: usize,
    asked: u64,
    definite: &Definite,
    done: &[u16],
) -> Outcome {
    let answered = stage.ledger.ticks.next();
    let status = definite.answer.status;
    let is_done = done.contains(&status);
    assert!(
        is_done || status == 404,
        "{what} was answered {status}: {}",
        definite.answer.body
    );
    stage.ledger.count(if is_done { what } else { "refused" });
    lock(&stage.ledger.tried).push(Tried {
        what,
        who,
        place,
        asked,
        answered,
        done: is_done,
    });
    match (is_done, definite.doubtful) {
        (true, _) => Outcome::Done(answered),
        (false, true) => Outcome::Perhaps,
        (false, false) => Outcome::Refused(answered),
    }
}
