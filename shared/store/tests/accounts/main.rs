//! Accounts in the store: what is purged, what ends, what waits for what. With a real Postgres and a clock that the
//! test moves.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;

use kith_events::Aggregate;
use kith_store::accounts::{self, Ending, NewAccount, NewSession, NextTokens, Refreshed};
use kith_store::{Store, StoreSettings, TokenHash};
use kith_testkit::{Database, Postgres, until};
use kith_types::{Clock, ManualClock, OsEntropy, SessionId, SystemClock, UserId, Username};
use sqlx::PgPool;

const DAY: i64 = 24 * 3600;

struct Place {
    store: Store,
    clock: Arc<ManualClock>,
    database: Database,
}

impl Place {
    async fn new() -> Self {
        let database = Postgres::shared().await.database().await;
        let clock = Arc::new(ManualClock::new(SystemClock.now()));
        let store = Store::connect(StoreSettings {
            url: database.url().to_owned().into(),
            max_connections: 4,
            clock: clock.clone(),
            entropy: Arc::new(OsEntropy),
            traceparent: || None,
        })
        .unwrap();
        store.renew_worker().await.unwrap();
        Self {
            store,
            clock,
            database,
        }
    }

    /// An account whose password hash is `first`.
    async fn account(&self, username: &str) -> UserId {
        let account = NewAccount {
            id: self.store.mint().unwrap(),
            username: &Username::parse(username).unwrap(),
            display_name: None,
            password_hash: "first",
            at: self.clock.now(),
        };
        let user = accounts::create(&self.store, &account).await.unwrap();
        user.unwrap().id
    }

    /// A session for a week whose tokens are made of this number; none if the password is another.
    async fn open(&self, user: UserId, number: u8) -> Option<SessionId> {
        let at = self.clock.now();
        let new = NewSession {
            id: self.store.mint().unwrap(),
            user,
            access: access(number),
            refresh: refresh(number),
            access_expires_at: at.plus_seconds(900),
            expires_at: at.plus_seconds(7 * DAY),
            user_agent: None,
            at,
        };
        let opened = accounts::open_session(&self.store, &new, "first").await;
        opened.unwrap().map(|_| new.id)
    }

    /// Shows a refresh token; the next ones are made of another number.
    async fn refresh(&self, shown: u8, next: u8) -> Refreshed {
        let at = self.clock.now();
        let next = NextTokens {
            access: access(next),
            refresh: refresh(next),
            access_expires_at: at.plus_seconds(900),
            expires_at: at.plus_seconds(7 * DAY),
            at,
        };
        let outcome = accounts::refresh_session(&self.store, &refresh(shown), &next).await;
        outcome.unwrap()
    }

    async fn end(&self, user: UserId, which: Ending) -> usize {
        let mut work = self.store.begin(&[Aggregate::User(user)]).await.unwrap();
        let ended = accounts::end_sessions(&mut work, user, which).await;
        work.commit().await.unwrap().hand_over(drop);
        ended.unwrap()
    }

    async fn live(&self, user: UserId) -> Vec<SessionId> {
        let none: SessionId = self.store.mint().unwrap();
        let list = accounts::list_sessions(&self.store, user, none, self.clock.now(), 100).await;
        list.unwrap()
            .into_iter()
            .map(|session| session.id)
            .collect()
    }
}

fn access(number: u8) -> TokenHash {
    TokenHash([number; 32])
}

fn refresh(number: u8) -> TokenHash {
    TokenHash([number | 0x80; 32])
}

#[tokio::test]
async fn a_session_waits_for_a_password_change_and_does_not_begin_with_the_old_one() {
    let place = Place::new().await;
    let ada = place.account("ada").await;
    let sql = PgPool::connect(place.database.url()).await.unwrap();
    let mut work = place.store.begin(&[Aggregate::User(ada)]).await.unwrap();
    let changed = accounts::change_password(&mut work, ada, "first", "second").await;
    assert!(changed.unwrap());
    let change = async {
        until("the session waits for the change", async || {
            let waiting = "SELECT count(*) FROM pg_stat_activity \
                WHERE datname = current_database() AND wait_event_type = 'Lock'";
            let waiting: i64 = sqlx::query_scalar(waiting).fetch_one(&sql).await.unwrap();
            if waiting == 1 { Ok(()) } else { Err(waiting) }
        })
        .await;
        work.commit().await.unwrap().hand_over(drop);
    };
    let (opened, ()) = tokio::join!(place.open(ada, 1), change);
    assert_eq!(opened, None);
    assert_eq!(place.live(ada).await, []);
}

