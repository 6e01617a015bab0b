//! What a message costs: as much as its readers, and nothing for those who have no part in it.

use std::collections::BTreeMap;

use kith_testkit::until;
use serde_json::json;

use kith_world::people::{says, text};
use kith_world::world::{Member, World};

/// What a process has counted so far, all labels together, of these metrics.
async fn counted(member: &Member, names: &[&str]) -> BTreeMap<String, u64> {
    let metrics = member.metrics().await;
    let mut sums: BTreeMap<String, u64> =
        names.iter().map(|name| ((*name).to_owned(), 0)).collect();
    for line in metrics.lines() {
        let (name, value) = line.rsplit_once(' ').unwrap_or_default();
        let name = name.split('{').next().unwrap_or_default();
        if names.contains(&name) {
            let value: f64 = value.parse().expect("a sample is a number");
            *sums.entry(name.to_owned()).or_default() += value as u64;
        }
    }
    sums
}

#[tokio::test]
async fn a_direct_message_is_written_to_its_two_people_and_asks_nobody_whoever_else_is_there() {
    const UNINVOLVED: usize = 60;
    const MESSAGES: u64 = 10;
    let world = World::builder().start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, _) = ada.create_guild("Crowd").await;
    ada.bring(&guild, &bob).await;
    let body = json!({"recipient_id": bob.id()});
    let opened = ada.client().post("/api/v1/users/@me/channels", &body).await;
    let channel = text(&opened.expect(201)["id"]);
    let cyd = world.person("cyd").await;
    ada.bring(&guild, &cyd).await;
    let mut crowd = Vec::new();
    for _ in 0..UNINVOLVED {
        crowd.push(world.socket(&cyd, 0).await);
    }
    let mut at_ada = world.socket(&ada, 0).await;
    let mut at_bob = world.socket(&bob, 0).await;
    // Of the gateway: what it wrote to sockets. Of the api: what gateways have asked it.
    let (written, asked) = ("kith_gateway_dispatches_total", "kith_bus_answers_total");
    let before_writing = counted(&world.gateways[0], &[written]).await;
    let before_asking = counted(&world.apis[0], &[asked]).await;
    for number in 0..MESSAGES {
        ada.post(&channel, &format!("{number}")).await;
    }
    let last = format!("{}", MESSAGES - 1);
    for socket in [&mut at_ada, &mut at_bob] {
        socket.expect_where("MESSAGE_CREATE", says(&last)).await;
    }
    // It counts after it has written.
    until("all is counted", async || {
        let now = counted(&world.gateways[0], &[written]).await[written];
        match now - before_writing[written] {
            // Each message to both, and to its author's own devices what they have read.
            few if few < MESSAGES * 2 => Err(format!("{few} so far")),
            enough if enough <= MESSAGES * 3 => Ok(()),
            many => panic!("{many} writes for {MESSAGES} messages to two people"),
        }
    })
    .await;
    assert_eq!(counted(&world.apis[0], &[asked]).await, before_asking);
    drop(crowd);
    world.finish().await;
}
