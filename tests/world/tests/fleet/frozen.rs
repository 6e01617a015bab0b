//! Parts that are not dead but stand still: connections stay open and nobody answers. It is what an overloaded machine, a
//! disk that hangs and a network that swallows packets look like.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kith_testkit::{Answer, Gateway, until};
use serde_json::json;
use tokio::task::JoinSet;

use kith_world::people::{Person, says, text};
use kith_world::world::{Member, World};

#[tokio::test]
async fn a_frozen_cache_keeps_nobody_from_logging_in_posting_and_reading() {
    let world = World::builder().start().await;
    // Ordinary accounts, for which the cache is asked.
    let ada = Person::new(world.api(0).register("ada").await);
    let bob = Person::new(world.api(0).register("bob").await);
    let (guild, channel) = ada.create_guild("Still cache").await;
    ada.bring(&guild, &bob).await;
    world.redis.freeze();
    let again = Person::new(world.api(0).login("bob").await);
    let mut at_bob = world.socket(&again, 0).await;
    ada.post(&channel, "frozen").await;
    at_bob.expect_where("MESSAGE_CREATE", says("frozen")).await;
    assert_eq!(bob.read(&channel, "").await.expect(200)[0]["seq"], 1);
    // Limits go on as well.
    let refused = until_refused(&ada, &channel).await;
    assert!(refused.retry_after().is_some_and(|seconds| seconds >= 1));
    world.redis.thaw();
    bob.post(&channel, "thawed").await;
    at_bob.expect_where("MESSAGE_CREATE", says("thawed")).await;
    world.finish().await;
}

async fn until_refused(person: &Person, channel: &str) -> Answer {
    for index in 0..200 {
        let answer = person.try_post(channel, &format!("{index}")).await;
        if answer.status == 429 {
            return answer;
        }
        answer.expect(201);
    }
    panic!("two hundred posts at once are more than anybody may");
}

#[tokio::test]
async fn what_is_posted_while_nats_is_frozen_arrives_once_and_in_order() {
    let world = World::builder().apis(2).gateways(2).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Still broker").await;
    ada.bring(&guild, &bob).await;
    let mut sockets = [world.socket(&bob, 0).await, world.socket(&bob, 1).await];
    let mut expected = Vec::new();
    // First for a moment, then until every process has given the connection up.
    for (round, noticed) in [("a moment", false), ("given up", true)] {
        world.nats.freeze();
        for index in 0..20 {
            let content = format!("{round} {index}");
            ada.at(&world.api(index % 2)).post(&channel, &content).await;
            expected.push(content);
        }
        for member in world.apis.iter().chain(&world.gateways).filter(|_| noticed) {
            disconnected(member).await;
        }
        // The sockets are served all the while.
        for socket in &mut sockets {
            let beat = json!({"op": "HEARTBEAT", "d": {"s": socket.last_s()}});
            socket.send(&beat).await;
            socket.acknowledged().await;
        }
        world.nats.thaw();
        let fence = format!("{round} is over");
        ada.post(&channel, &fence).await;
        for socket in &mut sockets {
            socket.expect_where("MESSAGE_CREATE", says(&fence)).await;
        }
        expected.push(fence);
    }
    for socket in &sockets {
        assert_eq!(contents(socket), expected);
    }
    world.finish().await;
}

async fn disconnected(member: &Member) {
    until("it has noticed that NATS is away", async || {
        let metrics = member.metrics().await;
        let away = metrics.lines().any(|line| line == "kith_bus_connected 0");
        if away { Ok(()) } else { Err("it is connected") }
    })
    .await;
}

/// The texts of all messages that a socket received, in that order; what came again counts once.
fn contents(socket: &Gateway) -> Vec<String> {
    let mut seen = BTreeSet::new();
    socket
        .dispatches("MESSAGE_CREATE")
        .iter()
        .filter(|frame| seen.insert(text(&frame["d"]["event_id"])))
        .map(|frame| text(&frame["d"]["message"]["content"]))
        .collect()
}

