//! What gateways ask api, and api asks search, over NATS request/reply. A reply stays under 512 KB. Replies are
//! `Result<Reply, ErrorCode>` in JSON.

mod presence;
mod search;
mod streams;

pub use presence::{
    Beat, Connected, KnownPresences, ListMembers, ListedMembers, MEMBERS_AT_ONCE,
    PRESENCES_AT_ONCE, Presences,
};
pub use search::FindMessages;
pub use streams::{FollowAnew, IngestBegin, OpenIngest, OpenedIngest};

use kith_types::{Domain, GuildId, RoleId, SessionId, Timestamp, UserId, Username};
use kith_wire::{
    Channel, ErrorCode, Guild, Member, PresenceSettings, ReadState, RemoteProfile, Role, User,
    VoiceState,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A question that api answers.
pub trait Request: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The endpoint's name; the subject is `rpc.v1.{NAME}`.
    const NAME: &'static str;
    /// What the answer is.
    type Reply: Serialize + DeserializeOwned + Send + 'static;
}

/// What comes back.
pub type Answer<R> = Result<<R as Request>::Reply, ErrorCode>;

/// Who does this access token belong to, and what are they in? For IDENTIFY and RESUME, from the primary.
#[derive(Serialize, Deserialize)]
pub struct Identify {
    pub token: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Identity {
    pub session: SessionId,
    pub user: User,
    pub guilds: Vec<GuildId>,
    pub direct_channels: Vec<Channel>,
    pub read_states: Vec<ReadState>,
    /// Whom they have blocked.
    pub blocks: Vec<UserId>,
    /// Who has blocked them.
    #[serde(default)]
    pub blocked_by: Vec<UserId>,
    /// How they want to be seen.
    #[serde(default)]
    pub presence: PresenceSettings,
    /// The user's `rev` when this was read.
    #[serde(default)]
    pub rev: i64,
    /// The stream's epoch when this was read.
    pub epoch: i64,
}

impl Request for Identify {
    const NAME: &'static str = "identify";
    type Reply = Identity;
}

/// Which of these log-in sessions are still good? At most 1000 at once.
#[derive(Debug, Serialize, Deserialize)]
pub struct CheckSessions {
    pub sessions: Vec<SessionId>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ValidSessions {
    pub valid: Vec<SessionId>,
    pub epoch: i64,
}

impl Request for CheckSessions {
    const NAME: &'static str = "check_sessions";
    type Reply = ValidSessions;
}

/// How does a guild stand, and what are these users in it? One consistent snapshot from the primary.
#[derive(Debug, Serialize, Deserialize)]
pub struct DescribeGuild {
    pub guild: GuildId,
    /// Users with a socket on the asking gateway, at most 2000; those who are not members are missing in the answer.
    pub users: Vec<UserId>,
    /// Users whose own view (member, read states) is wanted too, at most 20.
    pub viewers: Vec<UserId>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GuildDescription {
    pub guild: Guild,
    pub access_version: i64,
    pub rev: i64,
    /// Who has read the stream up to here has read of all that this tells: 0 if that was long ago, none if not all of it is in
    /// the stream yet.
    pub told_up_to: Option<u64>,
    pub roles: Vec<Role>,
    /// All of them, with their overwrites.
    pub channels: Vec<Channel>,
    pub member_count: i64,
    pub members: Vec<MemberRoles>,
    pub viewers: Vec<Viewer>,
    /// All who are in a voice channel.
    #[serde(default)]
    pub voice_states: Vec<VoiceState>,
}

/// What a gateway needs to know of a member to decide what they may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRoles {
    pub user: UserId,
    pub roles: Vec<RoleId>,
    pub timed_out_until: Option<Timestamp>,
}

/// A member's own view.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Viewer {
    pub member: Member,
    pub read_states: Vec<ReadState>,
}

impl Request for DescribeGuild {
    const NAME: &'static str = "describe_guild";
    type Reply = GuildDescription;
}

/// Who is this user of another instance? federation asks that instance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LookUpUser {
    pub domain: Domain,
    pub username: Username,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum LookedUp {
    Found {
        profile: RemoteProfile,
    },
    /// The other instance says that it has no such user.
    Absent,
    /// The other instance cannot be asked; it is tried again after that.
    Away {
        retry_after_millis: u64,
    },
}

impl Request for LookUpUser {
    const NAME: &'static str = "look_up_user";
    type Reply = LookedUp;
}

/// The payload of [`crate::EventKind::SessionsRevoked`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SessionsRevoked {
    pub sessions: Vec<SessionId>,
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// What another version says is understood, and would be said the same way.
    fn keeps<R: Request>(golden: &str) {
        let kept: Value = serde_json::from_str(golden).unwrap();
        let question: R = serde_json::from_value(kept["question"].clone()).unwrap();
        assert_eq!(serde_json::to_value(&question).unwrap(), kept["question"]);
        for answer in kept["answers"].as_array().unwrap() {
            let read: Answer<R> = serde_json::from_value(answer.clone()).unwrap();
            assert_eq!(&serde_json::to_value(&read).unwrap(), answer);
        }
    }

    #[test]
    fn questions_and_answers_are_what_the_golden_files_keep() {
        keeps::<LookUpUser>(include_str!("../golden/look_up_user.v1.json"));
        keeps::<ListMembers>(include_str!("../golden/list_members.v1.json"));
    }
}
