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
            direct_channels: self.directs_of(who),
            read_states: Vec::new(),
            blocks: Vec::new(),
            blocked_by: Vec::new(),
            presence: PresenceSettings::default(),
            rev: self.user_revs.get(&user(who)).copied().unwrap_or(0),
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
        if let Some(code) = self.trouble.get(&of.number) {
            return Err(*code);
        }
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
                icon: None,
                created_at: NOW,
            },
            access_version: of.version,
            rev: of.rev,
            told_up_to: Some(of.told.1).filter(|_| of.told.0 == of.rev),
            roles: of.roles.values().cloned().collect(),
            channels: of.channels.values().cloned().collect(),
            member_count: of.members.len() as i64,
            members: request.users.iter().filter_map(asked).map(roles).collect(),
            voice_states: Vec::new(),
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

    /// An event is in the stream now.
    pub(crate) fn is_told(&mut self, event: &EventHead, stream_seq: u64) {
        let (Scope::Guild(id) | Scope::Channel(id, _)) = event.scope else {
            return;
        };
        let of = self.guilds.values_mut().find(|it| guild(it.number) == id);
        if let Some(of) = of.filter(|_| !event.kind.is_message()) {
            of.told = of.told.max((event.rev, stream_seq));
        }
    }

    fn directs_of(&self, who: u8) -> Vec<Channel> {
        let theirs = self.directs.iter().filter(|people| people.contains(&who));
        let channel = |people: &[u8; 2]| Channel {
            id: channel(DIRECT, people[0] + people[1]),
            guild_id: None,
            kind: ChannelKind::Direct,
            recipients: people.map(account).to_vec(),
            ..text_channel(DIRECT, 0)
        };
        theirs.map(channel).collect()
    }

    pub(crate) fn list(&self, asked: &ListMembers) -> Result<ListedMembers, ErrorCode> {
        let of = self
            .guilds
            .values()
            .find(|it| guild(it.number) == asked.guild);
        let of = of.ok_or(ErrorCode::NotFound)?;
        let members: Vec<&Member> = of.members.values().collect();
        if !members.iter().any(|it| it.user.id == asked.viewer) {
            return Err(ErrorCode::NotFound);
        }
        let range = |(first, last): &(u32, u32)| MemberRange {
            start: *first,
            members: members
                .iter()
                .skip(*first as usize)
                .take((last - first + 1) as usize)
                .map(|it| (*it).clone())
                .collect(),
        };
        let few = members.len() <= asked.all_up_to as usize;
        Ok(ListedMembers {
            access_version: of.version,
            total: members.len() as i64,
            ranges: asked.ranges.iter().map(range).collect(),
            named: members
                .iter()
                .filter(|it| asked.users.contains(&it.user.id))
                .map(|it| (*it).clone())
                .collect(),
            all: few.then(|| members.iter().map(|it| it.user.id).collect()),
        })
    }

    pub(crate) fn presences(&self, asked: &Presences) -> KnownPresences {
        let known = asked
            .users
            .iter()
            .filter_map(|user| self.presences.get(user));
        KnownPresences {
            settled: self.settled,
            presences: known.cloned().collect(),
        }
    }
}