/// Somebody who posts numbered texts until told to stop, and sends again what was refused, as a client does.
fn talk(who: Person, channel: String, name: &'static str, stop: Arc<AtomicBool>) -> JoinSet<Said> {
    let mut talking = JoinSet::new();
    talking.spawn(async move {
        let path = format!("/api/v1/channels/{channel}/messages");
        let mut said = Said::default();
        while !stop.load(Ordering::Relaxed) {
            let content = format!("{name} {}", said.texts.len());
            let body = json!({"content": content, "nonce": content.replace(' ', "-")});
            loop {
                let answer = who.client().post(&path, &body).await;
                if matches!(answer.status, 200 | 201) {
                    break;
                }
                answer.expect_error(503, "UNAVAILABLE");
                assert!(answer.retry_after().is_some_and(|seconds| seconds >= 1));
                said.refused += 1;
            }
            said.texts.push(content);
        }
        said
    });
    talking
}

/// What somebody was told that it is said, in the order of saying it.
#[derive(Default)]
struct Said {
    texts: Vec<String>,
    refused: usize,
}

#[tokio::test]
async fn while_postgres_is_frozen_nothing_is_acknowledged_and_the_answer_says_when_to_come_back() {
    let world = World::builder().own_postgres().apis(2).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Still truth").await;
    ada.bring(&guild, &bob).await;
    let mut at_bob = world.socket(&bob, 0).await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut talking = JoinSet::new();
    for (index, name) in ["one", "two", "three", "four"].into_iter().enumerate() {
        let who = ada.at(&world.api(index % 2));
        let mut talk = talk(who, channel.clone(), name, stop.clone());
        talking.spawn(async move { talk.join_next().await.expect("there is one") });
    }
    at_bob.expect("MESSAGE_CREATE").await;
    let postgres = world.postgres.as_ref().expect("it has its own");
    postgres.freeze();
    // Somebody who comes now, to another channel and to each process.
    for index in 0..2 {
        let late = ada.at(&world.api(index));
        let refused = late.try_post(&channel, "late").await;
        refused.expect_error(503, "UNAVAILABLE");
        assert!(refused.retry_after().is_some_and(|seconds| seconds >= 1));
        let refused = late.read(&channel, "").await;
        refused.expect_error(503, "UNAVAILABLE");
    }
    // The socket is served all the while.
    let beat = json!({"op": "HEARTBEAT", "d": {"s": at_bob.last_s()}});
    at_bob.send(&beat).await;
    at_bob.acknowledged().await;
    // Who comes now is told to come again.
    let mut late = Gateway::connect(&world.gateway_url(0)).await;
    let identify = json!({"op": "IDENTIFY", "d": {"token": bob.account.access_token}});
    late.send(&identify).await;
    let invalid = late.expect_op("INVALID_SESSION").await;
    assert_eq!(invalid["d"]["resumable"], true);
    postgres.thaw();
    until("posting works again", async || {
        let answer = ada.try_post(&channel, "thawed").await;
        if answer.status == 201 {
            Ok(())
        } else {
            Err(answer.body.to_string())
        }
    })
    .await;
    stop.store(true, Ordering::Relaxed);
    let mut said = Vec::new();
    let mut refused = 0;
    while let Some(one) = talking.join_next().await {
        let one = one.expect("nobody panicked").expect("nobody panicked");
        refused += one.refused;
        said.push(one.texts);
    }
    assert!(refused > 0, "who talked did not notice anything");
    ada.post(&channel, "fence").await;
    at_bob.expect_where("MESSAGE_CREATE", says("fence")).await;
    let heard = contents(&at_bob);
    for texts in said {
        let name = texts[0].split(' ').next().expect("a name and a number");
        let of_one: Vec<_> = heard
            .iter()
            .filter(|content| content.split(' ').next() == Some(name))
            .cloned()
            .collect();
        assert_eq!(of_one, texts);
    }
    world.finish().await;
}

