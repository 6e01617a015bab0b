//! Files: people who send and fetch them, and what must be true of them at the end.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::actors::{Stage, conclude, post};
use crate::ledger::{Fetched, File, Ledger, Outcome, Said, lock};
use crate::model::Who;

/// Sends a file and posts it.
pub(crate) async fn show(stage: &Stage, who: Who, place: usize, door: usize) {
    let ledger = &stage.ledger;
    let asked = ledger.ticks.next();
    let name = format!("f{asked}.txt");
    let channel = &ledger.places[place].channel;
    let definite = stage
        .insist(who, &stage.medias, door, |media| {
            let (channel, name) = (channel.clone(), name.clone());
            async move {
                let bytes = File::bytes(&name);
                media.try_upload(&channel, &name, bytes).await
            }
        })
        .await;
    conclude(stage, "upload", who, place, asked, &definite, &[201]);
    if let Some(id) = definite.answer.body["data"]["id"].as_str() {
        let id = id.to_owned();
        post(stage, who, place, door, Some(File { id, name })).await;
    }
}

/// Fetches the file of one of the latest messages that have one, whoever's it is.
pub(crate) async fn fetch(stage: &Stage, who: Who, back: usize, door: usize) {
    let ledger = &stage.ledger;
    let asked = ledger.ticks.next();
    let Some((said, file)) = latest(ledger, back) else {
        return;
    };
    let done = get(stage, who, door, &file).await;
    lock(&ledger.fetched).push(Fetched {
        who,
        said,
        asked,
        answered: ledger.ticks.next(),
        done,
    });
    ledger.count(if done { "fetch" } else { "refused" });
}

fn latest(ledger: &Ledger, back: usize) -> Option<(usize, File)> {
    let said = lock(&ledger.said);
    let with_files = said.iter().enumerate().rev();
    let mut with_files = with_files.filter(|(_, one)| one.file.is_some() && one.id.is_some());
    let (index, one) = with_files.nth(back)?;
    Some((index, one.file.clone()?))
}

/// Whether somebody gets a file. What they get is the whole file.
async fn get(stage: &Stage, who: Who, door: usize, file: &File) -> bool {
    let definite = stage
        .insist(who, &stage.medias, door, |media| {
            let file = file.clone();
            async move {
                let path = format!("/api/v1/attachments/{}/{}", file.id, file.name);
                let got = media.try_download(&path, &[]).await?;
                let is_whole = got.status != 200 || got.bytes == File::bytes(&file.name);
                assert!(is_whole, "{file:?} is another");
                Ok(got.into())
            }
        })
        .await;
    let status = definite.answer.status;
    assert!(
        matches!(status, 200 | 404),
        "{file:?} was answered {status}"
    );
    status == 200
}

/// Who got what they might not get, or did not get what they certainly might.
pub(crate) fn misjudged(ledger: &Ledger) -> Vec<String> {
    let said = lock(&ledger.said);
    let fetched = lock(&ledger.fetched);
    let wrong = fetched.iter().filter(|one| {
        let message = &said[one.said];
        let place = &ledger.places[message.place];
        if one.done {
            let is_gone =
                matches!(message.deletion, Some((_, Outcome::Done(gone))) if gone < one.asked);
            is_gone || !ledger.perhaps(place, one.who, one.asked, one.answered)
        } else {
            let may_be_gone = message
                .deletion
                .is_some_and(|(asked, _)| asked <= one.answered);
            !may_be_gone && ledger.certainly(place, one.who, one.asked, one.answered)
        }
    });
    let told = wrong.map(|one| format!("the file of {:?} was misjudged: {one:?}", said[one.said]));
    told.collect()
}

/// At the end each acknowledged file is at its message, once and whole, and for those who may see that.
pub(crate) async fn check(stage: &Stage, index: usize, history: &[Value]) -> Vec<String> {
    let ledger = &stage.ledger;
    let mut wrong = Vec::new();
    let said: Vec<Said> = lock(&ledger.said).clone();
    let place = &ledger.places[index];
    let end = ledger.ticks.next();
    let mut attached = BTreeSet::new();
    for message in history {
        for attachment in message["attachments"].as_array().into_iter().flatten() {
            if !attached.insert(attachment["id"].to_string()) {
                wrong.push(format!("{attachment} is there twice"));
            }
        }
    }
    for one in said.iter().filter(|one| one.place == index) {
        let (Some(file), Some(id)) = (&one.file, &one.id) else {
            continue;
        };
        let message = history.iter().find(|message| message["id"] == **id);
        // That it is there is said elsewhere.
        let Some(message) = message else { continue };
        let is_deleted = message["deleted_at"].is_string();
        let ids: Vec<&Value> = message["attachments"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|attachment| &attachment["id"])
            .collect();
        let expected = if is_deleted {
            vec![]
        } else {
            vec![json!(file.id)]
        };
        if ids != expected.iter().collect::<Vec<_>>() {
            wrong.push(format!("{message} has {ids:?} instead of {expected:?}"));
        }
        for who in 0..stage.people.len() {
            let may = !is_deleted && ledger.certainly(place, who, end, end);
            if get(stage, who, who, file).await != may {
                wrong.push(format!("person {who} and {file:?}: it should be {may}"));
            }
        }
    }
    wrong
}
