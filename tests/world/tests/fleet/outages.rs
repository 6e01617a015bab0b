//! Engines that are away: each row of the design's table, with the real engine stopped and started.

use std::time::Duration;

use kith_testkit::until;
use serde_json::json;

use kith_world::people::{Person, says, text};
use kith_world::world::World;

#[tokio::test]
async fn without_the_cache_people_log_in_post_read_and_reconnect() {
    let mut world = World::builder().start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("No cache").await;
    ada.bring(&guild, &bob).await;
    world.redis.kill();
    let again = Person::new(world.api(0).login("bob").await);
    let mut at_bob = world.socket(&again, 0).await;
    ada.post(&channel, "cached or not").await;
    at_bob
        .expect_where("MESSAGE_CREATE", says("cached or not"))
        .await;
    assert_eq!(
        bob.read(&channel, "")
            .await
            .expect(200)
            .as_array()
            .unwrap()
            .len(),
        1
    );
    world.redis.restart().await;
    ada.post(&channel, "back").await;
    at_bob.expect_where("MESSAGE_CREATE", says("back")).await;
    world.finish().await;
}

#[tokio::test]
async fn limits_hold_without_the_cache_too() {
    let mut world = World::builder().start().await;
    // An ordinary account, whose limits are not lifted.
    let ada = Person::new(world.api(0).register("ada").await);
    let (_, channel) = ada.create_guild("Limited").await;
    world.redis.kill();
    let mut refused = None;
    for index in 0..200 {
        let answer = ada.try_post(&channel, &format!("{index}")).await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("two hundred posts at once are more than anybody may");
    refused.expect_error(429, "RATE_LIMITED");
    assert!(refused.retry_after().is_some_and(|seconds| seconds >= 1));
    world.finish().await;
}

#[tokio::test]
async fn after_more_than_two_minutes_without_nats_everything_is_delivered_once_and_in_order() {
    // Two minutes are how long the stream remembers ids, and longer than clients of NATS like to wait.
    const AWAY: Duration = Duration::from_secs(125);
    let mut world = World::builder()
        .apis(2)
        .gateways(2)
        // Nobody reads the sockets while NATS is away, so nobody answers for them.
        .set("KITH_GATEWAY_HEARTBEAT_INTERVAL_MS", "300000")
        .start()
        .await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("No broker").await;
    ada.bring(&guild, &bob).await;
    let mut first = world.socket(&bob, 0).await;
    let mut second = world.socket(&bob, 1).await;
    ada.post(&channel, "before").await;
    for socket in [&mut first, &mut second] {
        socket.expect_where("MESSAGE_CREATE", says("before")).await;
    }

    world.nats.kill();
    let killed = tokio::time::Instant::now();
    for index in 0..20 {
        // Both processes of api write into the same channel.
        ada.at(&world.api(index % 2))
            .post(&channel, &format!("{index}"))
            .await;
    }
    // The sockets stay open all the while: their heartbeats are answered.
    for socket in [&mut first, &mut second] {
        socket
            .send(&json!({"op": "HEARTBEAT", "d": {"s": socket.last_s()}}))
            .await;
    }
    tokio::time::sleep_until(killed + AWAY).await;
    world.nats.restart().await;
    ada.post(&channel, "after").await;
    for socket in [&mut first, &mut second] {
        socket.expect_where("MESSAGE_CREATE", says("after")).await;
        let order: Vec<_> = socket
            .dispatches("MESSAGE_CREATE")
            .iter()
            .map(|frame| text(&frame["d"]["message"]["content"]))
            .collect();
        let mut expected = vec!["before".to_owned()];
        expected.extend((0..20).map(|index| index.to_string()));
        expected.push("after".to_owned());
        assert_eq!(order, expected);
    }
    world.finish().await;
}

#[tokio::test]
async fn a_stream_that_comes_back_empty_is_filled_again_and_clients_start_anew() {
    let mut world = World::builder().start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Lost stream").await;
    ada.bring(&guild, &bob).await;
    let mut at_bob = world.socket(&bob, 0).await;
    ada.post(&channel, "before").await;
    at_bob.expect_where("MESSAGE_CREATE", says("before")).await;
    world.nats.kill();
    ada.post(&channel, "meanwhile").await;
    world.nats.restart_empty().await;
    at_bob.expect_op("INVALID_SESSION").await;
    // A client that starts anew has the history and what comes next.
    let mut anew = world.socket(&bob, 0).await;
    let page = bob.read(&channel, "").await;
    assert_eq!(page.expect(200).as_array().unwrap().len(), 2);
    ada.post(&channel, "after").await;
    anew.expect_where("MESSAGE_CREATE", says("after")).await;
    world
        .finish_despite(&["the stream has lost events", "the stream is another one"])
        .await;
}

#[tokio::test]
async fn without_postgres_writes_are_refused_and_nothing_is_half_done() {
    let mut world = World::builder().own_postgres().start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("No truth").await;
    ada.bring(&guild, &bob).await;
    let mut at_bob = world.socket(&bob, 0).await;
    world.postgres.as_mut().unwrap().kill();
    let refused = ada.try_post(&channel, "lost").await;
    refused.expect_error(503, "UNAVAILABLE");
    assert!(refused.retry_after().is_some());
    // The socket lives on.
    at_bob
        .send(&json!({"op": "HEARTBEAT", "d": {"s": at_bob.last_s()}}))
        .await;
    world.postgres.as_mut().unwrap().restart().await;
    until("posting works again", async || {
        let answer = ada.try_post(&channel, "kept").await;
        if answer.status == 201 {
            Ok(())
        } else {
            Err(answer.body.to_string())
        }
    })
    .await;
    at_bob.expect_where("MESSAGE_CREATE", says("kept")).await;
    let page = ada.read(&channel, "").await;
    let contents: Vec<_> = page
        .expect(200)
        .as_array()
        .unwrap()
        .iter()
        .map(|message| text(&message["content"]))
        .collect();
    assert_eq!(contents, ["kept"]);
    world.finish().await;
}