#[tokio::test]
async fn sessions_of_a_frozen_gateway_go_on_elsewhere_and_its_sockets_catch_up() {
    let world = World::builder().gateways(2).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Still gateway").await;
    ada.bring(&guild, &bob).await;
    let mut stuck = world.socket(&bob, 0).await;
    ada.post(&channel, "before").await;
    stuck.expect_where("MESSAGE_CREATE", says("before")).await;
    world.gateways[0].process.freeze();
    let mut expected = vec!["before".to_owned()];
    for index in 0..30 {
        let content = format!("{index}");
        ada.post(&channel, &content).await;
        expected.push(content);
    }
    let (session, s) = (
        stuck.session_id().unwrap().to_owned(),
        stuck.last_s().unwrap(),
    );
    let token = &bob.account.access_token;
    let mut again = Gateway::resume(&world.gateway_url(1), token, &session, s).await;
    again.expect_where("MESSAGE_CREATE", says("29")).await;
    assert_eq!(contents(&again), expected[1..]);
    world.gateways[0].process.thaw();
    ada.post(&channel, "fence").await;
    expected.push("fence".to_owned());
    for socket in [&mut stuck, &mut again] {
        socket.expect_where("MESSAGE_CREATE", says("fence")).await;
    }
    assert_eq!(contents(&stuck), expected);
    assert_eq!(contents(&again), expected[1..]);
    world.finish().await;
}

#[tokio::test]
async fn a_gateway_that_was_frozen_shows_nothing_that_began_after_a_ban() {
    let world = World::builder().start().await;
    let (ada, bob, cyd) = (
        world.person("ada").await,
        world.person("bob").await,
        world.person("cyd").await,
    );
    let (guild, channel) = ada.create_guild("Banned in their sleep").await;
    for friend in [&bob, &cyd] {
        ada.bring(&guild, friend).await;
    }
    let (_, own) = bob.create_guild("Alone").await;
    let mut at_bob = world.socket(&bob, 0).await;
    let mut at_cyd = world.socket(&cyd, 0).await;
    world.gateways[0].process.freeze();
    ada.ban(&guild, bob.id()).await;
    ada.type_in(&channel).await;
    ada.post(&channel, "after the ban").await;
    world.gateways[0].process.thaw();
    at_cyd
        .expect_where("MESSAGE_CREATE", says("after the ban"))
        .await;
    bob.post(&own, "fence").await;
    at_bob.expect_where("MESSAGE_CREATE", says("fence")).await;
    assert_eq!(contents(&at_bob), ["fence"]);
    assert!(at_bob.dispatches("TYPING_START").is_empty());
    world.finish().await;
}

#[tokio::test]
async fn a_frozen_api_holds_nobody_up_and_what_it_answered_is_true() {
    let world = World::builder().apis(2).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Still api").await;
    ada.bring(&guild, &bob).await;
    let mut at_bob = world.socket(&bob, 0).await;
    // It stands still in the middle of many things: posts, and edits, which hold the channel's lock for several statements.
    let first = text(&ada.post(&channel, "first").await["id"]);
    let stop = Arc::new(AtomicBool::new(false));
    let mut talking = talk(ada.clone(), channel.clone(), "talk", stop.clone());
    let mut editing = JoinSet::new();
    for editor in 0..4 {
        let (ada, stop) = (ada.clone(), stop.clone());
        let path = format!("/api/v1/channels/{channel}/messages/{first}");
        editing.spawn(async move {
            let mut edits = 0;
            while !stop.load(Ordering::Relaxed) {
                let body = json!({"content": format!("edit {editor} {edits}")});
                let answer = ada.client().patch(&path, &body).await;
                assert!(matches!(answer.status, 200 | 503), "{}", answer.body);
                edits += 1;
            }
        });
    }
    for _ in 0..20 {
        at_bob.expect("MESSAGE_CREATE").await;
        at_bob.expect("MESSAGE_UPDATE").await;
    }
    world.apis[0].process.freeze();
    let other = ada.at(&world.api(1));
    until("posting through another process works", async || {
        let answer = other.try_post(&channel, "elsewhere").await;
        match answer.status {
            201 => Ok(()),
            503 if answer.retry_after().is_some() => Err(answer.body.to_string()),
            _ => panic!("{}", answer.body),
        }
    })
    .await;
    at_bob
        .expect_where("MESSAGE_CREATE", says("elsewhere"))
        .await;
    world.apis[0].process.thaw();
    stop.store(true, Ordering::Relaxed);
    editing.join_all().await;
    let said = talking.join_next().await.expect("there is one");
    let said = said.expect("nobody panicked").texts;
    other.post(&channel, "fence").await;
    at_bob.expect_where("MESSAGE_CREATE", says("fence")).await;
    let heard: Vec<_> = contents(&at_bob)
        .into_iter()
        .filter(|content| content.starts_with("talk "))
        .collect();
    assert_eq!(heard, said);
    world.finish().await;
}
