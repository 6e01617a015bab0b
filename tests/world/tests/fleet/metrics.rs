//! No metric stays where it was.

use std::collections::BTreeMap;

use kith_testkit::{Gateway, PATIENCE, until, until_at_most};
use serde_json::json;

use kith_world::people::says;
use kith_world::world::{Member, World};

/// The sum of all samples of each exported name.
fn sums(text: &str) -> BTreeMap<String, f64> {
    let mut sums = BTreeMap::new();
    for line in text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        let (name, value) = line.rsplit_once(' ').expect("a sample has a value");
        let name = name.split('{').next().unwrap_or_default().to_owned();
        *sums.entry(name).or_insert(0.0) += value.parse::<f64>().expect("a sample is a number");
    }
    sums
}

async fn scrape(world: &World, seen: &mut BTreeMap<String, Vec<f64>>) {
    for member in world.apis.iter().chain(&world.gateways) {
        for (name, sum) in sums(&member.metrics().await) {
            seen.entry(name).or_default().push(sum);
        }
    }
}

/// Waits until a gauge shows something, and notes it.
async fn seen_above_zero(member: &Member, name: &str, seen: &mut BTreeMap<String, Vec<f64>>) {
    let sum = until(&format!("{name} is above 0"), async || {
        let sum = sums(&member.metrics().await)
            .get(name)
            .copied()
            .unwrap_or_default();
        if sum > 0.0 { Ok(sum) } else { Err("it is 0") }
    })
    .await;
    seen.entry(name.to_owned()).or_default().push(sum);
}

#[tokio::test]
async fn every_exported_metric_moves_when_the_fleet_is_used() {
    let mut world = World::builder()
        .set("KITH_GATEWAY_SESSION_BUFFER_KILOBYTES", "64")
        .set("KITH_PRESENCE_BEAT_INTERVAL_MS", "200")
        .start()
        .await;
    let mut seen: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    scrape(&world, &mut seen).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Measured").await;
    ada.bring(&guild, &bob).await;
    let mut socket = world.socket(&bob, 0).await;
    ada.post(&channel, "counted").await;
    socket.expect_where("MESSAGE_CREATE", says("counted")).await;
    let present = "kith_gateway_present_connections";
    seen_above_zero(&world.gateways[0], present, &mut seen).await;
    let _ = ada.try_post(&channel, "").await;
    scrape(&world, &mut seen).await;
    let (session, s) = (
        socket.session_id().unwrap().to_owned(),
        socket.last_s().unwrap(),
    );
    socket.abandon();
    // Engines away and back: what counts fallbacks, relayed events and interruptions moves too.
    world.redis.kill();
    world.nats.kill();
    ada.post(&channel, "relayed").await;
    scrape(&world, &mut seen).await;
    world.redis.restart().await;
    world.nats.restart().await;
    let mut again = until_at_most(PATIENCE * 2, "the session goes on", async || {
        let (url, token) = (world.gateway_url(0), &bob.account.access_token);
        let mut again = Gateway::resume(&url, token, &session, s).await;
        loop {
            let frame = again.frame().await.map_err(|end| format!("{end:?}"))?;
            match frame["op"].as_str() {
                Some("RESUMED") => return Ok::<_, String>(again),
                // As long as the engines come back it cannot be decided who somebody is: they try again.
                Some("INVALID_SESSION") => return Err(frame.to_string()),
                _ => {}
            }
        }
    })
    .await;
    let heard = again.dispatches("MESSAGE_CREATE");
    if !heard.iter().any(|frame| says("relayed")(&frame["d"])) {
        again.expect_where("MESSAGE_CREATE", says("relayed")).await;
    }
    ada.client()
        .post(&format!("/api/v1/channels/{channel}/typing"), &json!({}))
        .await
        .expect(204);
    again.expect("TYPING_START").await;
    ada.deny(&channel, &guild, "role", &["SEND_MESSAGES"]).await;
    again.expect("PERMISSIONS_UPDATE").await;
    scrape(&world, &mut seen).await;

    // What waits for a frozen broker, and what waits for a frozen api.
    world.nats.freeze();
    ada.post(&channel, "queued").await;
    seen_above_zero(&world.apis[0], "kith_outbox_queued", &mut seen).await;
    world.nats.thaw();
    again.expect_where("MESSAGE_CREATE", says("queued")).await;
    world.gateways[0].process.freeze();
    ada.deny(&channel, &guild, "role", &["MENTION_EVERYONE"])
        .await;
    ada.post(&channel, "held").await;
    world.apis[0].process.freeze();
    world.gateways[0].process.thaw();
    seen_above_zero(&world.gateways[0], "kith_gateway_held_frames", &mut seen).await;
    world.apis[0].process.thaw();
    again.expect_where("MESSAGE_CREATE", says("held")).await;

    // A guild that cannot be described any more.
    let bloat = "INSERT INTO channels (id, guild_id, kind, name, topic, position, created_at)
        SELECT gen_random_uuid(), guilds.id, 0, 'bloat', repeat('t', 50000), number, now()
        FROM guilds, generate_series(1, 400) AS number";
    world.execute(bloat).await;
    ada.deny(&channel, &guild, "role", &["ATTACH_FILES"]).await;
    let unavailable = "kith_gateway_guilds_unavailable";
    seen_above_zero(&world.gateways[0], unavailable, &mut seen).await;

    let still: Vec<_> = seen
        .iter()
        .filter(|(_, sums)| sums.iter().all(|sum| *sum == 0.0))
        .map(|(name, _)| name.as_str())
        .collect();
    assert!(
        still.is_empty(),
        "these metrics were 0 all the time: {still:?}"
    );
    world.finish().await;
}
