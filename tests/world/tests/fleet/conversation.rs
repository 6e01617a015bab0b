//! What people do all day, on two processes of each service.

use serde_json::json;

use kith_world::people::{says, text};
use kith_world::world::World;

#[tokio::test]
async fn people_on_different_gateways_read_each_other_in_one_order() {
    let world = World::builder().apis(2).gateways(2).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Analytical Engine").await;
    ada.bring(&guild, &bob).await;
    let mut at_ada = world.socket(&ada, 0).await;
    let mut at_bob = world.socket(&bob, 1).await;

    // Both post at the same moment through two processes of api, again and again.
    let (first, second) = (ada.at(&world.api(0)), bob.at(&world.api(1)));
    for round in 0..25 {
        let (a, b) = (format!("a{round}"), format!("b{round}"));
        tokio::join!(first.post(&channel, &a), second.post(&channel, &b));
    }
    let mut orders = Vec::new();
    for socket in [&mut at_ada, &mut at_bob] {
        while socket.dispatches("MESSAGE_CREATE").len() < 50 {
            socket.expect("MESSAGE_CREATE").await;
        }
        let order: Vec<_> = socket
            .dispatches("MESSAGE_CREATE")
            .iter()
            .map(|frame| {
                (
                    frame["d"]["message"]["seq"].clone(),
                    text(&frame["d"]["message"]["content"]),
                )
            })
            .collect();
        orders.push(order);
    }
    assert_eq!(orders[0], orders[1]);
    let seqs: Vec<_> = orders[0]
        .iter()
        .map(|(seq, _)| seq.as_i64().unwrap())
        .collect();
    assert_eq!(seqs, (1..=50).collect::<Vec<_>>());
    world.finish().await;
}

#[tokio::test]
async fn joining_is_live_and_leaving_too() {
    let world = World::builder().gateways(2).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let mut at_bob = world.socket(&bob, 1).await;
    let (guild, channel) = ada.create_guild("Open House").await;
    let mut at_ada = world.socket(&ada, 0).await;

    ada.bring(&guild, &bob).await;
    at_bob
        .expect_where("GUILD_CREATE", |d| d["guild"]["id"] == *guild)
        .await;
    at_ada
        .expect_where("GUILD_MEMBER_ADD", |d| {
            d["member"]["user"]["id"] == bob.id()
        })
        .await;
    ada.post(&channel, "welcome").await;
    at_bob.expect_where("MESSAGE_CREATE", says("welcome")).await;

    bob.client()
        .delete(&format!("/api/v1/users/@me/guilds/{guild}"))
        .await
        .expect(204);
    at_bob
        .expect_where("GUILD_DELETE", |d| d["guild_id"] == *guild)
        .await;
    at_ada
        .expect_where("GUILD_MEMBER_REMOVE", |d| d["user_id"] == bob.id())
        .await;
    ada.post(&channel, "he is gone").await;
    at_ada
        .expect_where("MESSAGE_CREATE", says("he is gone"))
        .await;
    // The fence: something that bob does receive, written after what he must not.
    let (_, own) = bob.create_guild("Alone").await;
    bob.post(&own, "fence").await;
    at_bob.expect_where("MESSAGE_CREATE", says("fence")).await;
    assert!(
        !at_bob
            .dispatches("MESSAGE_CREATE")
            .iter()
            .any(|f| says("he is gone")(&f["d"]))
    );
    world.finish().await;
}

