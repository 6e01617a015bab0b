use kith_events::EventKind;
use kith_policy::{ManageChannels, MemberFacts};
use kith_store::{Store, channels};
use kith_types::Topic;
use kith_wire::{AuditAction, Channel, ChannelKind, CreateChannel, ErrorCode};
use serde_json::json;

use super::parent::parent;
use super::tell;
use super::user_limit::user_limit;
use crate::Failure;
use crate::outbox::Publisher;
use crate::usecases::guilds::{Act, Weight};

fn too_many() -> Failure {
    Failure::refused(
        ErrorCode::LimitReached,
        format!(
            "the guild has {} channels, as many as it may have",
            channels::MAX_PER_GUILD
        ),
    )
}

/// Makes a channel at the end of the guild's list. Under a category it begins with the category's overwrites, so that
/// what is made in a private corner is private from the first moment.
pub(crate) async fn create(
    store: &Store,
    publisher: &Publisher,
    member: Option<MemberFacts>,
    body: &CreateChannel,
) -> Result<Channel, Failure> {
    let kind = body.kind.unwrap_or(ChannelKind::Text);
    if kind == ChannelKind::Direct {
        return Err(Failure::field("kind", "a guild has no direct messages"));
    }
    let mut act = Act::<ManageChannels>::begin(store, member).await?;
    let (guild, now) = (act.guild(), act.work.now());
    let others = channels::list(act.work.tx(), guild).await?;
    if others.len() as i64 >= channels::MAX_PER_GUILD {
        return Err(too_many());
    }
    let category = match body.parent_id {
        Some(id) => Some(parent(&act.actor, kind, id, &others, now)?),
        None => None,
    };
    let channel = Channel {
        id: act.work.mint()?,
        guild_id: Some(guild),
        kind,
        name: body.name.as_str().to_owned(),
        topic: body.topic.as_ref().map_or("", Topic::as_str).to_owned(),
        position: others.last().map_or(0, |last| last.position + 1),
        parent_id: body.parent_id,
        user_limit: user_limit(kind, body.user_limit)?,
        overwrites: category
            .map(|category| category.overwrites.clone())
            .unwrap_or_default(),
        recipients: Vec::new(),
        last_seq: 0,
        last_message_id: None,
        created_at: now,
    };
    let weight = Weight::before(&mut act.work, guild).await?;
    channels::create(&mut act.work, &act.granted, &channel).await?;
    weight.check(&mut act.work).await?;
    let changes = json!({
        "name": channel.name, "kind": kind, "topic": channel.topic, "parent_id": channel.parent_id,
        "user_limit": channel.user_limit,
    });
    let (actor, target) = (act.actor.user, Some(channel.id.uuid()));
    act.work
        .audit(
            guild,
            actor,
            AuditAction::ChannelCreate,
            target,
            changes,
            None,
        )
        .await?;
    act.work.raise_access(guild)?;
    tell(&mut act.work, EventKind::ChannelCreate, guild, &channel)?;
    act.finish(publisher).await?;
    Ok(channel)
}
