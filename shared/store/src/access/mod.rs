//! Who asks, and what a decision about them needs to know: session and facts in one statement.

mod actor;
mod channel;
mod facts;
mod guild;
mod unchanged;

pub use actor::{Actor, TokenHash};
pub use channel::{InChannel, Named};
