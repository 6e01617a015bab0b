//! What must be true at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use kith_testkit::{PATIENCE, until, until_at_most};
use reqwest::Method;
use serde_json::Value;

use crate::actors::{self, Stage};
use crate::ledger::{About, Ledger, Outcome, Place, Said, lock};
use crate::listener::{View, tag};
use crate::model::{Tick, Who};
use crate::{files, found, seen};

/// Waits until everybody knows everything that they may know, and nothing else.
pub(crate) async fn catch_up(
    unsettled: impl AsyncFn() -> i64,
    stage: &Stage,
    views: &[Arc<Mutex<View>>],
) {
    let ledger = &stage.ledger;
    settled(&unsettled).await;
    // A last word in every place: who has it has all that came before.
    for place in 0..ledger.places.len() {
        actors::post(stage, author(&ledger.places[place]), place, 0, None).await;
    }
    seen::choose_at_last(stage).await;
    settled(&unsettled).await;
    let end = ledger.ticks.next();
    until_at_most(PATIENCE * 2, "everybody has caught up", async || {
        for (who, view) in views.iter().enumerate() {
            let view = lock(view);
            for place in &ledger.places {
                let known = view.channel(&place.channel).map(|known| known.last_seq);
                let last = ledger
                    .certainly(place, who, end, end)
                    .then(|| last_seq(ledger, place));
                if known != last {
                    let channel = &place.channel;
                    return Err(format!(
                        "person {who} has {known:?} instead of {last:?} in {channel}"
                    ));
                }
            }
        }
        seen::caught_up(stage, views)
    })
    .await;
}

async fn settled(unsettled: &impl AsyncFn() -> i64) {
    until("the outbox is empty", async || match unsettled().await {
        0 => Ok(()),
        left => Err(format!("{left} events are unsettled")),
    })
    .await;
}

/// Who certainly may write there.
fn author(place: &Place) -> Who {
    place.guild.or(place.pair.map(|(one, _)| one)).unwrap_or(0)
}

fn last_seq(ledger: &Ledger, place: &Place) -> i64 {
    let said = lock(&ledger.said);
    let here = said
        .iter()
        .filter(|one| ledger.places[one.place].channel == place.channel);
    here.filter_map(|one| one.seq).max().unwrap_or_default()
}

/// Compares what people were told with what is there, and with what they might be told.
pub(crate) async fn judge(stage: &Stage, views: &[Arc<Mutex<View>>]) {
    let ledger = &stage.ledger;
    let mut wrong = Vec::new();
    let end = ledger.ticks.next();
    for (index, place) in ledger.places.iter().enumerate() {
        let history = history(stage, author(place), place).await;
        let history = history.unwrap_or_default();
        wrong.extend(check_history(ledger, index, &history));
        if !stage.medias.is_empty() {
            wrong.extend(files::check(stage, index, &history).await);
        }
        if stage.searches {
            found::complete(stage, author(place), place, &history).await;
        }
        for (who, view) in views.iter().enumerate() {
            let may = ledger.certainly(place, who, end, end);
            let own = self::history(stage, who, place).await;
            if own.is_some() != may || own.is_some_and(|own| own != history) {
                wrong.push(format!("person {who} reads another {}", place.channel));
            }
            // What came live, edits and deletions with it, is what is there.
            let view = lock(view);
            let known = view.channel(&place.channel).into_iter();
            for (seq, text) in known.flat_map(|known| &known.texts) {
                let there = history.iter().find(|message| message["seq"] == *seq);
                let content = there.and_then(|message| message["content"].as_str());
                let is_same = content.is_some_and(|there| there == text.as_deref().unwrap_or(""));
                if !is_same {
                    wrong.push(format!(
                        "person {who} has {text:?} for {seq} of {}, which is {there:?}",
                        place.channel
                    ));
                }
            }
        }
    }
    wrong.extend(leaks(ledger));
    wrong.extend(misjudged(ledger));
    wrong.extend(files::misjudged(ledger));
    wrong.extend(found::leaks(ledger));
    wrong.extend(seen::leaks(stage));
    wrong.extend(idle(stage));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// All messages of a place, as somebody reads them; none if they may not.
async fn history(stage: &Stage, who: Who, place: &Place) -> Option<Vec<Value>> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let after = all.len();
        let path = format!(
            "/api/v1/channels/{}/messages?after_seq={after}&limit=100",
            place.channel
        );
        let answer = stage.ask(who, 0, (&Method::GET, &path), None).await.answer;
        if answer.status == 404 {
            return None;
        }
        let page = answer.expect(200).as_array().cloned().unwrap_or_default();
        if page.is_empty() {
            return Some(all);
        }
        all.extend(page);
    }
}

