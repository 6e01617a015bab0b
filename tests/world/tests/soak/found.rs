//! Search: what is found is for those who find it, and in the end everything is found.

use std::collections::{BTreeMap, BTreeSet};

use kith_testkit::{PATIENCE, until_at_most};
use reqwest::Method;
use serde_json::Value;

use crate::actors::Stage;
use crate::ledger::{Ledger, Outcome, Place, lock};
use crate::model::{Tick, Who};

/// In every text is one of these: as it was said first, or as it was changed.
const WORDS: [(&str, &str); 2] = [("grüßt", "gr%C3%BC%C3%9Ft"), ("anders", "anders")];

/// What was found by somebody who might not see it, or was gone already when they asked.
pub(crate) fn leaks(ledger: &Ledger) -> Vec<String> {
    let said = lock(&ledger.said);
    let gone = said.iter().filter_map(|one| match one.deletion {
        Some((_, Outcome::Done(at))) => Some((one.id.as_deref()?, at)),
        _ => None,
    });
    let gone: BTreeMap<&str, Tick> = gone.collect();
    let found = lock(&ledger.found);
    let wrong = found.iter().filter(|one| {
        let place = ledger.place_of(&one.channel);
        let was_gone = gone.get(&*one.message).is_some_and(|at| *at < one.asked);
        let may = |place| ledger.perhaps(place, one.who, one.asked, one.answered);
        was_gone || !place.is_some_and(may)
    });
    wrong
        .map(|one| format!("{one:?} was not to be found"))
        .collect()
}

/// Waits until everything in a place is found there, and nothing else. `history` is what is there.
pub(crate) async fn complete(stage: &Stage, who: Who, place: &Place, history: &[Value]) {
    for (word, query) in WORDS {
        let there = history.iter().filter(|message| {
            let content = message["content"].as_str();
            content.is_some_and(|content| content.contains(word))
        });
        let there: BTreeSet<&str> = there.filter_map(|it| it["id"].as_str()).collect();
        let what = format!("all with «{word}» is found in {}", place.channel);
        until_at_most(PATIENCE * 2, &what, async || {
            let found = everything(stage, who, place, query).await;
            let ids: BTreeSet<&str> = found.iter().map(String::as_str).collect();
            if ids.len() == found.len() && ids == there {
                Ok(())
            } else {
                let missing: Vec<_> = there.difference(&ids).take(5).collect();
                let more: Vec<_> = ids.difference(&there).take(5).collect();
                Err(format!(
                    "{} are found of {}: {missing:?} are missing, {more:?} too many",
                    found.len(),
                    there.len()
                ))
            }
        })
        .await;
    }
}

/// The ids of all that somebody finds, page by page.
async fn everything(stage: &Stage, who: Who, place: &Place, query: &str) -> Vec<String> {
    let (mut all, mut next) = (Vec::new(), None::<String>);
    loop {
        let cursor = next.map(|next| format!("&cursor={next}"));
        let path = format!(
            "/api/v1/channels/{}/messages/search?content={query}{}",
            place.channel,
            cursor.unwrap_or_default()
        );
        let answer = stage.ask(who, 0, (&Method::GET, &path), None).await.answer;
        let page = answer.expect(200);
        let messages = page["messages"].as_array().into_iter().flatten();
        let ids = messages.filter_map(|found| found["message"]["id"].as_str());
        all.extend(ids.map(str::to_owned));
        next = page["next"].as_str().map(str::to_owned);
        if next.is_none() {
            return all;
        }
    }
}
