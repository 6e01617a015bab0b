use futures_util::future::join_all;
use kith_testkit::Account;
use serde_json::{Value, json};

use crate::world::{World, guild_of, open, text};

#[tokio::test]
async fn a_direct_message_is_opened_once_and_both_learn_of_it() {
    let world = World::start().await;
    let (ada, bob) = (world.account("ada").await, world.account("bob").await);
    guild_of(&[&ada, &bob]).await;
    let opened = open(&ada, &bob).await;
    let channel = opened.expect(201).clone();
    assert_eq!(channel["kind"], "direct");
    assert_eq!(channel["guild_id"], Value::Null);
    assert_eq!(channel["last_seq"], 0);
    let people = |channel: &Value| {
        let people = channel["recipients"].as_array().unwrap();
        people
            .iter()
            .map(|user| text(&user["username"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(people(&channel), ["ada", "bob"]);
    let again = open(&ada, &bob).await;
    assert_eq!(again.expect(200), &channel);
    let seen = open(&bob, &ada).await;
    assert_eq!(seen.expect(200)["id"], channel["id"]);
    assert_eq!(people(seen.expect(200)), ["bob", "ada"]);

    for (account, seen) in [(&ada, &channel), (&bob, seen.expect(200))] {
        let known = world.known_to(account).await;
        assert_eq!(known.len(), 1, "{known:?}");
        assert_eq!(known[0].0, "channel_create");
        assert_eq!(&known[0].1["channel"], seen);
    }
}

#[tokio::test]
async fn a_new_name_reaches_the_other_of_a_direct_message_and_nobody_else() {
    let world = World::start().await;
    let (ada, bob) = (world.account("ada").await, world.account("bob").await);
    let cara = world.account("cara").await;
    let guild = guild_of(&[&ada, &bob, &cara]).await;
    open(&bob, &ada).await.expect(201);
    let leave = format!("/api/v1/users/@me/guilds/{guild}");
    for account in [&bob, &cara] {
        account.client.delete(&leave).await.expect(204);
    }
    let body = json!({ "display_name": "Countess" });
    let renamed = ada.client.patch("/api/v1/users/@me", &body).await;
    let told = |known: Vec<(&'static str, Value)>| -> Vec<Value> {
        let told = known.into_iter().filter(|(kind, _)| *kind == "user_update");
        told.map(|(_, payload)| payload["user"].clone()).collect()
    };
    let user = renamed.expect(200).clone();
    assert_eq!(told(world.known_to(&bob).await), [user]);
    assert_eq!(told(world.known_to(&cara).await), [Value::Null; 0]);
}

// Lesson 28.
#[tokio::test]
async fn two_who_open_it_at_once_get_the_same_one() {
    let world = World::start_two().await;
    let (ada, bob) = (world.account("ada").await, world.account("bob").await);
    guild_of(&[&ada, &bob]).await;
    let elsewhere = Account {
        client: world.second.with_token(&bob.access_token),
        ..bob.clone()
    };
    let answers = join_all((0..10).map(|number| {
        let (from, to) = if number % 2 == 0 {
            (&ada, &bob)
        } else {
            (&elsewhere, &ada)
        };
        open(from, to)
    }))
    .await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 1);
    let mut ids: Vec<_> = answers
        .iter()
        .map(|answer| text(&answer.body["data"]["id"]))
        .collect();
    ids.dedup();
    assert_eq!(ids.len(), 1);
    for account in [&ada, &bob] {
        let list = account.client.get("/api/v1/users/@me/channels").await;
        assert_eq!(list.expect(200).as_array().unwrap().len(), 1);
        assert_eq!(world.known_to(account).await.len(), 1);
    }
}

#[tokio::test]
async fn a_stranger_is_answered_as_if_they_did_not_exist() {
    let world = World::start().await;
    let (ada, eve) = (world.account("ada").await, world.account("eve").await);
    guild_of(&[&ada]).await;
    let gone = guild_of(&[&ada, &eve]).await;
    ada.client
        .delete(&format!("/api/v1/guilds/{gone}"))
        .await
        .expect(204);
    let mut stranger = open(&eve, &ada).await;
    let body = json!({ "recipient_id": ada.session_id });
    let mut nobody = eve.client.post("/api/v1/users/@me/channels", &body).await;
    for answer in [&mut stranger, &mut nobody] {
        answer.expect_error(404, "NOT_FOUND");
        answer.body["error"]["request_id"].take();
    }
    assert_eq!(stranger.body, nobody.body);
}

#[tokio::test]
async fn what_is_wrong_with_a_recipient_is_named() {
    let world = World::start().await;
    let ada = world.account("ada").await;
    let wrong = [
        (json!({ "recipient_id": ada.id }), "recipient_id"),
        (json!({ "recipient_id": "nonsense" }), "recipient_id"),
        (json!({}), "recipient_id"),
        (
            json!({ "recipient_id": ada.id, "recipients": [] }),
            "recipients",
        ),
    ];
    for (body, field) in wrong {
        let answer = ada.client.post("/api/v1/users/@me/channels", &body).await;
        let error = answer.expect_error(400, "INVALID_REQUEST");
        assert_eq!(error["details"][0]["field"], field);
    }
}

#[tokio::test]
async fn who_has_talked_before_needs_no_common_guild_any_more() {
    let world = World::start().await;
    let (ada, bob) = (world.account("ada").await, world.account("bob").await);
    let guild = guild_of(&[&ada, &bob]).await;
    let channel = open(&ada, &bob).await;
    let id = text(&channel.expect(201)["id"]);
    ada.client
        .delete(&format!("/api/v1/guilds/{guild}"))
        .await
        .expect(204);
    assert_eq!(open(&bob, &ada).await.expect(200)["id"], id);
    let path = format!("/api/v1/channels/{id}/messages");
    bob.client
        .post(&path, &json!({ "content": "still here" }))
        .await
        .expect(201);
}
