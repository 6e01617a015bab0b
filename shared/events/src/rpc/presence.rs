use kith_types::{BootId, GuildId, UserId};
use kith_wire::{ChosenStatus, CustomStatus, Member, MemberRange, Presence};
use serde::{Deserialize, Serialize};

use super::Request;

/// How many users may be asked for at once by [`Presences`].
pub const PRESENCES_AT_ONCE: usize = 1000;
/// How many members may be asked for at once by [`ListMembers`]: with a hundred roles each they fit into a reply.
pub const MEMBERS_AT_ONCE: u32 = 100;

/// Some connections of a gateway as they are now. All of them come again and again; who does not is gone. Presence
/// answers it. Repeats and messages that were overtaken do no harm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    /// The gateway's run.
    pub gateway: BootId,
    pub connections: Vec<Connected>,
}

/// A connection. Together with [`Beat::gateway`] its number is unique for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connected {
    pub connection: u64,
    pub user: UserId,
    /// Grows with each change of this connection, in the gateway's memory.
    pub epoch: u64,
    /// What this connection says that its user is; none: it has ended.
    pub status: Option<ChosenStatus>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_status: Option<CustomStatus>,
    /// The user's `rev` that `custom_status` is from; of two gateways the later one is right.
    pub rev: i64,
}

impl Request for Beat {
    const NAME: &'static str = "presence_beat";
    type Reply = ();
}

/// How are these users seen? At most [`PRESENCES_AT_ONCE`]. Presence answers it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Presences {
    pub users: Vec<UserId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownPresences {
    /// Whether all gateways have had time to tell of their connections: who is missing in `presences` is offline then.
    /// Otherwise nothing is known of them.
    pub settled: bool,
    pub presences: Vec<Presence>,
}

impl Request for Presences {
    const NAME: &'static str = "presences";
    type Reply = KnownPresences;
}

/// Who is at these places of a guild's member list, and what are these users in it, for one of its members? At most
/// [`MEMBERS_AT_ONCE`] in all. Api answers it, from the primary.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListMembers {
    pub guild: GuildId,
    pub viewer: UserId,
    /// First and last place, both included.
    pub ranges: Vec<(u32, u32)>,
    pub users: Vec<UserId>,
    /// If the guild has no more members than this, their ids are wanted too.
    pub all_up_to: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedMembers {
    pub access_version: i64,
    /// How many members there are.
    pub total: i64,
    pub ranges: Vec<MemberRange>,
    /// Those of the users who are members.
    pub named: Vec<Member>,
    /// All of them, if they are few.
    pub all: Option<Vec<UserId>>,
}

impl ListMembers {
    /// How many members are asked for.
    pub fn count(&self) -> u64 {
        let places = self.ranges.iter();
        let places = places.map(|(first, last)| u64::from(last.saturating_sub(*first)) + 1);
        places.sum::<u64>() + self.users.len() as u64
    }
}

impl ListedMembers {
    /// All that are in the answer.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        let ranges = self.ranges.iter().flat_map(|range| &range.members);
        ranges.chain(&self.named)
    }
}

impl Request for ListMembers {
    const NAME: &'static str = "list_members";
    type Reply = ListedMembers;
}

#[cfg(test)]
mod tests {
    use kith_types::Timestamp;
    use kith_wire::Status;

    use super::*;

    /// Two versions run side by side: these texts shipped, and stay readable.
    #[test]
    fn what_is_said_of_presence_keeps_its_form() {
        let beat = Beat {
            gateway: "01M7X094NF15018JC8E57M87Z1".parse().unwrap(),
            connections: vec![
                Connected {
                    connection: 7,
                    user: "01M7X094NF15018JC8E57M87Z2".parse().unwrap(),
                    epoch: 3,
                    status: Some(ChosenStatus::Dnd),
                    custom_status: Some(CustomStatus {
                        text: "in the garden".to_owned(),
                        expires_at: Some(Timestamp::from_millis(1_795_255_200_000)),
                    }),
                    rev: 12,
                },
                Connected {
                    connection: 8,
                    user: "01M7X094NF15018JC8E57M87Z3".parse().unwrap(),
                    epoch: 2,
                    status: None,
                    custom_status: None,
                    rev: 0,
                },
            ],
        };
        let golden = include_str!("../../golden/presence_beat.v1.json");
        assert_eq!(serde_json::from_str::<Beat>(golden).unwrap(), beat);
        assert_eq!(
            serde_json::to_value(&beat).unwrap(),
            serde_json::from_str::<serde_json::Value>(golden).unwrap()
        );
        let known = KnownPresences {
            settled: true,
            presences: vec![Presence {
                user_id: "01M7X094NF15018JC8E57M87Z2".parse().unwrap(),
                status: Status::Dnd,
                custom_status: None,
                version: 1_795_255_200_001,
            }],
        };
        let golden = include_str!("../../golden/presences.v1.json");
        assert_eq!(
            serde_json::from_str::<KnownPresences>(golden).unwrap(),
            known
        );
        assert_eq!(
            serde_json::to_value(&known).unwrap(),
            serde_json::from_str::<serde_json::Value>(golden).unwrap()
        );
    }
}
