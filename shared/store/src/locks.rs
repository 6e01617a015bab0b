use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use kith_events::Aggregate;
use tokio::sync::OwnedMutexGuard;

type Table = Arc<Mutex<HashMap<Aggregate, Arc<tokio::sync::Mutex<()>>>>>;

/// One lock per aggregate within the process, first come first served.
///
/// The row lock in Postgres decides; this one is in front of it, so that those who wait for a hot row wait here and
/// not with a connection in their hands, and so that events reach the publisher in the order of their `rev`.
#[derive(Default)]
pub(crate) struct KeyedLocks(Table);

impl KeyedLocks {
    /// Waits for the lock of `key`. An aggregate and not its bare id: who asks chooses ids, and names a person by the id of a guild. Who takes several takes them in the order of [`crate::work`], or two may wait
    /// for each other for ever.
    pub(crate) async fn lock(&self, key: Aggregate) -> KeyedGuard {
        let lock = {
            let mut table = self
                .0
                .lock()
                .expect("no code panics while it holds this lock");
            table.entry(key).or_default().clone()
        };
        let guard = lock.lock_owned().await;
        KeyedGuard {
            key,
            table: self.0.clone(),
            guard: Some(guard),
        }
    }
}

/// Holds one lock until it is dropped.
pub(crate) struct KeyedGuard {
    key: Aggregate,
    table: Table,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Drop for KeyedGuard {
    fn drop(&mut self) {
        self.guard = None;
        let mut table = self
            .table
            .lock()
            .expect("no code panics while it holds this lock");
        // Nobody waits for it: only the table itself still has it, and who comes next makes a new one.
        if table
            .get(&self.key)
            .is_some_and(|lock| Arc::strong_count(lock) == 1)
        {
            table.remove(&self.key);
        }
    }
}
