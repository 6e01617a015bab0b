//! Accounts as their owners use them: credentials, log-in sessions, tokens.

mod change_password;
mod create;
mod credentials;
mod devices;
mod end_sessions;
mod list_sessions;
mod open_session;
mod presence;
mod profile;
mod purge_expired;
mod refresh_session;
mod register;
mod rename;
mod set;

pub use change_password::change_password;
pub use create::{NewAccount, create};
pub use credentials::{Credentials, credentials, password_hash};
pub use devices::{purge_devices, remember_device};
pub use end_sessions::{Ending, end_sessions};
pub use list_sessions::list_sessions;
pub use open_session::{NewSession, open_session};
pub(crate) use presence::settings as presence_settings;
pub use presence::{presence, presence_locked, set_presence};
pub use profile::ProfileChange;
pub use purge_expired::purge_expired;
pub use refresh_session::{NextTokens, Refreshed, refresh_session};
pub use register::register;
pub use rename::rename;
pub use set::{set_instance_admin, set_unlimited};
