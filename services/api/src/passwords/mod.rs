//! Password hashes: Argon2id, off the async threads, a bounded number at once.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{self, PasswordHasher as _, PasswordVerifier as _};
use argon2::{Argon2, RECOMMENDED_SALT_LEN};
use kith_types::{Entropy, Password};
use kith_wire::LoginPassword;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinError;

/// How many may wait for each one that is being computed. One takes some 20 ms, so nobody waits longer than about
/// two seconds; who comes then is told to come back instead of growing the queue.
const WAITING_PER_RUNNING: usize = 64;

/// What an unknown account's password is compared with, so that it takes as long as a known one's. The parameters are
/// Argon2's default ones (a test holds it); nothing hashes to 32 zero bytes.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Why a password could not be hashed or compared.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many are waiting already.
    #[error("too many passwords are being checked")]
    Busy,
    /// The stored hash is not one, or there is no memory.
    #[error("the password cannot be hashed")]
    Hash(#[from] password_hash::Error),
    /// The computation broke off.
    #[error("the computation broke off")]
    Broken(#[from] JoinError),
}

/// What a comparison said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the password.
    Right,
    /// It is, but its hash is of the text as it was typed then: it should be made anew.
    RightInItsOldForm,
    /// It is another one.
    Wrong,
}

fn is_of(password: &str, hash: &PasswordHash) -> password_hash::Result<bool> {
    match Argon2::default().verify_password(password.as_bytes(), hash) {
        Ok(()) => Ok(true),
        Err(password_hash::Error::PasswordInvalid) => Ok(false),
        Err(other) => Err(other),
    }
}

/// Computes and compares password hashes. Cheap to clone; clones share the bound.
#[derive(Clone)]
pub struct Hasher {
    entropy: Arc<dyn Entropy>,
    running: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

/// The right to compute one hash. It is held by the computation, not by who waits for it: a client that goes away
/// does not make room before the processor has.
struct Turn {
    _running: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

impl Hasher {
    /// A hasher that computes `at_once` hashes at once; each takes 19 MiB.
    pub fn new(entropy: Arc<dyn Entropy>, at_once: usize) -> Self {
        Self::with_bounds(entropy, at_once.max(1), WAITING_PER_RUNNING)
    }

    fn with_bounds(entropy: Arc<dyn Entropy>, running: usize, waiting_per_running: usize) -> Self {
        let places = running * (1 + waiting_per_running);
        Self {
            entropy,
            running: Arc::new(Semaphore::new(running)),
            places: Arc::new(Semaphore::new(places)),
        }
    }

    /// The hash of a new password, in PHC form.
    pub async fn hash(&self, password: &Password) -> Result<String, HashError> {
        let mut salt = [0; RECOMMENDED_SALT_LEN];
        self.entropy.fill(&mut salt);
        let password = password.clone();
        self.compute(move || {
            let hash: PasswordHash =
                Argon2::default().hash_password_with_salt(password.expose().as_bytes(), &salt)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether `password` is the one that `hash` was made of. Without a hash (there is no such account) it is not, and
    /// finding that out takes as long.
    pub async fn verify(
        &self,
        password: &LoginPassword,
        hash: Option<&str>,
    ) -> Result<Verdict, HashError> {
        let known = hash.is_some();
        let hash = hash.unwrap_or(NOBODY).to_owned();
        let password = password.clone();
        let verdict = self
            .compute(move || {
                let hash = PasswordHash::new(&hash)?;
                let prepared = password.prepared();
                if is_of(&prepared, &hash)? {
                    return Ok(Verdict::Right);
                }
                // Chosen before passwords were prepared.
                if prepared != password.raw() && is_of(password.raw(), &hash)? {
                    return Ok(Verdict::RightInItsOldForm);
                }
                Ok(Verdict::Wrong)
            })
            .await?;
        Ok(if known { verdict } else { Verdict::Wrong })
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> password_hash::Result<T> + Send + 'static,
    ) -> Result<T, HashError> {
        let turn = self.turn().await?;
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        })
        .await?
        .map_err(HashError::from)
    }

    async fn turn(&self) -> Result<Turn, HashError> {
        // Neither is ever closed, so the only failure is: no place left.
        let place = self
            .places
            .clone()
            .try_acquire_owned()
            .map_err(|_| HashError::Busy)?;
        let running = self
            .running
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| HashError::Busy)?;
        Ok(Turn {
            _running: running,
            _place: place,
        })
    }
}

#[cfg(test)]
mod tests {
    use argon2::Params;
    use kith_types::SeededEntropy;

