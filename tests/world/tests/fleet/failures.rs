//! Processes that die in the middle of it.

use std::collections::BTreeSet;

use kith_testkit::Gateway;
use serde_json::json;

use kith_world::people::{says, text};
use kith_world::world::World;

#[tokio::test]
async fn a_killed_gateway_loses_nothing_doubles_nothing_and_keeps_the_order() {
    let mut world = World::builder().gateways(2).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Killed").await;
    ada.bring(&guild, &bob).await;
    let mut at_bob = world.socket(&bob, 0).await;
    let mut received = Vec::new();
    for index in 0..30 {
        ada.post(&channel, &format!("{index}")).await;
        if index == 10 {
            let frame = at_bob.expect_where("MESSAGE_CREATE", says("10")).await;
            assert!(frame["s"].as_u64() <= at_bob.last_s());
            received.extend(contents(&at_bob));
            world.gateways[0].process.kill();
            let (session, s) = (
                at_bob.session_id().unwrap().to_owned(),
                at_bob.last_s().unwrap(),
            );
            at_bob = Gateway::resume(
                &world.gateway_url(1),
                &bob.account.access_token,
                &session,
                s,
            )
            .await;
        }
    }
    at_bob.expect_where("MESSAGE_CREATE", says("29")).await;
    received.extend(contents(&at_bob));
    // A repeat is allowed on the wire; clients drop it by event id, as this does.
    let mut seen = BTreeSet::new();
    received.retain(|(event, _)| seen.insert(event.clone()));
    let order: Vec<_> = received.into_iter().map(|(_, content)| content).collect();
    assert_eq!(
        order,
        (0..30).map(|index| index.to_string()).collect::<Vec<_>>()
    );
    world.gateways.remove(0);
    world.finish().await;
}

fn contents(socket: &Gateway) -> Vec<(String, String)> {
    let frames = socket.dispatches("MESSAGE_CREATE");
    frames
        .iter()
        .map(|frame| {
            (
                text(&frame["d"]["event_id"]),
                text(&frame["d"]["message"]["content"]),
            )
        })
        .collect()
}

#[tokio::test]
async fn what_a_killed_api_acknowledged_is_delivered_by_another() {
    let mut world = World::builder().apis(2).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Half done").await;
    ada.bring(&guild, &bob).await;
    let mut at_bob = world.socket(&bob, 0).await;

    // Many posts are under way when the process dies; what was answered 201 must arrive.
    let dying = ada.at(&world.api(0));
    let posts = (0..200).map(|index| {
        let (dying, channel) = (dying.clone(), channel.clone());
        async move {
            let path = format!("/api/v1/channels/{channel}/messages");
            let body = json!({"content": format!("{index}")});
            let answer = dying
                .client()
                .try_send(reqwest::Method::POST, &path, Some(&body))
                .await;
            answer
                .ok()
                .filter(|answer| answer.status == 201)
                .map(|answer| text(&answer.body["data"]["id"]))
        }
    });
    let mut posting: tokio::task::JoinSet<_> = posts.collect();
    let mut acknowledged = BTreeSet::<String>::new();
    while acknowledged.is_empty() {
        let answered = posting.join_next().await.expect("one is acknowledged");
        acknowledged.extend(answered.expect("it does not panic"));
    }
    world.apis[0].process.kill();
    acknowledged.extend(posting.join_all().await.into_iter().flatten());

    let survivor = ada.at(&world.api(1));
    survivor.post(&channel, "fence").await;
    at_bob.expect_where("MESSAGE_CREATE", says("fence")).await;
    let mut delivered: Vec<(i64, String)> = at_bob
        .dispatches("MESSAGE_CREATE")
        .iter()
        .map(|frame| {
            (
                frame["d"]["message"]["seq"].as_i64().unwrap(),
                text(&frame["d"]["message"]["id"]),
            )
        })
        .collect();
    delivered.dedup();
    let seqs: Vec<_> = delivered.iter().map(|(seq, _)| *seq).collect();
    assert_eq!(seqs, (1..=seqs.len() as i64).collect::<Vec<_>>());
    let ids: BTreeSet<String> = delivered.into_iter().map(|(_, id)| id).collect();
    assert!(acknowledged.is_subset(&ids));
    world.apis.remove(0);
    world.finish().await;
}

#[tokio::test]
async fn an_event_whose_process_died_between_commit_and_publish_is_published_by_another() {
    let mut world = World::builder().apis(2).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Between").await;
    ada.bring(&guild, &bob).await;
    let mut at_bob = world.socket(&bob, 0).await;
    // With NATS frozen nothing can be published; the process dies with the event in its queue.
    world.nats.freeze();
    let first = ada.at(&world.api(0));
    first.post(&channel, "committed").await;
    world.apis[0].process.kill();
    world.nats.thaw();
    ada.at(&world.api(1)).post(&channel, "later").await;
    at_bob.expect_where("MESSAGE_CREATE", says("later")).await;
    let order: Vec<_> = contents(&at_bob)
        .into_iter()
        .map(|(_, content)| content)
        .collect();
    assert_eq!(order, ["committed", "later"]);
    world.apis.remove(0);
    world.finish().await;
}

#[tokio::test]
async fn a_socket_that_stops_reading_is_closed_and_delays_nobody() {
    let world = World::builder()
        .set("KITH_GATEWAY_SESSION_BUFFER_KILOBYTES", "64")
        .start()
        .await;
    let (ada, bob, cyd) = (
        world.person("ada").await,
        world.person("bob").await,
        world.person("cyd").await,
    );
    let (guild, channel) = ada.create_guild("Stalled").await;
    ada.bring(&guild, &bob).await;
    ada.bring(&guild, &cyd).await;
    let stalled = world.socket(&bob, 0).await;
    let mut socket = world.socket(&cyd, 0).await;
    let mut reading = tokio::task::JoinSet::new();
    reading.spawn(async move {
        socket.expect_where("MESSAGE_CREATE", says("fence")).await;
        socket
    });
    // More than the kernel's buffers and the session's own take together.
    let text = "x".repeat(4000);
    let mut posted = 0;
    while closed_as_slow(&world).await == 0 {
        for _ in 0..50 {
            ada.post(&channel, &text).await;
        }
        posted += 50;
        assert!(posted < 5000, "the stalled socket is still open");
    }
    ada.post(&channel, "fence").await;
    let reading = reading.join_next().await;
    let reading = reading
        .expect("there is one")
        .expect("cyd has read everything");
    assert_eq!(reading.dispatches("MESSAGE_CREATE").len(), posted + 1);
    drop(stalled);
    world.finish().await;
}

/// How many sockets the first gateway has closed because they did not read.
async fn closed_as_slow(world: &World) -> usize {
    let metrics = world.gateways[0].metrics().await;
    metrics
        .lines()
        .filter(|line| line.starts_with("kith_gateway_closed_total") && line.contains("slow"))
        .count()
}
