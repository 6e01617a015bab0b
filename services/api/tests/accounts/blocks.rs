use kith_testkit::Account;
use serde_json::{Value, json};

use crate::world::{World, guild_of, open, text};

const BLOCKS: &str = "/api/v1/users/@me/blocks";

async fn block(who: &Account, whom: &Account) {
    let path = format!("{BLOCKS}/{}", whom.id);
    who.client.put(&path, &json!({})).await.expect(204);
}

async fn unblock(who: &Account, whom: &Account) {
    let path = format!("{BLOCKS}/{}", whom.id);
    who.client.delete(&path).await.expect(204);
}

async fn blocked(who: &Account) -> Vec<String> {
    let list = who.client.get(BLOCKS).await;
    let list = list.expect(200).as_array().expect("a list");
    list.iter()
        .map(|block| text(&block["user"]["username"]))
        .collect()
}

#[tokio::test]
async fn blocks_are_ones_own_and_known_to_ones_own_devices_only() {
    let world = World::start().await;
    let (ada, bob, cleo) = (
        world.account("ada").await,
        world.account("bob").await,
        world.account("cleo").await,
    );
    block(&ada, &bob).await;
    block(&ada, &bob).await;
    world.clock.advance(1);
    block(&ada, &cleo).await;
    assert_eq!(blocked(&ada).await, ["cleo", "bob"]);
    assert_eq!(blocked(&bob).await, Vec::<String>::new());
    unblock(&ada, &bob).await;
    unblock(&ada, &bob).await;
    assert_eq!(blocked(&ada).await, ["cleo"]);

    let known: Vec<(&str, Value)> = world.known_to(&ada).await;
    let known: Vec<_> = known
        .iter()
        .map(|(kind, payload)| (*kind, text(&payload["user_id"])))
        .collect();
    let expected = [
        ("block_add", bob.id.clone()),
        ("block_add", cleo.id.clone()),
        ("block_remove", bob.id.clone()),
    ];
    assert_eq!(known, expected);
    assert_eq!(world.known_to(&bob).await, []);
}

#[tokio::test]
async fn nobody_blocks_themselves_or_nobody() {
    let world = World::start().await;
    let ada = world.account("ada").await;
    let own = ada
        .client
        .put(&format!("{BLOCKS}/{}", ada.id), &json!({}))
        .await;
    own.expect_error(400, "INVALID_REQUEST");
    for id in [ada.session_id.as_str(), "nonsense"] {
        let nobody = ada.client.put(&format!("{BLOCKS}/{id}"), &json!({})).await;
        nobody.expect_error(404, "NOT_FOUND");
    }
}

// Lesson 6.
#[tokio::test]
async fn who_is_blocked_can_neither_open_a_direct_message_nor_send_in_one() {
    let world = World::start().await;
    let (ada, bob, cleo) = (
        world.account("ada").await,
        world.account("bob").await,
        world.account("cleo").await,
    );
    let guild = guild_of(&[&ada, &bob, &cleo]).await;
    let channel = open(&ada, &bob).await;
    let channel = text(&channel.expect(201)["id"]);
    let path = format!("/api/v1/channels/{channel}/messages");
    let said = bob
        .client
        .post(&path, &json!({ "content": "before" }))
        .await;
    let said = text(&said.expect(201)["id"]);

    block(&ada, &bob).await;
    block(&ada, &cleo).await;
    for (from, to) in [(&bob, &ada), (&ada, &bob), (&cleo, &ada), (&ada, &cleo)] {
        open(from, to).await.expect_error(403, "BLOCKED");
    }
    for account in [&ada, &bob] {
        let sent = account
            .client
            .post(&path, &json!({ "content": "hey" }))
            .await;
        sent.expect_error(403, "BLOCKED");
        let typing = format!("/api/v1/channels/{channel}/typing");
        account
            .client
            .post(&typing, &json!({}))
            .await
            .expect_error(403, "BLOCKED");
        // What was said stays readable.
        let history = account.client.get(&path).await;
        assert_eq!(history.expect(200).as_array().unwrap().len(), 1);
    }
    let edited = bob
        .client
        .patch(&format!("{path}/{said}"), &json!({ "content": "hey" }))
        .await;
    edited.expect_error(403, "BLOCKED");
    // In a guild both go on: that is the guild's to moderate.
    let channels = bob
        .client
        .get(&format!("/api/v1/guilds/{guild}/channels"))
        .await;
    let common = text(&channels.expect(200)[0]["id"]);
    let common = format!("/api/v1/channels/{common}/messages");
    bob.client
        .post(&common, &json!({ "content": "hello" }))
        .await
        .expect(201);

    unblock(&ada, &bob).await;
    bob.client
        .post(&path, &json!({ "content": "sorry" }))
        .await
        .expect(201);
    open(&bob, &ada).await.expect(200);
    open(&cleo, &ada).await.expect_error(403, "BLOCKED");
}

#[tokio::test]
async fn who_shares_nothing_does_not_learn_that_they_are_blocked() {
    let world = World::start().await;
    let (ada, eve) = (world.account("ada").await, world.account("eve").await);
    block(&ada, &eve).await;
    open(&eve, &ada).await.expect_error(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_direct_message_that_is_opened_during_a_block_is_refused_or_comes_before_it() {
    let world = World::start_two().await;
    let ada = world.account("ada").await;
    for round in 0..6 {
        let bob = world.account(&format!("bob.{round}")).await;
        guild_of(&[&bob, &ada]).await;
        let elsewhere = Account {
            client: world.second.with_token(&bob.access_token),
            ..bob.clone()
        };
        let (opened, ()) = tokio::join!(open(&elsewhere, &ada), block(&ada, &bob));
        if opened.status != 201 {
            opened.expect_error(403, "BLOCKED");
            let list = bob.client.get("/api/v1/users/@me/channels").await;
            assert_eq!(list.expect(200), &json!([]));
        }
        open(&elsewhere, &ada).await.expect_error(403, "BLOCKED");
    }
}