    use super::*;

    fn hasher(running: usize, waiting: usize) -> Hasher {
        Hasher::with_bounds(Arc::new(SeededEntropy::new(5)), running, waiting)
    }

    fn typed(text: &str) -> LoginPassword {
        serde_json::from_value(text.into()).unwrap()
    }

    #[tokio::test]
    async fn only_the_same_password_matches() {
        let hasher = hasher(1, 4);
        let hash = hasher
            .hash(&Password::parse("correct horse").unwrap())
            .await
            .unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let said = async |text: &str, hash| hasher.verify(&typed(text), hash).await.unwrap();
        assert_eq!(said("correct horse", Some(&hash)).await, Verdict::Right);
        assert_eq!(said("correct horsf", Some(&hash)).await, Verdict::Wrong);
        assert_eq!(said("correct horse", None).await, Verdict::Wrong);
    }

    #[tokio::test]
    async fn a_password_matches_however_a_keyboard_composes_it() {
        let hasher = hasher(1, 4);
        let said =
            async |text: &str, hash: &str| hasher.verify(&typed(text), Some(hash)).await.unwrap();
        let new = Password::parse("Šílený ko\u{30a}n").unwrap();
        let hash = hasher.hash(&new).await.unwrap();
        for text in [
            "Šílený ko\u{30a}n",
            "S\u{30c}i\u{301}leny\u{301}\u{a0}ko\u{30a}n",
        ] {
            assert_eq!(said(text, &hash).await, Verdict::Right);
        }
        assert_eq!(said("Sileny kon", &hash).await, Verdict::Wrong);
        // One from before, typed on a device that does not compose.
        let raw = "pa\u{308}sswort";
        let old = Argon2::default()
            .hash_password_with_salt(raw.as_bytes(), &[1; RECOMMENDED_SALT_LEN])
            .map(|hash: PasswordHash| hash.to_string())
            .unwrap();
        assert_eq!(said(raw, &old).await, Verdict::RightInItsOldForm);
        assert_eq!(said("p\u{e4}sswort", &old).await, Verdict::Wrong);
    }

    #[tokio::test]
    async fn two_hashes_of_one_password_differ() {
        let hasher = hasher(1, 4);
        let password = Password::parse("correct horse").unwrap();
        assert_ne!(
            hasher.hash(&password).await.unwrap(),
            hasher.hash(&password).await.unwrap()
        );
    }

    #[test]
    fn an_unknown_account_costs_what_a_known_one_costs() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let params = Params::try_from(&nobody).unwrap();
        let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        assert_eq!(cost(&params), cost(&Params::DEFAULT));
        assert_eq!(nobody.salt.unwrap().len(), RECOMMENDED_SALT_LEN);
        assert_eq!(nobody.hash.unwrap().len(), Params::DEFAULT_OUTPUT_LEN);
    }

    #[tokio::test]
    async fn who_comes_when_the_queue_is_full_is_refused_at_once() {
        let hasher = hasher(1, 1);
        let running = hasher.turn().await.unwrap();
        let waiting = hasher.turn();
        tokio::pin!(waiting);
        // One poll takes the last waiting place.
        assert!(poll_once(waiting.as_mut()).await.is_none());
        assert!(matches!(hasher.turn().await, Err(HashError::Busy)));
        drop(running);
        assert!(waiting.await.is_ok());
        assert!(hasher.turn().await.is_ok());
    }

    async fn poll_once<F: Future + Unpin>(mut future: F) -> Option<F::Output> {
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(match std::pin::Pin::new(&mut future).poll(context) {
                std::task::Poll::Ready(output) => Some(output),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }
}
