use std::fmt::Display;
use std::time::Duration;

use kith_http::{ApiError, ClientAddress};
use kith_types::{LimitKey, Limiter, Quota, UserId, Username};

use super::device::Device;
use crate::Failure;

/// Attempts to log in, by account and address: ten at once, then one every thirty seconds. Who has forgotten a password has tried
/// all that come to mind; who guesses gets nowhere.
const PER_PAIR: Quota = Quota::new(10, Duration::from_mins(5));
/// Attempts to log in, by account, from all addresses and devices from which nobody logged in before: one every five seconds in
/// the long run. A crowd of guessing addresses uses it up, so the owner's own devices are counted by themselves.
const PER_ACCOUNT: Quota = Quota::new(60, Duration::from_mins(5));
/// Attempts to log in from one device, by its token, whether or not that is one.
const PER_DEVICE: Quota = Quota::new(10, Duration::from_mins(5));
/// Attempts to log in, by address: a school's computer room at eight in the morning, but not a list of passwords.
const PER_ADDRESS: Quota = Quota::new(30, Duration::from_mins(5));
/// Attempts to change the password, by account: whoever found an open session must not guess at leisure.
const PASSWORD: Quota = Quota::new(5, Duration::from_mins(5));

/// Counts an attempt to log in from a device that is not known. What cannot be a user name is no account, and is counted by
/// address only.
pub(super) async fn attempt(
    limiter: &dyn Limiter,
    username: Option<&Username>,
    address: ClientAddress,
) -> Result<(), Failure> {
    take(limiter, "login.address", address, PER_ADDRESS).await?;
    let Some(username) = username.map(Username::as_str) else {
        return Ok(());
    };
    // Who is refused here does not use up what is the account's.
    let pair = format_args!("{username}:{address}").to_string();
    take(limiter, "login.pair", pair, PER_PAIR).await?;
    take(limiter, "login.account", username, PER_ACCOUNT).await
}

/// Counts an attempt that shows a device's token.
pub(super) async fn device(limiter: &dyn Limiter, device: &Device) -> Result<(), Failure> {
    take(limiter, "login.device", device.key(), PER_DEVICE).await
}

/// Counts a new account of this address.
pub(super) async fn register(
    limiter: &dyn Limiter,
    address: ClientAddress,
    per_hour: u32,
) -> Result<(), Failure> {
    let quota = Quota::new(per_hour, Duration::from_hours(1));
    take(limiter, "register", address, quota).await
}

/// Counts an attempt to change a password.
pub(super) async fn password(limiter: &dyn Limiter, user: UserId) -> Result<(), Failure> {
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
