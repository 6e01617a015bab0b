//! The unit of work: every write but posting.

mod audit;
mod commit;
mod lock;
mod outgoing;

use kith_events::{Aggregate, EventHead, EventKind, Payload, Scope};
use kith_policy::Granted;
use kith_types::{EventId, GuildId, Timestamp, UserId};
use serde::Serialize;
use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;

use crate::carried::Look;
use crate::locks::KeyedGuard;
use crate::{Store, StoreError};

pub use outgoing::{Committed, Outgoing, Standing};

/// A transaction that holds the row locks of some aggregates and collects their events.
///
/// While one is open, do not begin another one: two tasks that do would wait for each other.
pub struct Work {
    store: Store,
    tx: Transaction<'static, Postgres>,
    locked: Vec<Locked>,
    events: Vec<Pending>,
    locks: Vec<KeyedGuard>,
    now: Timestamp,
}

/// An aggregate whose row this transaction has locked.
struct Locked {
    aggregate: Aggregate,
    /// As it was found.
    found_rev: i64,
    rev: i64,
    /// Of a guild, or of a channel's guild.
    access_version: Option<i64>,
    access_raised: bool,
    /// The guild that a channel is in.
    guild: Option<GuildId>,
    /// The two people of a direct message.
    recipients: Vec<UserId>,
    /// The oldest event of it that the stream had not acknowledged, read after the lock.
    oldest_unsettled: Option<i64>,
    /// What this process carried of it, just before that was read.
    look: Look,
}

struct Pending {
    id: EventId,
    scope: Scope,
    kind: EventKind,
    rev: i64,
    payload: Payload,
}

/// The id of an aggregate, whatever it is of.
pub(crate) fn key(aggregate: Aggregate) -> Uuid {
    match aggregate {
        Aggregate::Guild(id) => id.uuid(),
        Aggregate::Channel(id) => id.uuid(),
        Aggregate::User(id) => id.uuid(),
    }
}

impl Work {
    /// The transaction, for a module's own statements.
    pub fn tx(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// When this unit of work began: the one time for everything that it writes.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// A new id, see [`Store::mint`].
    pub fn mint<T: From<Uuid>>(&self) -> Result<T, StoreError> {
        self.store.mint()
    }

    /// Refuses with [`StoreError::AccessChanged`] if rights in the guild have changed since the decision was made.
    /// For a direct message there is nothing to compare.
    pub fn require_unchanged<R>(&self, granted: &Granted<R>) -> Result<(), StoreError> {
        let Some(guild) = granted.guild() else {
            return Ok(());
        };
        let found = self
            .locked
            .iter()
            .find(|locked| {
                locked.aggregate == Aggregate::Guild(guild) || locked.guild == Some(guild)
            })
            .ok_or(StoreError::NotLocked(Aggregate::Guild(guild)))?;
        // Raised by this transaction itself does not count.
        let before = found
            .access_version
            .map(|version| version - i64::from(found.access_raised));
        if before == granted.access_version() {
            Ok(())
        } else {
            Err(StoreError::AccessChanged)
        }
    }

    /// Raises the guild's `access_version`, once however often it is called. For everything that changes who may see
    /// or do what: roles, overwrites, members, bans, channels, the owner.
    pub fn raise_access(&mut self, guild: GuildId) -> Result<(), StoreError> {
        let locked = self.locked_mut(Aggregate::Guild(guild))?;
        if !locked.access_raised {
            locked.access_raised = true;
            locked.access_version = locked.access_version.map(|version| version + 1);
        }
        Ok(())
    }

    /// Adds an aggregate that this transaction has just inserted (with `rev` 0, a guild with `access_version` 1).
    pub fn created(&mut self, aggregate: Aggregate) {
        self.locked.push(Locked {
            aggregate,
            found_rev: 0,
            rev: 0,
            access_version: matches!(aggregate, Aggregate::Guild(_)).then_some(1),
            access_raised: false,
            guild: None,
            recipients: Vec::new(),
            oldest_unsettled: None,
            look: self.store.carried().look(aggregate),
        });
    }

    /// Adds an event: takes the next `rev` of its aggregate and encodes what `make` returns, which is the exact `d`
    /// that clients receive.
    pub fn emit<T: Serialize>(
        &mut self,
        scope: Scope,
        kind: EventKind,
        make: impl FnOnce(EventId, i64) -> T,
    ) -> Result<(), StoreError> {
        let id: EventId = self.store.mint()?;
        let locked = self.locked_mut(aggregate_of(scope, kind))?;
        locked.rev += 1;
        let rev = locked.rev;
        let payload = Payload::encode(&make(id, rev))?;
        self.events.push(Pending {
            id,
            scope,
            kind,
            rev,
            payload,
        });
        Ok(())
    }

    fn locked(&self, aggregate: Aggregate) -> Result<&Locked, StoreError> {
        self.locked
            .iter()
            .find(|locked| locked.aggregate == aggregate)
            .ok_or(StoreError::NotLocked(aggregate))
    }

    fn locked_mut(&mut self, aggregate: Aggregate) -> Result<&mut Locked, StoreError> {
        self.locked
            .iter_mut()
            .find(|locked| locked.aggregate == aggregate)
            .ok_or(StoreError::NotLocked(aggregate))
    }
}

/// Which counter the `rev` of such an event is of.
fn aggregate_of(scope: Scope, kind: EventKind) -> Aggregate {
    EventHead {
        id: Uuid::nil().into(),
        scope,
        kind,
        rev: 0,
        seq: None,
        access_version: None,
        recipients: Vec::new(),
    }
    .aggregate()
}
