use kith_types::{GuildId, RoleId};
use kith_wire::Member;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::StoreError;
use crate::columns::user;

/// A member and the user that they are, as every statement about members reads them.
pub(super) struct MemberRow {
    pub(super) nick: Option<String>,
    pub(super) role_ids: Vec<Uuid>,
    pub(super) joined_at: OffsetDateTime,
    pub(super) timed_out_until: Option<OffsetDateTime>,
    pub(super) id: Uuid,
    pub(super) username: String,
    pub(super) display_name: String,
    pub(super) kind: i16,
    pub(super) avatar_id: Option<Uuid>,
    pub(super) home: String,
}

impl MemberRow {
    pub(super) fn into_member(self, guild: GuildId) -> Result<Member, StoreError> {
        Ok(Member {
            guild_id: guild,
            user: user(
                self.id,
                self.username,
                self.display_name,
                self.kind,
                self.home,
                self.avatar_id,
            )?,
            nick: self.nick,
            roles: self.role_ids.into_iter().map(RoleId::from).collect(),
            joined_at: self.joined_at.into(),
            timed_out_until: self.timed_out_until.map(Into::into),
        })
    }
}
