use serde_json::{Value, json};

use crate::world::{World, guild_of, open, text};

const CHANNELS: &str = "/api/v1/users/@me/channels";

#[tokio::test]
async fn ones_direct_messages_are_listed_the_last_used_first() {
    let world = World::start().await;
    let (ada, bob, cleo) = (
        world.account("ada").await,
        world.account("bob").await,
        world.account("cleo").await,
    );
    guild_of(&[&ada, &bob, &cleo]).await;
    let with_bob = text(&open(&ada, &bob).await.expect(201)["id"]);
    world.clock.advance(1);
    let with_cleo = text(&open(&cleo, &ada).await.expect(201)["id"]);
    let listed = async || {
        let list = ada.client.get(CHANNELS).await;
        list.expect(200).as_array().unwrap().clone()
    };
    let ids = |list: &[Value]| {
        list.iter()
            .map(|channel| text(&channel["id"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&listed().await), [with_cleo.clone(), with_bob.clone()]);

    world.clock.advance(1);
    let path = format!("/api/v1/channels/{with_bob}/messages");
    let said = bob.client.post(&path, &json!({ "content": "hello" })).await;
    let list = listed().await;
    assert_eq!(ids(&list), [with_bob.clone(), with_cleo]);
    assert_eq!(list[0]["last_seq"], 1);
    assert_eq!(list[0]["last_message_id"], said.expect(201)["id"]);
    assert_eq!(list[0]["recipients"][0]["username"], "ada");
    assert_eq!(list[0]["recipients"][1]["username"], "bob");
    let one = ada
        .client
        .get(&format!("/api/v1/channels/{with_bob}"))
        .await;
    assert_eq!(one.expect(200), &list[0]);
    let others = bob.client.get(CHANNELS).await;
    assert_eq!(others.expect(200).as_array().unwrap().len(), 1);
}

// Lesson 1.
#[tokio::test]
async fn a_third_person_finds_nothing_of_a_direct_message() {
    let world = World::start().await;
    let (ada, bob, eve) = (
        world.account("ada").await,
        world.account("bob").await,
        world.account("eve").await,
    );
    guild_of(&[&ada, &bob, &eve]).await;
    let id = text(&open(&ada, &bob).await.expect(201)["id"]);
    let path = format!("/api/v1/channels/{id}");
    let messages = format!("{path}/messages");
    let said = ada
        .client
        .post(&messages, &json!({ "content": "secret" }))
        .await;
    let said = format!("{messages}/{}", text(&said.expect(201)["id"]));
    let content = json!({ "content": "me too" });
    for answer in [
        eve.client.get(&path).await,
        eve.client.patch(&path, &json!({ "name": "mine" })).await,
        eve.client.delete(&path).await,
        eve.client.get(&messages).await,
        eve.client.post(&messages, &content).await,
        eve.client.get(&said).await,
        eve.client.patch(&said, &content).await,
        eve.client.delete(&said).await,
        eve.client
            .put(&format!("{path}/read"), &json!({ "seq": 1 }))
            .await,
        eve.client.post(&format!("{path}/typing"), &json!({})).await,
    ] {
        answer.expect_error(404, "NOT_FOUND");
    }
    let list = eve.client.get(CHANNELS).await;
    assert_eq!(list.expect(200), &json!([]));
}

#[tokio::test]
async fn a_direct_message_is_neither_changed_nor_deleted_as_a_channel_is() {
    let world = World::start().await;
    let (ada, bob) = (world.account("ada").await, world.account("bob").await);
    guild_of(&[&ada, &bob]).await;
    let id = text(&open(&ada, &bob).await.expect(201)["id"]);
    let path = format!("/api/v1/channels/{id}");
    for answer in [
        ada.client.patch(&path, &json!({ "name": "mine" })).await,
        ada.client.delete(&path).await,
    ] {
        answer.expect_error(403, "MISSING_PERMISSION");
    }
}

#[tokio::test]
async fn nobody_begins_conversations_with_everybody() {
    let world = World::start().await;
    let ada = world.account("ada").await;
    let mut people = Vec::new();
    for number in 0..31 {
        people.push(world.account(&format!("member{number}")).await);
    }
    let everybody: Vec<_> = std::iter::once(&ada).chain(&people).collect();
    guild_of(&everybody).await;
    for person in &people[..30] {
        open(&ada, person).await.expect(201);
    }
    let refused = open(&ada, &people[30]).await;
    refused.expect_error(429, "RATE_LIMITED");
    // What has begun goes on, and whoever is written to may begin too.
    open(&ada, &people[0]).await.expect(200);
    open(&people[30], &ada).await.expect(201);
}
