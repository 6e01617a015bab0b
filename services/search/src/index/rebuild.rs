use std::time::Duration;

use kith_store::search::{self, Rebuild};
use kith_store::{Store, StoreError};
use kith_types::MessageId;
use tokio_util::sync::CancellationToken;

use super::refresh::{documents, refresh};
use super::{park, pause, rest};
use crate::text::FORM;

/// So many messages are one step: what is posted meanwhile waits no longer than that takes.
const STEP: i64 = 500;
/// How often it is looked whether a rebuild was ordered.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Takes steps of a rebuild whenever one is ordered, until `stop`.
pub(crate) async fn rebuild_when_ordered(store: Store, stop: CancellationToken) {
    let mut failures = 0;
    let mut is_form_known = false;
    while !stop.is_cancelled() {
        if !is_form_known {
            is_form_known = store
                .unless_away(search::require_form(&store, FORM))
                .await
                .is_ok();
        }
        let wait = match store.unless_away(rebuild_step(&store)).await {
            Ok(Some(_)) => {
                failures = 0;
                continue;
            }
            Ok(None) => LOOK_AGAIN,
            Err(error) => {
                failures += 1;
                tracing::warn!(error = %error, "the rebuild of the index has to wait");
                pause(failures)
            }
        };
        if !rest(wait, &stop).await {
            return;
        }
    }
}

/// Takes one step of the rebuild, if one is ordered: how many messages it was. What cannot be indexed is parked.
pub async fn rebuild_step(store: &Store) -> Result<Option<u64>, StoreError> {
    let Some(step) = Rebuild::next(store, STEP).await? else {
        return Ok(None);
    };
    let (messages, which) = (step.messages().to_vec(), step.step());
    let documents = documents(step.sources());
    match step.finish(&documents).await {
        Ok(count) => {
            metrics::counter!("kith_search_rebuilt_total").increment(count);
            Ok(Some(count))
        }
        Err(error @ StoreError::Unavailable(_)) => Err(error),
        Err(_) => {
            one_by_one(store, &messages).await?;
            search::pass(store, which).await?;
            Ok(Some(messages.len() as u64))
        }
    }
}

/// As [`refresh`], where one of the messages cannot be indexed: all the others are.
async fn one_by_one(store: &Store, messages: &[MessageId]) -> Result<(), StoreError> {
    for message in messages {
        match refresh(store, &[*message]).await {
            Ok(()) => {}
            Err(error @ StoreError::Unavailable(_)) => return Err(error),
            Err(problem) => park(store, *message, &problem).await?,
        }
    }
    Ok(())
}

/// Orders a rebuild from the first message on: events were lost.
pub(super) async fn order(store: &Store) -> Result<(), StoreError> {
    search::begin_rebuild(store, true).await
}
