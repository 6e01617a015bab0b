//! Room on disk for files that are on their way: bytes come at their sender's pace, so nothing that others wait for is held meanwhile.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use kith_http::ApiError;
use kith_types::UserId;
use kith_wire::ErrorCode;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::Failure;

/// Files that one account sends at once; more of its own wait. A client sends a folder of pictures side by side.
const SHARE: usize = 4;
/// Whoever waits takes the place of somebody who sends fewer bytes in a second than this, for longer than [`PROBATION`].
const SLOW: u64 = 64 * 1024;
/// A connection that begins has not found its pace yet.
const PROBATION: Duration = Duration::from_secs(10);
/// How long somebody waits for a place.
const PATIENCE: Duration = Duration::from_secs(30);

/// All places of a process.
pub(crate) struct Room {
    places: usize,
    holders: Mutex<HashMap<u64, Holder>>,
    freed: Notify,
    next: AtomicU64,
}

struct Holder {
    account: UserId,
    since: Instant,
    sent: Arc<AtomicU64>,
    lost: CancellationToken,
}

/// Why there is no place now.
enum Full {
    /// The account has all of its own.
    Share,
    /// Others have them all.
    Others,
}

impl Room {
    pub(crate) fn new(places: usize) -> Arc<Self> {
        Arc::new(Self {
            places,
            holders: Mutex::default(),
            freed: Notify::new(),
            next: AtomicU64::new(0),
        })
    }

    /// A place for a file of this account. Whoever is so slow that others wait for them loses theirs.
    pub(super) async fn place(self: &Arc<Self>, account: UserId) -> Result<Place, Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            // Before it is looked, so that nothing is freed unseen in between.
            freed.as_mut().enable();
            let full = match self.take(account) {
                Ok(place) => return Ok(place),
                Err(full) => full,
            };
            // Who was asked to go is gone soon; who becomes too slow is noticed a little later.
            let next = (Instant::now() + Duration::from_secs(1)).min(deadline);
            let _ = timeout_at(next, freed).await;
            if Instant::now() >= deadline {
                return Err(match full {
                    Full::Share => Failure::refused(
                        ErrorCode::LimitReached,
                        format!(
                            "you are sending {SHARE} files already, which is as many as one may at once"
                        ),
                    ),
                    Full::Others => {
                        let busy = "all places for files that are being sent are taken";
                        ApiError::unavailable(busy).into()
                    }
                });
            }
        }
    }

    fn take(self: &Arc<Self>, account: UserId) -> Result<Place, Full> {
        let mut holders = self.holders();
        let own = holders.values().filter(|holder| holder.account == account);
        if own.count() >= SHARE {
            return Err(Full::Share);
        }
        if holders.len() >= self.places {
            let slowest = holders
                .values()
                .filter(|holder| !holder.lost.is_cancelled())
                .filter(|holder| holder.since.elapsed() > PROBATION && holder.pace() < SLOW)
                .min_by_key(|holder| holder.pace());
            if let Some(slowest) = slowest {
                slowest.lost.cancel();
            }
            return Err(Full::Others);
        }
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sent, lost) = (Arc::default(), CancellationToken::new());
        let holder = Holder {
            account,
            since: Instant::now(),
            sent: Arc::clone(&sent),
            lost: lost.clone(),
        };
        holders.insert(id, holder);
        Ok(Place {
            room: Arc::clone(self),
            id,
            sent,
            lost,
        })
    }

    fn holders(&self) -> MutexGuard<'_, HashMap<u64, Holder>> {
        self.holders
            .lock()
            .expect("nobody panics while they hold it")
    }
}

impl Holder {
    /// Bytes in a second.
    fn pace(&self) -> u64 {
        self.sent.load(Ordering::Relaxed) / self.since.elapsed().as_secs().max(1)
    }
}

/// The right to keep a part of one file on disk.
pub(super) struct Place {
    room: Arc<Room>,
    id: u64,
    sent: Arc<AtomicU64>,
    /// Ends when somebody else needs it more.
    pub(super) lost: CancellationToken,
}

impl Place {
    /// Notes that so many bytes have come.
    pub(super) fn came(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.room.holders().remove(&self.id);
        self.room.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn somebody(number: u128) -> UserId {
        format!("{number:026}").parse().expect("digits are an id")
    }

    #[tokio::test(start_paused = true)]
    async fn one_account_has_its_share_and_leaves_the_rest_to_others() {
        let room = Room::new(SHARE + 1);
        let mut own = Vec::new();
        for _ in 0..SHARE {
            own.push(room.place(somebody(1)).await.ok().unwrap());
        }
        let refused = room.place(somebody(1)).await;
        assert!(refused.is_err());
        let other = room.place(somebody(2)).await;
        assert!(other.is_ok());
        own.pop();
        assert!(room.place(somebody(1)).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_takes_the_place_of_the_slowest_and_of_nobody_who_is_quick() {
        let room = Room::new(2);
        let slow = room.place(somebody(1)).await.ok().unwrap();
        let quick = room.place(somebody(2)).await.ok().unwrap();
        let waiting = async {
            for _ in 0..60 {
                tokio::time::sleep(Duration::from_secs(1)).await;
                quick.came(SLOW as usize * 2);
                slow.came(20);
                if slow.lost.is_cancelled() {
                    break;
                }
            }
            drop(slow);
        };
        let (third, ()) = tokio::join!(room.place(somebody(3)), waiting);
        assert!(third.is_ok() && !quick.lost.is_cancelled());
    }

    #[tokio::test(start_paused = true)]
    async fn where_all_are_quick_the_next_one_hears_that_it_is_full() {
        let room = Room::new(1);
        let quick = room.place(somebody(1)).await.ok().unwrap();
        quick.came(1 << 30);
        assert!(room.place(somebody(2)).await.is_err());
        assert!(!quick.lost.is_cancelled());
    }
}