/// Each acknowledged message is there once, at its place and with its last text; and nothing that nobody said.
fn check_history(ledger: &Ledger, index: usize, history: &[Value]) -> Vec<String> {
    let mut wrong = Vec::new();
    let channel = &ledger.places[index].channel;
    for (expected, message) in (1..).zip(history) {
        if message["seq"] != expected {
            wrong.push(format!("{channel}: {} is not {expected}", message["seq"]));
        }
    }
    let by_id: BTreeMap<&str, &Value> = history
        .iter()
        .filter_map(|message| Some((message["id"].as_str()?, message)))
        .collect();
    let said = lock(&ledger.said);
    let here = || said.iter().filter(|one| one.place == index);
    let mut explained = BTreeSet::new();
    for one in here() {
        let Some(id) = one.id.as_deref() else {
            continue;
        };
        let Some(message) = by_id.get(id) else {
            wrong.push(format!("{channel}: {id} was acknowledged and is gone"));
            continue;
        };
        explained.insert(id);
        if message["seq"].as_i64() != one.seq {
            wrong.push(format!("{channel}: {id} is at another place than it was"));
        }
        let content = message["content"].as_str().unwrap_or_default();
        let is_deleted = message["deleted_at"].is_string();
        if !possible(one).contains(&(!is_deleted).then(|| tag(content))) {
            wrong.push(format!(
                "{channel}: {message} is not what became of {one:?}"
            ));
        }
    }
    // Posts without an answer may be there, once each.
    let mut doubtful: BTreeSet<&str> = here()
        .filter(|one| one.id.is_none() && one.texts[0].outcome == Outcome::Perhaps)
        .map(|one| one.texts[0].tag.as_str())
        .collect();
    for message in history {
        let id = message["id"].as_str().unwrap_or_default();
        let content = message["content"].as_str().unwrap_or_default();
        if !explained.contains(id) && !doubtful.remove(tag(content).as_str()) {
            wrong.push(format!("{channel}: nobody can have said {message}"));
        }
    }
    wrong
}

/// What may have become of a message: its possible texts, none for deleted. An author's own acts follow each other, so that the
/// last that was certainly done decides, and those after it of which nobody knows.
fn possible(one: &Said) -> Vec<Option<String>> {
    let mut possible = Vec::new();
    for text in &one.texts {
        match text.outcome {
            Outcome::Done(_) => possible = vec![Some(text.tag.clone())],
            Outcome::Perhaps => possible.push(Some(text.tag.clone())),
            Outcome::Refused(_) => {}
        }
    }
    match one.deletion {
        Some((_, Outcome::Done(_))) => vec![None],
        Some((_, Outcome::Perhaps)) => {
            possible.push(None);
            possible
        }
        _ => possible,
    }
}

/// What somebody heard of a channel although, from its beginning until they heard it, they might not see the channel.
fn leaks(ledger: &Ledger) -> Vec<String> {
    let said = lock(&ledger.said);
    let (mut texts, mut posts, mut deletions) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for one in said.iter() {
        texts.extend(one.texts.iter().map(|text| (&text.tag, text.asked)));
        let Some(id) = &one.id else { continue };
        posts.insert(id, one.texts[0].asked);
        deletions.extend(one.deletion.map(|(asked, _)| (id, asked)));
    }
    let mut wrong = Vec::new();
    for heard in lock(&ledger.heard).iter() {
        let asked: Option<&Tick> = match &heard.about {
            About::Text(tag) => texts.get(tag),
            About::Empty(id) => posts.get(id),
            About::Deletion(id) => deletions.get(id),
        };
        let place = ledger.place_of(&heard.channel);
        let (Some(asked), Some(place)) = (asked, place) else {
            wrong.push(format!("nobody can have caused {heard:?}"));
            continue;
        };
        if !ledger.perhaps(place, heard.who, *asked, heard.at) {
            wrong.push(format!("{heard:?} began at {asked} and was not for them"));
        }
    }
    wrong
}

/// What was done for somebody who certainly might not, or refused to somebody who certainly might.
fn misjudged(ledger: &Ledger) -> Vec<String> {
    let tried = lock(&ledger.tried);
    let wrong = tried.iter().filter(|one| {
        let place = &ledger.places[one.place];
        if one.done {
            !ledger.perhaps(place, one.who, one.asked, one.answered)
        } else {
            ledger.certainly(place, one.who, one.asked, one.answered)
        }
    });
    let told = wrong.map(|one| format!("{} was misjudged: {one:?}", one.what));
    told.collect()
}

/// A soak in which nothing happened shows nothing.
fn idle(stage: &Stage) -> Vec<String> {
    let counts = stage.ledger.counts();
    let mut needed = vec![
        "post",
        "edit",
        "delete",
        "read",
        "refused",
        "joins",
        "doors",
        "own overwrites",
        "roles",
        "sessions resumed",
        "dispatches",
        "statuses",
        "presences",
        "member lists",
    ];
    if !stage.medias.is_empty() {
        needed.extend(["upload", "fetch"]);
    }
    if stage.searches {
        needed.push("search");
    }
    let missing = needed.iter().filter(|what| !counts.contains_key(*what));
    missing
        .map(|what| format!("there was not one of «{what}»"))
        .collect()
}
