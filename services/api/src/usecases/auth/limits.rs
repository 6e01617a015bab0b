use std::fmt::Display;
use std::time::Duration;

use kith_http::{ApiError, ClientAddress};
use kith_types::{LimitKey, Limiter, Quota, Username};

use crate::Failure;

/// Attempts to log in, by account: ten at once, then one every thirty seconds. Who forgot a password has long used the
/// way to a new one; who guesses gets nowhere.
const PER_ACCOUNT: Quota = Quota::new(10, Duration::from_secs(300));
/// Attempts to log in, by address: a school's computer room at eight in the morning, but not a list of passwords.
const PER_ADDRESS: Quota = Quota::new(30, Duration::from_secs(300));
/// New accounts, by address.
const REGISTER: Quota = Quota::new(20, Duration::from_secs(3600));
/// Attempts to change the password, by account: whoever found an open session must not guess at leisure.
const PASSWORD: Quota = Quota::new(5, Duration::from_secs(300));

/// Counts an attempt to log in.
pub(super) async fn attempt(
    limiter: &dyn Limiter,
    username: &str,
    address: ClientAddress,
) -> Result<(), Failure> {
    take(limiter, "login.address", address, PER_ADDRESS).await?;
    // What cannot be a user name is counted by address only: it would fill the cache with keys of any length.
    match Username::parse(&username.to_lowercase()) {
        Ok(name) => take(limiter, "login.account", name.as_str(), PER_ACCOUNT).await,
        Err(_) => Ok(()),
    }
}

/// Counts a new account.
pub(super) async fn register(limiter: &dyn Limiter, address: ClientAddress) -> Result<(), Failure> {
    take(limiter, "register", address, REGISTER).await
}

/// Counts an attempt to change a password.
pub(super) async fn password(limiter: &dyn Limiter, user: impl Display) -> Result<(), Failure> {
    take(limiter, "password", user, PASSWORD).await
}

async fn take(
    limiter: &dyn Limiter,
    what: &'static str,
    who: impl Display,
    quota: Quota,
) -> Result<(), Failure> {
    let decision = limiter.take(&LimitKey::new(what, who), quota, 1).await;
    if decision.allowed {
        Ok(())
    } else {
        Err(ApiError::rate_limited(decision).into())
    }
}
