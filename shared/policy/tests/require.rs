//! How a refusal is told: hidden, missing, blocked, not here, not yours.

use kith_policy::{
    ChannelAccess, ChannelPlace, CreateInvite, Denied, DirectFacts, ManageMessages, MemberFacts,
    OwnGuild, ReadHistory, RoleFacts, SendMessage, TakePart, ViewChannel, require,
    require_in_guild,
};
use kith_types::{ChannelId, GuildId, Permissions, Timestamp, UserId};
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_millis(1_795_255_200_000);

fn channel() -> ChannelId {
    Uuid::from_u128(5).into()
}

fn user(number: u128) -> UserId {
    Uuid::from_u128(number).into()
}

fn member(permissions: Permissions) -> MemberFacts {
    let guild: GuildId = Uuid::from_u128(1).into();
    MemberFacts {
        user: user(7),
        guild,
        owner: user(9),
        roles: vec![RoleFacts {
            id: guild.everyone(),
            position: 0,
            permissions,
        }],
        timed_out_until: None,
        access_version: 42,
    }
}

fn in_guild(permissions: Permissions) -> ChannelAccess {
    ChannelAccess {
        channel: channel(),
        place: ChannelPlace::Guild {
            member: member(permissions),
            overwrites: Vec::new(),
        },
    }
}

fn direct(blocked: bool) -> ChannelAccess {
    ChannelAccess {
        channel: channel(),
        place: ChannelPlace::Direct(DirectFacts {
            user: user(7),
            peer: user(8),
            blocked,
        }),
    }
}

#[test]
fn a_channel_that_does_not_exist_is_hidden() {
    assert_eq!(
        require::<ViewChannel>(None, NOW).unwrap_err(),
        Denied::Hidden
    );
}

#[test]
fn a_guild_that_one_is_no_member_of_is_hidden() {
    let refused = require_in_guild::<TakePart>(None, NOW).unwrap_err();
    assert_eq!(refused, Denied::Hidden);
}

#[test]
fn a_channel_that_may_not_be_viewed_is_hidden_whatever_else_one_holds() {
    let access = in_guild(Permissions::SEND_MESSAGES | Permissions::MANAGE_MESSAGES);
    let send = require::<SendMessage>(Some(&access), NOW).unwrap_err();
    let manage = require::<ManageMessages>(Some(&access), NOW).unwrap_err();
    assert_eq!((send, manage), (Denied::Hidden, Denied::Hidden));
}

#[test]
fn where_one_may_view_the_refusal_names_exactly_what_is_missing() {
    let access = in_guild(Permissions::VIEW_CHANNEL);
    let refused = require::<SendMessage>(Some(&access), NOW).unwrap_err();
    assert_eq!(refused, Denied::Missing(Permissions::SEND_MESSAGES));
    assert_eq!(refused.to_string(), "the right SEND_MESSAGES is missing");
    let member = member(Permissions::VIEW_CHANNEL);
    let refused = require_in_guild::<CreateInvite>(Some(&member), NOW).unwrap_err();
    assert_eq!(refused, Denied::Missing(Permissions::CREATE_INVITE));
}

#[test]
fn only_the_owner_may_what_is_the_owners() {
    let mut member = member(Permissions::all());
    let refused = require_in_guild::<OwnGuild>(Some(&member), NOW).unwrap_err();
    assert_eq!(refused, Denied::NotOwner);
    member.owner = member.user;
    assert!(require_in_guild::<OwnGuild>(Some(&member), NOW).is_ok());
}

#[test]
fn a_block_forbids_to_write_and_not_to_read() {
    let blocked = direct(true);
    let send = require::<SendMessage>(Some(&blocked), NOW).unwrap_err();
    assert_eq!(send, Denied::Blocked);
    assert!(require::<ReadHistory>(Some(&blocked), NOW).is_ok());
    assert!(require::<SendMessage>(Some(&direct(false)), NOW).is_ok());
}

#[test]
fn what_only_guilds_know_is_not_possible_in_a_direct_message() {
    let refused = require::<ManageMessages>(Some(&direct(false)), NOW).unwrap_err();
    assert_eq!(refused, Denied::NotInDirect);
}

#[test]
fn who_is_timed_out_misses_the_right_to_write() {
    let mut member = member(Permissions::DEFAULT_EVERYONE);
    member.timed_out_until = Some(Timestamp::from_millis(NOW.millis() + 1));
    let access = ChannelAccess {
        channel: channel(),
        place: ChannelPlace::Guild {
            member,
            overwrites: Vec::new(),
        },
    };
    assert!(require::<ReadHistory>(Some(&access), NOW).is_ok());
    let refused = require::<SendMessage>(Some(&access), NOW).unwrap_err();
    assert_eq!(refused, Denied::Missing(Permissions::SEND_MESSAGES));
}

#[test]
fn the_proof_says_who_where_and_under_which_version() {
    let access = in_guild(Permissions::DEFAULT_EVERYONE);
    let granted = require::<SendMessage>(Some(&access), NOW).unwrap();
    assert_eq!(granted.user(), user(7));
    assert_eq!(granted.guild(), Some(Uuid::from_u128(1).into()));
    assert_eq!(granted.channel(), Some(channel()));
    assert_eq!(granted.access_version(), Some(42));
    assert_eq!(granted.permissions(), Permissions::DEFAULT_EVERYONE);

    let granted = require::<SendMessage>(Some(&direct(false)), NOW).unwrap();
    assert_eq!((granted.guild(), granted.access_version()), (None, None));
}
