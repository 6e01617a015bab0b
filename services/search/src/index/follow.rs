use std::time::{Duration, Instant};

use kith_bus::{Bus, CATCH_UP, FollowError, Followed, Follower, SEARCH};
use kith_runtime::Check;
use kith_store::search::{self, Place};
use kith_store::{Store, StoreError};
use kith_types::MessageId;
use tokio_util::sync::CancellationToken;

use super::events::{Meaning, meaning};
use super::rebuild::order;
use super::refresh::refresh;
use super::{ATTEMPTS, measure_parked, park, pause, rest};

/// So many events are worked off in one transaction at most.
const BATCH: usize = 500;
/// How often it is looked whether the stream has lost something that was not worked off.
const LOOK: Duration = Duration::from_secs(10);
/// After an interruption.
const OPEN_AGAIN: Duration = Duration::from_millis(500);

/// Why following ended for now.
#[derive(Debug, thiserror::Error)]
enum Interruption {
    #[error(transparent)]
    Follow(#[from] FollowError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the stream has less than was indexed; its leader may still catch up")]
    Ahead,
}

/// Follows the stream until `stop`. `health` is up while it does.
pub(crate) async fn follow(store: Store, bus: Bus, health: Check, stop: CancellationToken) {
    let mut ahead = None;
    while !stop.is_cancelled() {
        let ended = follow_once(&store, &bus, &health, &mut ahead, &stop).await;
        if let Err(interruption) = ended {
            health.down(interruption.to_string());
            if bus.is_connected() {
                tracing::warn!(error = %interruption, "the stream of events cannot be followed at the moment");
            }
            rest(OPEN_AGAIN, &stop).await;
        }
    }
}

async fn follow_once(
    store: &Store,
    bus: &Bus,
    health: &Check,
    ahead: &mut Option<Instant>,
    stop: &CancellationToken,
) -> Result<(), Interruption> {
    let mut follower = bus.follow(&SEARCH).await?;
    measure_parked(store).await?;
    let place = follower.place().await?;
    if place.is_ahead() {
        let since = ahead.get_or_insert_with(Instant::now);
        if place.replicas > 1 && since.elapsed() < CATCH_UP {
            return Err(Interruption::Ahead);
        }
        tracing::warn!("the stream came back with less than it had; the index is made anew");
        order(store).await?;
        return Ok(follower.forget().await?);
    }
    *ahead = None;
    let mut told = 0;
    look(store, &mut follower, &mut told).await?;
    health.up();
    let mut ticks = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(()),
            _ = ticks.tick() => look(store, &mut follower, &mut told).await?,
            batch = follower.batch(BATCH) => work_off(store, &batch?, stop).await?,
        }
    }
}

/// Orders a rebuild if there are events that this follower has not seen and never will. `told` is the stream's first event
/// when it did so last.
async fn look(store: &Store, follower: &mut Follower, told: &mut u64) -> Result<(), Interruption> {
    let place = follower.place().await?;
    let is_another = search::follower(store).await? != Some(place.created);
    if is_another || (place.has_lost() && place.first_seq != *told) {
        tracing::info!(
            first_seq = place.first_seq,
            done_seq = place.done_seq,
            "events are gone that were not indexed; the index is made anew from the messages"
        );
        order(store).await?;
        search::set_follower(store, place.created).await?;
        *told = place.first_seq;
    }
    Ok(())
}

/// Works a batch off and answers for it.
async fn work_off(
    store: &Store,
    batch: &[Followed],
    stop: &CancellationToken,
) -> Result<(), Interruption> {
    let meanings: Vec<Meaning> = batch.iter().map(meaning).collect();
    let mut messages: Vec<MessageId> = meanings.iter().filter_map(Meaning::message).collect();
    messages.sort_unstable();
    messages.dedup();
    match patiently(batch, stop, || store.unless_away(refresh(store, &messages))).await? {
        None => return Ok(()),
        Some(Ok(())) => {
            for (event, meaning) in batch.iter().zip(&meanings) {
                if let Meaning::Gone(place) = *meaning
                    && !remove(store, batch, place, stop).await?
                {
                    return Ok(());
                }
                event.done().await?;
            }
        }
        // Something in it is wrong: the others must not suffer.
        Some(Err(problem)) if batch.len() == 1 => {
            given_up(store, &batch[0], meanings[0], &problem).await?;
        }
        Some(Err(_)) => {
            for event in batch.chunks(1) {
                Box::pin(work_off(store, event, stop)).await?;
            }
        }
    }
    Ok(())
}

/// Tries as long as the database does not answer, and tells the server that the events are still at work. None if `stop`
/// came first.
async fn patiently<F>(
    batch: &[Followed],
    stop: &CancellationToken,
    mut act: impl FnMut() -> F,
) -> Result<Option<Result<(), StoreError>>, Interruption>
where
    F: Future<Output = Result<(), StoreError>>,
{
    let mut failures = 0;
    loop {
        match act().await {
            Err(error @ StoreError::Unavailable(_)) => {
                failures += 1;
                tracing::warn!(error = %error, "the index has to wait for the database");
                for event in batch {
                    event.still().await?;
                }
                if !rest(pause(failures), stop).await {
                    return Ok(None);
                }
            }
            outcome => return Ok(Some(outcome)),
        }
    }
}

/// Removes everything in a place; false if `stop` came first.
async fn remove(
    store: &Store,
    batch: &[Followed],
    place: Place,
    stop: &CancellationToken,
) -> Result<bool, Interruption> {
    let mut failures = 0;
    loop {
        match store.unless_away(search::remove_from(store, place)).await {
            Ok(true) => return Ok(true),
            Ok(false) => failures = 0,
            Err(error) => {
                failures += 1;
                tracing::warn!(error = %error, "what is gone stays in the index a while longer");
                if !rest(pause(failures), stop).await {
                    return Ok(false);
                }
            }
        }
        for event in batch {
            event.still().await?;
        }
    }
}

/// An event whose message cannot be indexed: it comes again later and later, and at last it is parked.
async fn given_up(
    store: &Store,
    event: &Followed,
    meaning: Meaning,
    problem: &StoreError,
) -> Result<(), Interruption> {
    if event.deliveries < ATTEMPTS {
        tracing::warn!(error = ?problem, "a message cannot be indexed; it is tried again");
        return Ok(event.again(pause(event.deliveries as u32)).await?);
    }
    if let Some(message) = meaning.message() {
        park(store, message, problem).await?;
    }
    Ok(event.done().await?)
}
