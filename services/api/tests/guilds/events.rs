use kith_bus::{IngestEvent, IngestItem};
use kith_events::{EventKind, Scope};
use kith_testkit::PATIENCE;
use serde_json::{Value, json};

use crate::place::{Place, text};
use crate::world::World;

/// The events of one guild, from its first one to the one that `last` accepts.
pub(crate) async fn events(world: &World, guild: &str, last: EventKind) -> Vec<IngestEvent> {
    let mut ingest = world.events().await;
    let mut found = Vec::new();
    let collect = async {
        loop {
            let IngestItem::Event(event) = ingest.next().await else {
                continue;
            };
            let of = match event.head.scope {
                Scope::Guild(of) | Scope::Channel(of, _) => of,
                Scope::Direct(_) | Scope::User(_) => continue,
            };
            if of.to_string() == guild {
                let kind = event.head.kind;
                found.push(event);
                if kind == last {
                    return;
                }
            }
        }
    };
    let waited = tokio::time::timeout(PATIENCE, collect).await;
    waited.unwrap_or_else(|_| panic!("no {last:?} came"));
    found
}

fn kinds(events: &[IngestEvent]) -> Vec<&'static str> {
    events.iter().map(|event| event.head.kind.into()).collect()
}

/// What clients receive of an event.
pub(crate) fn payload(event: &IngestEvent) -> Value {
    serde_json::from_slice(&event.payload).expect("a payload is JSON")
}

#[tokio::test]
async fn every_change_of_a_guild_is_an_event_and_they_come_in_the_order_of_the_changes() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let owner = &place.owner.client;
    let ada = place.member("ada").await;
    let role = place.role("first", &[]).await;
    let second = place.role("second", &[]).await;
    place.assign(&ada, &role).await;
    let member = place.path(&format!("/members/{}", ada.id));
    owner
        .patch(&member, &json!({ "nick": "Ada" }))
        .await
        .expect(200);
    let channel = place.channel("tea").await;
    place.deny(&channel, &role, &["SEND_MESSAGES"]).await;
    owner
        .patch(&place.path(""), &json!({ "name": "Tea" }))
        .await
        .expect(200);
    owner
        .delete(&place.path(&format!("/roles/{role}")))
        .await
        .expect(204);
    owner
        .delete(&format!("/api/v1/channels/{channel}"))
        .await
        .expect(204);
    owner.delete(&member).await.expect(204);
    owner.delete(&place.path("")).await.expect(204);

    let events = events(&world, &place.id, EventKind::GuildDelete).await;
    assert_eq!(
        kinds(&events),
        [
            "guild_member_add",    // the owner
            "guild_member_add",    // Ada
            "guild_role_create",   // first
            "guild_role_update",   // first makes room for
            "guild_role_create",   // second
            "guild_member_update", // Ada gets first
            "guild_member_update", // and a name
            "channel_create",
            "channel_update", // the overwrite
            "guild_update",
            "guild_role_delete",
            "channel_delete",
            "guild_member_remove",
            "guild_delete",
        ]
    );
    let revs: Vec<_> = events.iter().map(|event| event.head.rev).collect();
    assert_eq!(revs, (1..=events.len() as i64).collect::<Vec<_>>());
    for event in &events {
        assert_eq!(payload(event)["rev"], event.head.rev);
        assert_eq!(payload(event)["event_id"], event.head.id.to_string());
    }
    // A name is no access; everything else but the founding raises the version. One act raises it once.
    let versions: Vec<_> = events
        .iter()
        .map(|event| event.head.access_version.unwrap())
        .collect();
    assert_eq!(versions, [1, 2, 3, 4, 4, 5, 5, 6, 7, 7, 8, 9, 10, 11]);
    assert_eq!(payload(&events[3])["role"]["position"], 2);
    assert_eq!(payload(&events[4])["role"]["id"], second);
    assert_eq!(payload(&events[6])["member"]["nick"], "Ada");
    assert_eq!(payload(&events[8])["channel"]["overwrites"][0]["id"], role);
}

// Lesson 7, the api's part: an open socket learns of the guild by the join.
#[tokio::test]
async fn founding_and_joining_are_told_with_the_whole_member() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let ada = place.member("ada").await;
    let leave = format!("/api/v1/users/@me/guilds/{}", place.id);
    ada.client.delete(&leave).await.expect(204);
    let events = events(&world, &place.id, EventKind::GuildMemberRemove).await;
    let members: Vec<_> = events[..2].iter().map(payload).collect();
    assert_eq!(members[0]["member"]["user"]["id"], place.owner.id);
    assert_eq!(members[1]["member"]["user"]["id"], ada.id);
    assert_eq!(members[1]["member"]["user"]["username"], "ada");
    assert_eq!(payload(&events[2])["user_id"], ada.id);
}

// Lesson 3, the api's part.
#[tokio::test]
async fn what_happens_to_a_channel_is_told_in_the_channel_s_own_scope_and_neutrally() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let category = place
        .channel_of(json!({ "name": "Rooms", "kind": "category" }))
        .await;
    let child = place
        .channel_of(json!({ "name": "tea", "parent_id": category }))
        .await;
    let body = json!({ "channels": [{ "id": child, "position": 0 }] });
    let moved = place
        .owner
        .client
        .patch(&place.path("/channels"), &body)
        .await;
    moved.expect(200);
    let path = format!("/api/v1/channels/{category}");
    place.owner.client.delete(&path).await.expect(204);

    let events = events(&world, &place.id, EventKind::ChannelDelete).await;
    let of_channels: Vec<_> = events
        .iter()
        .filter_map(|event| match event.head.scope {
            Scope::Channel(_, channel) => Some((channel.to_string(), payload(event))),
            _ => None,
        })
        .collect();
    // The two that are made, the four that change places, the orphan, the deleted one.
    assert_eq!(of_channels.len(), 8);
    for (channel, payload) in &of_channels {
        let named = payload["channel"]["id"]
            .as_str()
            .or(payload["channel_id"].as_str());
        assert_eq!(named, Some(channel.as_str()));
        assert!(payload.get("permissions").is_none());
    }
    let (orphan, payload) = &of_channels[6];
    assert_eq!(
        (orphan, &payload["channel"]["parent_id"]),
        (&child, &Value::Null)
    );
    assert_eq!(of_channels[7].0, category);
}

#[tokio::test]
async fn a_ban_tells_that_the_member_is_gone_and_nothing_of_the_reason() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let rude = place.member("rude").await;
    let stranger = world.client.register("stranger").await;
    for id in [&stranger.id, &rude.id] {
        let ban = place.path(&format!("/bans/{id}"));
        let body = json!({ "reason": "secret" });
        place.owner.client.put(&ban, &body).await.expect(204);
    }
    let events = events(&world, &place.id, EventKind::GuildMemberRemove).await;
    let gone = payload(&events[2]);
    assert_eq!(text(&gone["user_id"]), rude.id);
    assert!(!gone.to_string().contains("secret"));
    assert_eq!(events.len(), 3, "who was no member is no event");
}