#[tokio::test]
async fn two_gateways_tell_of_the_same_members_in_the_same_order() {
    let world = World::builder().apis(2).gateways(2).start().await;
    let (ada, bob, cyd) = (
        world.person("ada").await,
        world.person("bob").await,
        world.person("cyd").await,
    );
    let (guild, channel) = ada.create_guild("Coming and going").await;
    let mut sockets = [world.socket(&ada, 0).await, world.socket(&ada, 1).await];
    for round in 0..3 {
        for (friend, api) in [(&bob, round % 2), (&cyd, (round + 1) % 2)] {
            ada.at(&world.api(api)).bring(&guild, friend).await;
        }
        let path = format!("/api/v1/guilds/{guild}/members/{}", bob.id());
        ada.client().delete(&path).await.expect(204);
        let path = format!("/api/v1/users/@me/guilds/{guild}");
        cyd.client().delete(&path).await.expect(204);
    }
    ada.bring(&guild, &cyd).await;
    ada.post(&channel, "fence").await;
    let mut told = Vec::new();
    for socket in &mut sockets {
        socket.expect_where("MESSAGE_CREATE", says("fence")).await;
        let members = socket.received().iter().filter_map(|frame| {
            let (t, d) = (frame["t"].as_str()?, &frame["d"]);
            match t {
                "GUILD_MEMBER_ADD" => Some((t, text(&d["member"]["user"]["id"]))),
                "GUILD_MEMBER_REMOVE" => Some((t, text(&d["user_id"]))),
                _ => None,
            }
        });
        told.push(members.collect::<Vec<_>>());
    }
    assert_eq!(told[0].len(), 13, "{told:?}");
    assert_eq!(told[0], told[1]);
    // And a list that is fetched is what the events came to.
    let path = format!("/api/v1/guilds/{guild}/members");
    for api in 0..2 {
        let members = ada.at(&world.api(api)).client().get(&path).await;
        let members = members.expect(200).as_array().unwrap().iter();
        let members: Vec<_> = members.map(|member| text(&member["user"]["id"])).collect();
        assert_eq!(members, [ada.id(), cyd.id()]);
    }
    world.finish().await;
}

#[tokio::test]
async fn a_guild_that_is_created_appears_on_the_creators_open_socket() {
    let world = World::builder().start().await;
    let ada = world.person("ada").await;
    let mut socket = world.socket(&ada, 0).await;
    let (guild, channel) = ada.create_guild("New").await;
    socket
        .expect_where("GUILD_CREATE", |d| d["guild"]["id"] == *guild)
        .await;
    ada.post(&channel, "first").await;
    socket.expect_where("MESSAGE_CREATE", says("first")).await;
    world.finish().await;
}

#[tokio::test]
async fn two_people_talk_in_a_direct_message_until_one_blocks_the_other() {
    let world = World::builder().gateways(2).start().await;
    let (ada, bob, eve) = (
        world.person("ada").await,
        world.person("bob").await,
        world.person("eve").await,
    );
    let (guild, _) = ada.create_guild("Where they met").await;
    ada.bring(&guild, &bob).await;
    ada.bring(&guild, &eve).await;
    let mut at_bob = world.socket(&bob, 1).await;
    let mut at_eve = world.socket(&eve, 0).await;

    let body = json!({"recipient_id": bob.id()});
    let opened = ada.client().post("/api/v1/users/@me/channels", &body).await;
    let channel = text(&opened.expect(201)["id"]);
    ada.post(&channel, "psst").await;
    at_bob.expect_where("MESSAGE_CREATE", says("psst")).await;
    eve.try_post(&channel, "hello?")
        .await
        .expect_error(404, "NOT_FOUND");
    eve.read(&channel, "").await.expect_error(404, "NOT_FOUND");

    let blocked = bob
        .client()
        .put(
            &format!("/api/v1/users/@me/blocks/{}", ada.id()),
            &json!({}),
        )
        .await;
    blocked.expect(204);
    ada.try_post(&channel, "are you there?")
        .await
        .expect_error(403, "BLOCKED");
    // The fence shows that eve, who shares the guild, saw nothing of it.
    let (_, own) = eve.create_guild("Alone").await;
    eve.post(&own, "fence").await;
    at_eve.expect_where("MESSAGE_CREATE", says("fence")).await;
    assert!(
        !at_eve
            .dispatches("MESSAGE_CREATE")
            .iter()
            .any(|f| says("psst")(&f["d"]))
    );
    world.finish().await;
}

#[tokio::test]
async fn typing_reaches_the_others_of_the_channel_on_every_gateway() {
    let world = World::builder().gateways(2).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Typists").await;
    ada.bring(&guild, &bob).await;
    let mut at_bob = world.socket(&bob, 1).await;
    let path = format!("/api/v1/channels/{channel}/typing");
    ada.client().post(&path, &json!({})).await.expect(204);
    let typing = at_bob.expect("TYPING_START").await;
    assert_eq!(typing["d"]["user_id"], ada.id());
    assert_eq!(typing["d"]["channel_id"], *channel);
    world.finish().await;
}

