use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use kith_http::{ApiError, Attempt, ClientAddress, Failures};
use kith_store::{Actor, TokenHash};
use kith_types::{Decision, LimitKey, Limiter, Quota, UserId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Failure;
use crate::limits::{Class, take_from};
use crate::recent::Recent;

/// Tokens that nobody has, by address. A school whose pupils all come back with expired ones has enough; who guesses costs no more
/// than two statements a second.
const WRONG_TOKENS: Quota = Quota::new(120, Duration::from_mins(1));
/// What is counted of answers: pieces of this many bytes. Smaller answers are paid for with their request.
const PIECE: u64 = 16 * 1024;
/// What an account may read besides: 4 MiB at once, and as much again in twenty seconds. Ordinary pages of history have two pieces.
const PIECES: Quota = Quota::new(256, Duration::from_secs(20));
/// Who has less than this is let read nothing: it is the largest page.
const PAGE: u32 = 9;
/// Answers that are made at once for one account, in each process; its other requests wait for them.
const AT_ONCE: usize = 2;

/// Stands before everything that costs a statement: counts wrong tokens by address, and accounts as soon as a token is known to be
/// theirs. A clone is the same gate.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    limiter: Arc<dyn Limiter>,
    wrong: Failures,
    /// Whose a token was when it was last looked up. It gives no rights: each request is looked up anew, once it is paid for.
    known: Mutex<Recent<[u8; 32], Account>>,
    /// Who has paid for large answers lately.
    readers: Mutex<Recent<UserId, ()>>,
    reading: Mutex<HashMap<(UserId, &'static str), Weak<Semaphore>>>,
}

/// Who pays.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Account {
    user: UserId,
    unlimited: bool,
}

impl Account {
    fn of(actor: &Actor) -> Self {
        Self {
            user: actor.user.id,
            unlimited: actor.unlimited,
        }
    }
}

impl Gate {
    /// With the limits that all processes share.
    pub fn new(limiter: Arc<dyn Limiter>) -> Self {
        Self(Arc::new(Inner {
            wrong: Failures::new(limiter.clone(), "token", WRONG_TOKENS),
            limiter,
            known: Mutex::default(),
            readers: Mutex::default(),
            reading: Mutex::default(),
        }))
    }

    /// Lets a token pass to be looked up.
    pub(crate) async fn enter(
        &self,
        token: &TokenHash,
        address: ClientAddress,
        entry: &Entry,
    ) -> Result<Standing, Failure> {
        let known = lock(&self.0.known).get(&token.0);
        Ok(match known {
            Some(account) => {
                self.pay(account, entry).await?;
                Standing::Paid
            }
            None => Standing::Unknown(self.0.wrong.attempt(address).await?),
        })
    }

    /// Notes whose the token is, and has them pay unless they have.
    pub(crate) async fn settle(
        &self,
        token: &TokenHash,
        standing: Standing,
        actor: Option<&Actor>,
        entry: &Entry,
    ) -> Result<(), Failure> {
        let Some(actor) = actor else {
            lock(&self.0.known).forget(&token.0);
            // One that has run out is no guess; the second time it is.
            if let Standing::Unknown(attempt) = standing {
                attempt.failed().await;
            }
            return Err(crate::Bearer::unknown());
        };
        let account = Account::of(actor);
        lock(&self.0.known).note(token.0, account);
        match standing {
            Standing::Paid => Ok(()),
            Standing::Unknown(attempt) => {
                drop(attempt);
                self.pay(account, entry).await
            }
        }
    }

    async fn pay(&self, account: Account, entry: &Entry) -> Result<(), Failure> {
        if account.unlimited {
            return Ok(());
        }
        let Class { name, quota, .. } = entry.class;
        take_from(&*self.0.limiter, &LimitKey::new(name, account.user), quota).await?;
        match &entry.tab {
            Some(tab) if entry.class.reads => self.open(tab, account.user, name).await,
            _ => Ok(()),
        }
    }

    /// Begins an answer that may be large, when its reader has not too many of them.
    async fn open(&self, tab: &Tab, reader: UserId, class: &'static str) -> Result<(), Failure> {
        let has_paid = lock(&self.0.readers).get(&reader).is_some();
        if has_paid {
            let key = LimitKey::new("pieces", reader);
            let left = self.0.limiter.take(&key, PIECES, 0).await.remaining;
            if left < PAGE {
                return Err(ApiError::rate_limited(Decision {
                    allowed: false,
                    retry_after: PIECES.per() / PIECES.capacity() * (PAGE - left),
                    remaining: left,
                })
                .into());
            }
            if left == PIECES.capacity() {
                lock(&self.0.readers).forget(&reader);
            }
        }
        let turn = self.turn_of(reader, class);
        let permit = turn.acquire_owned().await;
        let permit = permit.map_err(ApiError::internal)?;
        *lock(&tab.0) = Some((reader, permit));
        Ok(())
    }

    fn turn_of(&self, reader: UserId, class: &'static str) -> Arc<Semaphore> {
        let mut reading = lock(&self.0.reading);
        // Looking through all has to pay.
        if reading.len() > 1024 && reading.len() == reading.capacity() {
            reading.retain(|_, turn| turn.strong_count() > 0);
        }
        let turn = reading.entry((reader, class)).or_default();
        turn.upgrade().unwrap_or_else(|| {
            let new = Arc::new(Semaphore::new(AT_ONCE));
            *turn = Arc::downgrade(&new);
            new
        })
    }

    /// Has a reader pay for what an answer weighed: all that they have left, if that is less.
    async fn charge(&self, reader: UserId, bytes: u64) {
        let pieces = u32::try_from(bytes / PIECE).unwrap_or(u32::MAX);
        if pieces == 0 {
            return;
        }
        lock(&self.0.readers).note(reader, ());
        let key = LimitKey::new("pieces", reader);
        let taken = self.0.limiter.take(&key, PIECES, pieces).await;
        if !taken.allowed && taken.remaining > 0 {
            self.0.limiter.take(&key, PIECES, taken.remaining).await;
        }
    }
}

/// What is known of a token before it is looked up.
pub(crate) enum Standing {
    /// Nothing.
    Unknown(Attempt),
    /// Whose it was; they have paid.
    Paid,
}

/// What a request wants to be let in for.
pub(crate) struct Entry {
    class: Class,
    tab: Option<Tab>,
}

impl Entry {
    pub(crate) fn of(parts: &Parts) -> Self {
        Self {
            class: Class::of(parts),
            tab: parts.extensions.get::<Tab>().cloned(),
        }
    }
}

/// Who reads, to be paid when it is known how much that was.
#[derive(Clone, Default)]
struct Tab(Arc<Mutex<Option<(UserId, OwnedSemaphorePermit)>>>);

/// A layer around the routes of a service: counts what answers weigh, by account, and lets each make only a few at once.
pub async fn weigh(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let tab = Tab::default();
    request.extensions_mut().insert(tab.clone());
    let response = next.run(request).await;
    let reader = lock(&tab.0).take();
    if let Some((reader, permit)) = reader {
        let bytes = response.body().size_hint().lower();
        gate.charge(reader, bytes).await;
        drop(permit);
    }
    response
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
