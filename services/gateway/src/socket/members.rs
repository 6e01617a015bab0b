use std::sync::Arc;

use kith_bus::RequestError;
use kith_events::rpc::{ListMembers, PRESENCES_AT_ONCE, Presences};
use kith_types::UserId;
use kith_wire::{DispatchKind, ErrorCode, Op, RequestFailed, RequestMembers};
use tokio::time::Instant;

use crate::Gateway;
use crate::frame::Dispatch;
use crate::hub::{Heard, List, Seeded};
use crate::outlet::Outlet;

/// How often a list is asked for anew because the guild has changed meanwhile, until the client is told to try later.
const ATTEMPTS: u32 = 10;

/// `REQUEST_MEMBERS`: shows a member list, or says why not.
pub(super) async fn list(
    gateway: Arc<Gateway>,
    outlet: Arc<Outlet>,
    user: UserId,
    asked: RequestMembers,
) {
    if asked.ranges.is_empty() && asked.user_ids.is_empty() {
        return gateway.hub.unlist(outlet.id()).await;
    }
    let guild_id = asked.guild_id;
    if let Err(code) = show(&gateway, &outlet, user, asked).await {
        let failed = RequestFailed {
            op: Op::RequestMembers,
            guild_id,
            code,
        };
        let json = serde_json::to_vec(&failed).expect("it has only plain fields");
        let frame = Dispatch::encode(DispatchKind::RequestFailed, None, &json);
        outlet.send(frame.bytes());
    }
}

async fn show(
    gateway: &Gateway,
    outlet: &Outlet,
    user: UserId,
    asked: RequestMembers,
) -> Result<(), ErrorCode> {
    let question = ListMembers {
        guild: asked.guild_id,
        viewer: user,
        ranges: asked.ranges,
        users: asked.user_ids,
        all_up_to: gateway.limits.whole_guild_members,
    };
    for _ in 0..ATTEMPTS {
        let listed = gateway.bus.request(&question).await;
        let listed = listed.map_err(|error| failure(&error))?;
        let users: Vec<UserId> = match &listed.all {
            Some(all) => all.iter().copied().take(PRESENCES_AT_ONCE).collect(),
            None => listed.members().map(|member| member.user.id).collect(),
        };
        let asked_at = Instant::now();
        let presences = Presences {
            users: users.clone(),
        };
        // Members are shown also when nobody knows who is online. The hub goes on asking.
        let answer = gateway.bus.request(&presences).await.ok();
        let heard = Heard {
            asked: users,
            asked_at,
            answer,
        };
        let shown = gateway.hub.list(|reply| List {
            user,
            outlet: outlet.id(),
            guild: question.guild,
            listed,
            heard,
            reply,
        });
        match shown.await {
            Ok(Seeded::Done) => return Ok(()),
            Ok(Seeded::NotMember) => return Err(ErrorCode::NotFound),
            // The stream has moved on meanwhile.
            Ok(Seeded::Stale) => {}
            Err(_) => return Err(ErrorCode::Unavailable),
        }
    }
    Err(ErrorCode::Unavailable)
}

fn failure(error: &RequestError) -> ErrorCode {
    let code = error.code();
    if matches!(code, ErrorCode::NotFound | ErrorCode::Unavailable) {
        return code;
    }
    tracing::error!(error = %error, "members cannot be listed");
    ErrorCode::Internal
}
