//! What is unread and mentions somebody: nothing from before they could see it, and nothing that is not there any more.

use reqwest::Method;
use serde_json::{Value, json};

use kith_testkit::Gateway;
use kith_world::people::{Person, text};
use kith_world::world::World;

/// How a channel stands for somebody who connects now: messages that are unread, and how often they are mentioned.
async fn counts(world: &World, person: &Person, channel: &str) -> (i64, i64) {
    let (socket, ready) = Gateway::ready(&world.gateway_url(0), &person.account.access_token).await;
    let guilds = socket.dispatches("GUILD_CREATE");
    let parts = guilds.iter().map(|frame| &frame["d"]);
    let direct = json!({
        "channels": ready["d"]["direct_channels"], "read_states": ready["d"]["read_states"],
    });
    let parts: Vec<&Value> = parts.chain([&direct]).collect();
    let find = |list: &str, id: &str| {
        let all = parts.iter().filter_map(|part| part[list].as_array());
        all.flatten().find(|it| it[id] == *channel).cloned()
    };
    let place = find("channels", "id").expect("they see the channel");
    let state = find("read_states", "channel_id").unwrap_or_default();
    let read = state["read_seq"].as_i64().unwrap_or(0);
    let mentions = state["mention_count"].as_i64().unwrap_or(0);
    (
        place["last_seq"].as_i64().expect("a number") - read,
        mentions,
    )
}

async fn change(person: &Person, method: Method, path: &str, body: Value) {
    let answer = person.client().send(method, path, Some(&body)).await;
    assert!(answer.status < 300, "{path}: {}", answer.body);
}

#[tokio::test]
async fn a_channel_that_opens_by_a_role_begins_then() {
    let world = World::builder().start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, _) = ada.create_guild("Doors").await;
    ada.bring(&guild, &bob).await;
    let role = ada.create_role(&guild, "crew", &[]).await;
    ada.assign(&guild, bob.id(), &role).await.expect(204);
    let call = async |channel: &str| {
        ada.post(channel, &format!("@everyone, <@{}>, <@&{role}>", bob.id()))
            .await;
    };
    let closed = async |name: &str| {
        let channel = ada.create_channel(&guild, name).await;
        ada.deny(&channel, &guild, "role", &["VIEW_CHANNEL"]).await;
        call(&channel).await;
        channel
    };
    let overwrites =
        |channel: &str, target: &str| format!("/api/v1/channels/{channel}/overwrites/{target}");

    // A role that he has is allowed it.
    let first = closed("first").await;
    let allow = json!({"kind": "role", "allow": ["VIEW_CHANNEL"]});
    change(&ada, Method::PUT, &overwrites(&first, &role), allow).await;
    assert_eq!(counts(&world, &bob, &first).await, (0, 0));
    call(&first).await;
    assert_eq!(counts(&world, &bob, &first).await, (1, 1));

    // What was denied to everybody is denied no more.
    let second = closed("second").await;
    change(
        &ada,
        Method::DELETE,
        &overwrites(&second, &guild),
        json!(null),
    )
    .await;
    assert_eq!(counts(&world, &bob, &second).await, (0, 0));

    // A denial for him alone goes.
    let third = ada.create_channel(&guild, "third").await;
    ada.deny(&third, bob.id(), "member", &["VIEW_CHANNEL"])
        .await;
    call(&third).await;
    change(
        &ada,
        Method::DELETE,
        &overwrites(&third, bob.id()),
        json!(null),
    )
    .await;
    assert_eq!(counts(&world, &bob, &third).await, (0, 0));

    // His role becomes one that sees everything.
    let fourth = closed("fourth").await;
    let rights = json!({"permissions": ["ADMINISTRATOR"]});
    let path = format!("/api/v1/guilds/{guild}/roles/{role}");
    change(&ada, Method::PATCH, &path, rights).await;
    assert_eq!(counts(&world, &bob, &fourth).await, (0, 0));
    change(&ada, Method::PATCH, &path, json!({"permissions": []})).await;

    // The role that was denied it is deleted.
    let fifth = ada.create_channel(&guild, "fifth").await;
    ada.deny(&fifth, &role, "role", &["VIEW_CHANNEL"]).await;
    ada.post(&fifth, "@everyone").await;
    change(&ada, Method::DELETE, &path, json!(null)).await;
    assert_eq!(counts(&world, &bob, &fifth).await, (0, 0));
    // Whoever saw it all along has what there is.
    let cara = world.person("cara").await;
    ada.bring(&guild, &cara).await;
    ada.post(&fifth, "@everyone").await;
    assert_eq!(counts(&world, &cara, &fifth).await.1, 1);
    world.finish().await;
}

#[tokio::test]
async fn whoever_comes_back_finds_nothing_unread() {
    let world = World::builder().start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Revolving").await;
    ada.bring(&guild, &bob).await;
    ada.post(&channel, "one").await;
    change(
        &bob,
        Method::PUT,
        &format!("/api/v1/channels/{channel}/read"),
        json!({"seq": 1}),
    )
    .await;
    let leave = format!("/api/v1/users/@me/guilds/{guild}");
    change(&bob, Method::DELETE, &leave, json!(null)).await;
    ada.post(&channel, "two, @everyone").await;
    ada.bring(&guild, &bob).await;
    assert_eq!(counts(&world, &bob, &channel).await, (0, 0));
    world.finish().await;
}

#[tokio::test]
async fn what_was_deleted_is_not_unread() {
    let world = World::builder().start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, _) = ada.create_guild("Acquaintances").await;
    ada.bring(&guild, &bob).await;
    let open = json!({"recipient_id": bob.id()});
    let channel = ada.client().post("/api/v1/users/@me/channels", &open).await;
    let channel = text(&channel.expect(201)["id"]);
    ada.post(&channel, "one").await;
    change(
        &bob,
        Method::PUT,
        &format!("/api/v1/channels/{channel}/read"),
        json!({"seq": 1}),
    )
    .await;
    let mut messages = Vec::new();
    for content in ["two", "three"] {
        messages.push(text(&ada.post(&channel, content).await["id"]));
    }
    assert_eq!(counts(&world, &bob, &channel).await.0, 2);
    for message in &messages {
        let path = format!("/api/v1/channels/{channel}/messages/{message}");
        change(&ada, Method::DELETE, &path, json!(null)).await;
    }
    assert_eq!(counts(&world, &bob, &channel).await.0, 0);
    ada.post(&channel, "four").await;
    assert_eq!(counts(&world, &bob, &channel).await.0, 1);
    world.finish().await;
}
