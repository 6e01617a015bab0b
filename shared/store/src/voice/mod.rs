//! Who is in voice channels, as the media server says, and what moderators have put on them.
//!
//! Every write is a part of a unit of work that holds the guild, so that a channel's limit, one connection per person
//! and the order of the events hold whoever acts at once.

mod change;
mod list;
mod put;
mod restrain;
mod row;
mod standing;
mod webhooks;

pub use change::{connect, forget_guild, move_to, remove, set_self, suppress};
pub(crate) use list::states;
pub use list::{all, find, in_guild, occupied, of_sessions, restraints};
pub use put::{NewVoice, put};
pub use restrain::restrain;
pub use row::Voice;
pub use standing::Standings;
pub use webhooks::note_webhook;
