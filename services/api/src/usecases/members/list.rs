use kith_policy::{MemberFacts, TakePart, require_in_guild};
use kith_store::{Store, members};
use kith_types::{GuildId, UserId};
use kith_wire::Member;

use crate::Failure;

/// Which members are asked for.
#[derive(Debug)]
pub(crate) enum Which {
    /// The next ones by user id.
    Page { after: Option<UserId>, limit: i64 },
    /// Those of these users who are members.
    Among(Vec<UserId>),
}

/// Members of the guild, by user id.
pub(crate) async fn list(
    store: &Store,
    guild: GuildId,
    member: Option<MemberFacts>,
    which: &Which,
) -> Result<Vec<Member>, Failure> {
    require_in_guild::<TakePart>(member.as_ref(), store.now())?;
    let mut connection = store.connection().await?;
    let found = match which {
        Which::Page { after, limit } => members::list(&mut connection, guild, *after, *limit).await,
        Which::Among(users) => members::among(&mut connection, guild, users).await,
    };
    Ok(found?)
}
