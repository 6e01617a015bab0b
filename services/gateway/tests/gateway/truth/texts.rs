//! What changes nobody's access: names, and what is taken back.

use kith_wire::MessageDelete;

use super::*;

impl Truth {
    /// Somebody calls themselves otherwise in a guild.
    pub(crate) fn rename(&mut self, number: u8, who: u8, nick: &str) -> StoredEvent {
        let of = self.of(number);
        of.rev += 1;
        let member = of.members.get_mut(&who).expect("they are a member");
        member.nick = Some(nick.to_owned());
        let (rev, version, member) = (of.rev, of.version, member.clone());
        let at = (rev, None, Some(version));
        let scope = Scope::Guild(guild(number));
        self.event(scope, EventKind::GuildMemberUpdate, at, |event_id| {
            let change = MemberChange {
                event_id,
                rev,
                member,
            };
            json(&change)
        })
    }

    /// A message is taken back.
    pub(crate) fn erase(&mut self, said: &StoredEvent) -> StoredEvent {
        let (Scope::Channel(_, to) | Scope::Direct(to)) = said.head.scope else {
            panic!("{:?} is no message", said.head);
        };
        let guild_id = match said.head.scope {
            Scope::Channel(guild, _) => Some(guild),
            _ => None,
        };
        let rev = self.revs.entry(to).or_default();
        *rev += 1;
        let rev = *rev;
        let at = (rev, None, said.head.access_version);
        let mut event = self.event(said.head.scope, EventKind::MessageDelete, at, |event_id| {
            json(&MessageDelete {
                event_id,
                rev,
                guild_id,
                channel_id: to,
                message_id: said.head.id.uuid().into(),
                seq: said.head.seq.expect("messages have one"),
                deleted_at: NOW,
            })
        });
        event.head.recipients.clone_from(&said.head.recipients);
        event
    }
}
