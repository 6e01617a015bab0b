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

/// More than any community hands out at once, and few enough to look through.
const MAX_OPEN: i64 = 1000;
fn too_many() -> Failure {
    Failure::refused(
        ErrorCode::LimitReached,
        "the guild has as many open invites as it may have",
    )
}

/// Makes an invite.
pub(crate) async fn create(
    store: &Store,
    publisher: &Publisher,
    entropy: &dyn Entropy,
    creator: &User,
    member: Option<MemberFacts>,
    body: &CreateInvite,
) -> Result<Invite, Failure> {
    check(body)?;
    let mut act = Act::<Right>::begin(store, member).await?;
    let (guild_id, now) = (act.guild(), act.work.now());
    if invites::count_open(act.work.tx(), guild_id, now).await? >= MAX_OPEN {
        return Err(too_many());
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
    Ok(invite)
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