#[tokio::test]
async fn only_the_checked_password_is_replaced() {
    let place = Place::new().await;
    let ada = place.account("ada").await;
    let mut work = place.store.begin(&[Aggregate::User(ada)]).await.unwrap();
    let changed = accounts::change_password(&mut work, ada, "another", "second").await;
    assert!(!changed.unwrap());
    drop(work);
    let hash = accounts::password_hash(&place.store, ada).await.unwrap();
    assert_eq!(hash.as_deref(), Some("first"));
}

#[tokio::test]
async fn what_ends_is_ones_own_and_live() {
    let place = Place::new().await;
    let (ada, bob) = (place.account("ada").await, place.account("bob").await);
    let mut sessions = Vec::new();
    for number in 0..5 {
        sessions.push(place.open(ada, number).await.unwrap());
        place.clock.advance(1000);
    }
    let of_bob = place.open(bob, 5).await.unwrap();
    // The first is used now, so the second is the one that was used longest ago.
    assert_eq!(place.refresh(0, 6).await, Refreshed::Rotated);

    assert_eq!(place.end(bob, Ending::One(sessions[0])).await, 0);
    assert_eq!(place.end(ada, Ending::Surplus(4)).await, 1);
    assert_eq!(
        place.live(ada).await,
        [sessions[0], sessions[4], sessions[3], sessions[2]]
    );
    assert_eq!(place.end(ada, Ending::One(sessions[3])).await, 1);
    assert_eq!(place.end(ada, Ending::One(sessions[3])).await, 0);
    assert_eq!(place.end(ada, Ending::Others(sessions[4])).await, 2);
    assert_eq!(place.live(ada).await, [sessions[4]]);
    assert_eq!(place.live(bob).await, [of_bob]);
}

#[tokio::test]
async fn a_used_refresh_token_is_recognised_until_it_would_have_expired_and_then_purged() {
    let place = Place::new().await;
    let ada = place.account("ada").await;
    let session = place.open(ada, 1).await.unwrap();
    let reused = Refreshed::Reused { user: ada, session };
    place.clock.advance(4 * DAY * 1000);
    assert_eq!(place.refresh(1, 2).await, Refreshed::Rotated);
    place.clock.advance(2 * DAY * 1000);
    let purged = accounts::purge_expired(&place.store, place.clock.now(), 100).await;
    assert_eq!(purged.unwrap(), 0);
    assert_eq!(place.refresh(1, 3).await, reused);

    // The first token's week is over, its session's is not.
    place.clock.advance(2 * DAY * 1000);
    let purged = accounts::purge_expired(&place.store, place.clock.now(), 100).await;
    assert_eq!(purged.unwrap(), 1);
    assert_eq!(place.refresh(1, 3).await, Refreshed::Invalid);
    assert_eq!(place.live(ada).await, [session]);
    assert_eq!(place.refresh(2, 3).await, Refreshed::Rotated);

    place.clock.advance(8 * DAY * 1000);
    assert_eq!(place.live(ada).await, []);
    let purged = accounts::purge_expired(&place.store, place.clock.now(), 100).await;
    assert_eq!(purged.unwrap(), 1, "the session, and with it its tokens");
    assert_eq!(place.refresh(3, 4).await, Refreshed::Invalid);
}

#[tokio::test]
async fn an_operator_changes_accounts_by_name() {
    let place = Place::new().await;
    let ada = place.account("ada").await;
    place.open(ada, 1).await.unwrap();
    let name = Username::parse("ada").unwrap();
    let nobody = Username::parse("nobody").unwrap();
    let (store, now) = (&place.store, place.clock.now());
    for on in [true, false] {
        let set = accounts::set_unlimited(store, &name, on).await;
        assert_eq!(set.unwrap(), Some(ada));
        let set = accounts::set_instance_admin(store, &name, on).await;
        assert_eq!(set.unwrap(), Some(ada));
        let actor = store.actor(&access(1), now).await.unwrap().unwrap();
        assert_eq!((actor.unlimited, actor.instance_admin), (on, on));
    }
    let set = accounts::set_unlimited(store, &nobody, true).await;
    assert_eq!(set.unwrap(), None);
    let set = accounts::set_instance_admin(store, &nobody, true).await;
    assert_eq!(set.unwrap(), None);
}
