use kith_policy::{CreateInvite as Right, MemberFacts};
use kith_store::invites::NewInvite;
use kith_store::{Store, invites};
use kith_types::Entropy;
use kith_wire::{AuditAction, CreateInvite, ErrorCode, Invite, User};
use serde_json::json;

use super::code::invite_code;
use crate::Failure;
use crate::outbox::Publisher;
use crate::usecases::guilds::Act;

/// What one member may have open in a guild: one for each place where they tell of it.
const PER_MEMBER: i64 = 30;
/// More than any community hands out at once, and few enough to look through. …
const MANY: i64 = 1000;
/// … Where there are so many, each member may have no more than this: nobody's invites leave others without any.
const WHERE_MANY: i64 = 3;

fn too_many(share: i64) -> Failure {
    let message = format!(
        "you have {share} open invites to this guild, as many as one member may have now; revoke one first"
    );
    Failure::refused(ErrorCode::LimitReached, message)
}

/// An invite, and whether it is new.
pub(crate) struct Made {
    pub(crate) invite: Invite,
    pub(crate) is_new: bool,
}

/// Makes an invite, unless who asks has an equal one.
pub(crate) async fn create(
    store: &Store,
    publisher: &Publisher,
    entropy: &dyn Entropy,
    creator: &User,
    member: Option<MemberFacts>,
    body: &CreateInvite,
) -> Result<Made, Failure> {
    check(body)?;
    let mut act = Act::<Right>::begin(store, member).await?;
    let (guild_id, now) = (act.guild(), act.work.now());
    if !body.unique {
        let (uses, age) = (body.max_uses, body.max_age);
        let equal = invites::find_equal(&mut act.work, &act.granted, uses, age).await?;
        if let Some(equal) = equal {
            let invite = Invite {
                code: equal.code,
                guild_id,
                creator: creator.clone(),
                max_uses: uses,
                uses: equal.uses,
                expires_at: equal.expires_at,
                created_at: equal.created_at,
            };
            let is_new = false;
            return Ok(Made { invite, is_new });
        }
    }
    let open = invites::count_open(&mut act.work, &act.granted).await?;
    let share = if open.all < MANY {
        PER_MEMBER
    } else {
        WHERE_MANY
    };
    if open.own >= share {
        return Err(too_many(share));
    }
    let invite = Invite {
        code: invite_code(entropy),
        guild_id,
        creator: creator.clone(),
        max_uses: body.max_uses,
        uses: 0,
        expires_at: body.max_age.map(|seconds| now.plus_seconds(seconds)),
        created_at: now,
    };
    let new = NewInvite {
        code: &invite.code,
        max_uses: invite.max_uses,
        expires_at: invite.expires_at,
    };
    invites::create(&mut act.work, &act.granted, &new).await?;
    // Not the code: who may read the log need not be able to let people in.
    let changes = json!({ "max_uses": invite.max_uses, "expires_at": invite.expires_at });
    act.work
        .audit(
            guild_id,
            creator.id,
            AuditAction::InviteCreate,
            None,
            changes,
            None,
        )
        .await?;
    act.finish(publisher).await?;
    let is_new = true;
    Ok(Made { invite, is_new })
}

fn check(body: &CreateInvite) -> Result<(), Failure> {
    if body
        .max_uses
        .is_some_and(|uses| !(1..=1000).contains(&uses))
    {
        return Err(Failure::field("max_uses", "must be from 1 to 1000"));
    }
    if body
        .max_age
        .is_some_and(|age| !(60..=30 * 24 * 3600).contains(&age))
    {
        return Err(Failure::field(
            "max_age",
            "must be from 60 to 2592000 seconds",
        ));
    }
    Ok(())
}