#[tokio::test]
async fn unread_and_mention_counts_follow_what_was_read() {
    let world = World::builder().start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Counting").await;
    ada.bring(&guild, &bob).await;
    ada.post(&channel, "one").await;
    ada.post(&channel, &format!("two, <@{}>", bob.id())).await;
    ada.post(&channel, "three, @everyone").await;

    let (mut socket, _) =
        kith_testkit::Gateway::ready(&world.gateway_url(0), &bob.account.access_token).await;
    let snapshot = socket.dispatches("GUILD_CREATE")[0]["d"].clone();
    assert_eq!(snapshot["channels"][0]["last_seq"], 3);
    let state = snapshot["read_states"]
        .as_array()
        .and_then(|states| states.first().cloned());
    let mentions = state
        .as_ref()
        .map_or(0, |state| state["mention_count"].as_i64().unwrap());
    assert_eq!(mentions, 2, "{snapshot}");

    let path = format!("/api/v1/channels/{channel}/read");
    let read = bob.client().put(&path, &json!({"seq": 2})).await;
    assert_eq!(read.expect(200)["mention_count"], 1);
    let update = socket.expect("READ_STATE_UPDATE").await;
    assert_eq!(update["d"]["read_state"]["read_seq"], 2);
    world.finish().await;
}

#[tokio::test]
async fn edits_and_deletions_reach_readers_and_history() {
    let world = World::builder().start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Second thoughts").await;
    ada.bring(&guild, &bob).await;
    let mut at_bob = world.socket(&bob, 0).await;
    let message = text(&ada.post(&channel, "teh").await["id"]);
    let path = format!("/api/v1/channels/{channel}/messages/{message}");
    bob.client()
        .patch(&path, &json!({"content": "mine"}))
        .await
        .expect_error(403, "MISSING_PERMISSION");
    ada.client()
        .patch(&path, &json!({"content": "the"}))
        .await
        .expect(200);
    let update = at_bob.expect("MESSAGE_UPDATE").await;
    assert_eq!(update["d"]["message"]["content"], "the");
    ada.client().delete(&path).await.expect(204);
    let deleted = at_bob.expect("MESSAGE_DELETE").await;
    assert_eq!(deleted["d"]["message_id"], *message);
    let page = bob.read(&channel, "").await;
    assert_eq!(page.expect(200)[0]["content"], "");
    assert!(page.expect(200)[0]["deleted_at"].is_string());
    // The outbox and the nonces must not keep what was deleted.
    assert_eq!(
        world
            .count("SELECT count(*) FROM outbox WHERE payload LIKE '%teh%' AND stream_seq IS NULL")
            .await,
        0
    );
    world.finish().await;
}

// Lesson 43.
#[tokio::test]
async fn a_channel_that_opens_to_somebody_begins_for_them_then() {
    let world = World::builder().start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, open) = ada.create_guild("Doors").await;
    let closed = ada.create_channel(&guild, "closed").await;
    let other = ada.create_channel(&guild, "other").await;
    let key = ada.create_role(&guild, "key", &[]).await;
    for channel in [&closed, &other] {
        ada.deny(channel, &guild, "role", &["VIEW_CHANNEL"]).await;
        ada.post(channel, "@everyone before you could see it").await;
    }
    ada.post(&open, "@everyone before you came").await;
    ada.bring(&guild, &bob).await;
    let allow = |kind: &str| json!({"kind": kind, "allow": ["VIEW_CHANNEL"]});
    let overwrite =
        |channel: &str, target: &str| format!("/api/v1/channels/{channel}/overwrites/{target}");
    let client = ada.client();
    client
        .put(&overwrite(&closed, &key), &allow("role"))
        .await
        .expect(204);
    ada.assign(&guild, bob.id(), &key).await.expect(204);
    client
        .put(&overwrite(&other, bob.id()), &allow("member"))
        .await
        .expect(204);
    let mentions = async || {
        let socket = world.socket(&bob, 0).await;
        let told = socket.dispatches("GUILD_CREATE")[0].clone();
        let states = told["d"]["read_states"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        states
            .iter()
            .map(|state| state["mention_count"].as_i64().unwrap_or(0))
            .sum::<i64>()
    };
    assert_eq!(mentions().await, 0);
    ada.post(&other, "@everyone now").await;
    ada.post(&open, "@everyone now").await;
    assert_eq!(mentions().await, 2);
    world.finish().await;
}
