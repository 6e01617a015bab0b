//! A drill on several hosts: two with an api, a gateway and a presence process each, three nodes of NATS that each keep all events, a front door.
//! Under load the leader of the stream is killed, and then one host is cut off.
//!
//! The hosts are network namespaces, which takes root and iproute2. Where they cannot be made, the test says why and is skipped.

#[path = "../soak/actors.rs"]
mod actors;
#[path = "../soak/files.rs"]
mod files;
mod fleet;
#[path = "../soak/found.rs"]
mod found;
#[path = "../soak/ledger.rs"]
mod ledger;
#[path = "../soak/listener.rs"]
mod listener;
#[path = "../soak/model.rs"]
mod model;
mod network;
#[path = "../soak/rights.rs"]
mod rights;
#[path = "../soak/seen.rs"]
mod seen;
#[path = "../soak/setting.rs"]
mod setting;
#[path = "../soak/verdict.rs"]
mod verdict;

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::Duration;

use kith_testkit::{Client, PATIENCE, until_at_most};

use crate::actors::Stage;
use crate::fleet::Fleet;
use crate::ledger::{Outcome, lock};
use crate::model::Tick;
use crate::network::{Host, Network};
use crate::setting::{Doors, PEOPLE, RESIDENTS, set_up};

/// Short, so that who listens to somebody cut off finds out soon.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// The choices that people make.
const SEED: u64 = 1;
/// Says in whose namespaces the drill inside runs. An instance would take `KITH_…` for a setting of its own.
const OWNER: &str = "DRILL_OWNER";

#[test]
fn nothing_acknowledged_is_lost_when_the_leader_of_nats_dies_and_a_host_is_cut_off() {
    let network = match Network::new() {
        Ok(network) => network,
        Err(why) => {
            println!("SKIPPED: there can be no network namespaces here: {why}");
            return;
        }
    };
    // The drill runs inside of the hub, so that all its traffic stays in the namespaces.
    let inside = Command::new("ip")
        .args(["netns", "exec", &Host::Hub.namespace(network.owner())])
        .arg(std::env::current_exe().expect("a running program has a path"))
        .args(["inside_of_the_hub", "--ignored", "--exact", "--nocapture"])
        .env(OWNER, network.owner().to_string())
        .status();
    drop(network);
    assert!(
        inside.is_ok_and(|status| status.success()),
        "the drill failed; see above"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the test above runs it, in namespaces that it has made"]
async fn inside_of_the_hub() {
    let owner = owner();
    let millis = HEARTBEAT.as_millis().to_string();
    let mut fleet = Fleet::start(owner, &[("KITH_GATEWAY_HEARTBEAT_INTERVAL_MS", &millis)]).await;
    let mut people = Vec::new();
    for who in 0..PEOPLE {
        people.push(fleet.person(&format!("person{who}")).await);
    }
    let door = Fleet::door();
    let doors = Doors {
        apis: vec![Client::new(&format!("http://{door}"))],
        medias: Vec::new(),
        searches: false,
    };
    let (stage, domains) = set_up(people, doors).await;
    let gateways = vec![format!("ws://{door}/gateway")];
    let (mut listeners, views) = listener::all(&stage, gateways, HEARTBEAT, SEED);
    let mut actors = actors::all(&stage, domains, SEED);
    tokio::select! {
        () = drill(&mut fleet, &stage) => {}
        Some(ended) = listeners.join_next() => ended.expect("a listener found what must not be"),
        Some(ended) = actors.join_next() => ended.expect("an actor was answered what must not be"),
    }
    stage.stop.store(true, Ordering::Relaxed);
    while let Some(ended) = actors.join_next().await {
        ended.expect("an actor was answered what must not be");
    }
    tokio::select! {
        () = verdict::catch_up(async || fleet.unsettled().await, &stage, &views) => {}
        Some(ended) = listeners.join_next() => ended.expect("a listener found what must not be"),
    }
    listeners.shutdown().await;
    verdict::judge(&stage, &views).await;
    for (what, times) in stage.ledger.counts() {
        println!("drill: {times} {what}");
    }
    fleet.finish();
}

#[expect(
    clippy::disallowed_methods,
    reason = "it is how this test talks to itself, and no setting of an instance"
)]
fn owner() -> u32 {
    let owner = std::env::var(OWNER).ok();
    let owner = owner.and_then(|owner| owner.parse().ok());
    owner.expect("the test above says whose namespaces they are")
}

/// What goes wrong, under load, and that it goes on all the same.
async fn drill(fleet: &mut Fleet, stage: &Stage) {
    fleet.replicated().await;
    goes_on(stage, "at first").await;

    let leader = fleet.leader().await;
    println!("drill: the leader on {leader:?} is killed");
    fleet.node(leader).kill();
    goes_on(stage, "without the leader of NATS").await;
    fleet.node(leader).restart();
    fleet.replicated().await;
    goes_on(stage, "with the leader of NATS back").await;

    println!("drill: host B is cut off");
    network::connect(Host::B, false);
    goes_on(stage, "without host B").await;
    network::connect(Host::B, true);
    fleet.ready().await;
    fleet.replicated().await;
    goes_on(stage, "with host B back").await;
    // Whoever only reads is answered, if with 503, before they have waited for as long as clients wait for anything.
    let counts = stage.ledger.counts();
    assert_eq!(counts.get("reads without an answer"), None);
}

/// Waits until everybody has posted something that everybody in the place received, all begun from now on. What people
/// share for certain is the last guild.
async fn goes_on(stage: &Stage, when: &str) {
    let ledger = &stage.ledger;
    let from = ledger.ticks.next();
    // A client may have to give up a request before it can ask again.
    let patience = PATIENCE * 4;
    until_at_most(
        patience,
        &format!("everybody talks and hears {when}"),
        async || {
            let (authors, ears) = since(stage, from);
            if authors.len() == RESIDENTS && ears.len() == RESIDENTS {
                Ok(())
            } else {
                Err(format!(
                    "{authors:?} were answered and {ears:?} heard something"
                ))
            }
        },
    )
    .await;
    println!("drill: it goes on {when}");
}

/// Whose posts from `from` on were acknowledged, and who has heard one of them.
fn since(stage: &Stage, from: Tick) -> (BTreeSet<usize>, BTreeSet<usize>) {
    let said = lock(&stage.ledger.said);
    let new = said.iter().map(|one| (one.author, &one.texts[0]));
    let new = new.filter(|(_, text)| text.asked >= from);
    let mut tags = BTreeSet::new();
    let mut authors = BTreeSet::new();
    for (author, text) in new {
        tags.insert(text.tag.as_str());
        if let Outcome::Done(_) = text.outcome
            && author < RESIDENTS
        {
            authors.insert(author);
        }
    }
    let heard = lock(&stage.ledger.heard);
    let new = heard.iter().filter(|heard| match &heard.about {
        ledger::About::Text(tag) => tags.contains(tag.as_str()),
        _ => false,
    });
    let ears = new.map(|heard| heard.who).filter(|who| *who < RESIDENTS);
    (authors, ears.collect())
}
