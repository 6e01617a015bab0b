//! The gateways' questions, answered from the primary.

use kith_bus::{Bus, ServeError};
use kith_events::rpc::{
    Answer, CheckSessions, DescribeGuild, Identify, ListMembers, MEMBERS_AT_ONCE,
};
use kith_policy::{TakePart, require_in_guild};
use kith_store::{Store, StoreError};
use kith_wire::ErrorCode;
use tokio_util::sync::CancellationToken;

use crate::access::token_hash;

/// How many questions of each kind are answered at once: some of the pool stays for everybody else.
const AT_ONCE: usize = 4;
/// The most that may be asked for in one question, so that the answer stays under the bus' bound.
const MOST_SESSIONS: usize = 1000;
const MOST_USERS: usize = 2000;
const MOST_VIEWERS: usize = 20;

pub(crate) async fn identify(
    store: Store,
    bus: Bus,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    bus.serve(AT_ONCE, stop, |asked: Identify| {
        let store = store.clone();
        async move {
            let found = store.identify(&token_hash(&asked.token), store.now()).await;
            told::<Identify>(found, ErrorCode::Unauthenticated)
        }
    })
    .await
}

pub(crate) async fn check_sessions(
    store: Store,
    bus: Bus,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    bus.serve(AT_ONCE, stop, |asked: CheckSessions| {
        let store = store.clone();
        async move {
            if asked.sessions.len() > MOST_SESSIONS {
                return Err(ErrorCode::InvalidRequest);
            }
            let valid = store.valid_sessions(&asked.sessions, store.now()).await;
            told::<CheckSessions>(valid.map(Some), ErrorCode::NotFound)
        }
    })
    .await
}

pub(crate) async fn describe_guild(
    store: Store,
    bus: Bus,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    bus.serve(AT_ONCE, stop, |asked: DescribeGuild| {
        let store = store.clone();
        async move {
            if asked.users.len() > MOST_USERS || asked.viewers.len() > MOST_VIEWERS {
                return Err(ErrorCode::InvalidRequest);
            }
            told::<DescribeGuild>(store.describe_guild(&asked).await, ErrorCode::NotFound)
        }
    })
    .await
}

pub(crate) async fn list_members(
    store: Store,
    bus: Bus,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    bus.serve(AT_ONCE, stop, |asked: ListMembers| {
        let store = store.clone();
        async move {
            if asked.count() > u64::from(MEMBERS_AT_ONCE) {
                return Err(ErrorCode::InvalidRequest);
            }
            let found = store.list_members(&asked).await;
            let allowed = found.map(|found| {
                let (viewer, listed) = found?;
                let granted = require_in_guild::<TakePart>(Some(&viewer), store.now());
                granted.ok().map(|_| listed)
            });
            told::<ListMembers>(allowed, ErrorCode::NotFound)
        }
    })
    .await
}

/// `absent` is the answer where there is nothing.
fn told<R: kith_events::rpc::Request>(
    found: Result<Option<R::Reply>, StoreError>,
    absent: ErrorCode,
) -> Answer<R> {
    match found {
        Ok(found) => found.ok_or(absent),
        Err(StoreError::Unavailable(_)) => Err(ErrorCode::Unavailable),
        // Who asks says once what it means; this would say it each time.
        Err(StoreError::TooLarge(_)) => Err(ErrorCode::PayloadTooLarge),
        Err(error) => {
            tracing::error!(rpc.name = R::NAME, error = %error, "a question could not be answered");
            Err(ErrorCode::Internal)
        }
    }
}
