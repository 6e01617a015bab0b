use kith_wire::ChannelKind;

use crate::Failure;

/// The most that one server mixes well; who wants more sets none.
const MOST: i32 = 99;

/// How many may be in a channel of this kind at once, as it was asked for.
pub(super) fn user_limit(kind: ChannelKind, asked: Option<i32>) -> Result<Option<i32>, Failure> {
    match asked {
        Some(_) if kind != ChannelKind::Voice => {
            Err(Failure::field("user_limit", "only a voice channel has one"))
        }
        Some(limit) if !(1..=MOST).contains(&limit) => {
            Err(Failure::field("user_limit", "must be 1 to 99"))
        }
        limit => Ok(limit),
    }
}
