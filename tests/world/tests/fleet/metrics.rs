//! No metric stays where it was.

use std::collections::BTreeMap;

use kith_testkit::Gateway;
use serde_json::json;

use crate::people::says;
use crate::world::World;

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

#[tokio::test]
async fn every_exported_metric_moves_when_the_fleet_is_used() {
    let mut world = World::builder()
        .set("KITH_GATEWAY_SESSION_BUFFER_KILOBYTES", "64")
        .start()
        .await;
    let mut seen: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut scrape = async |world: &World| {
        for member in world.apis.iter().chain(&world.gateways) {
            for (name, sum) in sums(&member.metrics().await) {
                seen.entry(name).or_default().push(sum);
            }
        }
    };
    scrape(&world).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Measured").await;
    ada.bring(&guild, &bob).await;
    let mut socket = world.socket(&bob, 0).await;
    ada.post(&channel, "counted").await;
    socket.expect_where("MESSAGE_CREATE", says("counted")).await;
    let _ = ada.try_post(&channel, "").await;
    scrape(&world).await;
    let (session, s) = (
        socket.session_id().unwrap().to_owned(),
        socket.last_s().unwrap(),
    );
    socket.abandon();
    // Engines away and back: what counts fallbacks, relayed events and interruptions moves too.
    world.redis.kill();
    world.nats.kill();
    ada.post(&channel, "relayed").await;
    scrape(&world).await;
    world.redis.restart().await;
    world.nats.restart().await;
    let mut again = Gateway::resume(
        &world.gateway_url(0),
        &bob.account.access_token,
        &session,
        s,
    )
    .await;
    again.expect_where("MESSAGE_CREATE", says("relayed")).await;
    ada.client()
        .post(&format!("/api/v1/channels/{channel}/typing"), &json!({}))
        .await
        .expect(204);
    again.expect("TYPING_START").await;
    ada.deny(&channel, &guild, "role", &["SEND_MESSAGES"]).await;
    again.expect("PERMISSIONS_UPDATE").await;
    scrape(&world).await;

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
