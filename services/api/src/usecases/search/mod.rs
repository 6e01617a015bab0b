//! Searching messages: decided here, done by the search service.

mod ask;
mod in_channel;
mod in_guild;
mod kept;

pub(crate) use ask::Wanted;
pub(crate) use in_channel::in_channel;
pub(crate) use in_guild::in_guild;
pub(crate) use kept::Kept;
