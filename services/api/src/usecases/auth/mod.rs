//! Accounts and log-in sessions.

mod change_password;
mod device;
mod limits;
mod login;
mod logout;
mod refresh;
mod register;
mod sessions;
mod tokens;

pub(crate) use change_password::change_password;
pub(crate) use device::Device;
pub(crate) use login::{LoggedIn, login};
pub(crate) use logout::logout;
pub(crate) use refresh::refresh;
pub(crate) use register::register;
pub(crate) use sessions::{list_sessions, revoke_session};
pub use tokens::{Fresh, TokenSource};

use kith_http::ApiError;
use kith_wire::ErrorCode;

use crate::Failure;
use crate::passwords::HashError;

impl From<HashError> for Failure {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy => Self::Answer(
                ApiError::new(ErrorCode::Unavailable, "too many are logging in; try again")
                    .with_retry_after(std::time::Duration::from_secs(2)),
            ),
            other => Self::Answer(ApiError::internal(other)),
        }
    }
}
