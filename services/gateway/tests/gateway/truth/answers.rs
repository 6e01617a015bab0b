//! What api would answer the gateways' questions.

use super::*;

impl Truth {
    pub(crate) fn identify(&self, given: &str) -> Result<Identity, ErrorCode> {
        let who = (0..100)
            .find(|who| token(*who) == given)
            .ok_or(ErrorCode::Unauthenticated)?;
        if self.ended.contains(&login(who)) {
            return Err(ErrorCode::Unauthenticated);
        }
        let guilds = self
            .guilds
            .values()
            .filter(|it| it.members.contains_key(&who));
        Ok(Identity {
            session: login(who),
            user: account(who),
            guilds: guilds.map(|it| guild(it.number)).collect(),
            direct_channels: Vec::new(),
            read_states: Vec::new(),
            blocks: Vec::new(),
            epoch: self.epoch,
        })
    }

    pub(crate) fn check(&self, sessions: &[SessionId]) -> ValidSessions {
        let valid = sessions.iter().filter(|it| !self.ended.contains(it));
        ValidSessions {
            valid: valid.copied().collect(),
            epoch: self.epoch,
        }
    }

    pub(crate) fn describe(
        &mut self,
        request: &DescribeGuild,
    ) -> Result<GuildDescription, ErrorCode> {
        self.described += 1;
        let of = self
            .guilds
            .values()
            .find(|it| guild(it.number) == request.guild);
        let of = of.ok_or(ErrorCode::NotFound)?;
        let asked = |who: &UserId| of.members.values().find(|it| it.user.id == *who);
        let roles = |it: &Member| MemberRoles {
            user: it.user.id,
            roles: it.roles.clone(),
            timed_out_until: it.timed_out_until,
        };
        Ok(GuildDescription {
            guild: Guild {
                id: guild(of.number),
                name: "guild".to_owned(),
                owner_id: user(of.owner),
                home: "kith.test".to_owned(),
                created_at: NOW,
            },
            access_version: of.version,
            rev: of.rev,
            roles: of.roles.values().cloned().collect(),
            channels: of.channels.values().cloned().collect(),
            member_count: of.members.len() as i64,
            members: request.users.iter().filter_map(asked).map(roles).collect(),
            viewers: request
                .viewers
                .iter()
                .filter_map(asked)
                .map(|it| Viewer {
                    member: it.clone(),
                    read_states: Vec::new(),
                })
                .collect(),
        })
    }
}
