//! A random soak: people talk, send files, search, come and go and are let in and thrown out, while engines and services are
//! killed and frozen.
//!
//! `KITH_SOAK_SECONDS` says how long (60 unless said otherwise), `KITH_SOAK_SEED` which choices are made (1).
//! The choices of each actor are the same in every run with the same seed; how they interleave is up to the machine.

mod actors;
mod faults;
mod files;
mod found;
mod ledger;
mod listener;
mod model;
mod rights;
mod seen;
mod setting;
mod verdict;

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::ledger::Chance;
use crate::setting::{Doors, PEOPLE, set_up};
use kith_world::world::World;

/// Short, so that who listens to somebody frozen finds out soon.
const HEARTBEAT: Duration = Duration::from_secs(2);

#[expect(
    clippy::disallowed_methods,
    reason = "it is a setting of this test, not of an instance"
)]
fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| {
        let number = value.parse();
        number.unwrap_or_else(|_| panic!("{name} must be a number, not {value}"))
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_breaks_nothing_acknowledged_is_lost_and_nobody_sees_what_they_must_not() {
    let length = Duration::from_secs(from_environment("KITH_SOAK_SECONDS", 60));
    let seed = from_environment("KITH_SOAK_SEED", 1);
    println!(
        "soak: KITH_SOAK_SEED={seed} KITH_SOAK_SECONDS={}",
        length.as_secs()
    );
    let mut world = World::builder()
        .own_postgres()
        .own_garage()
        .apis(2)
        .gateways(2)
        .presences(2)
        .medias(2)
        .searches(2)
        // Longer than anything stands still here, so that who is there is missed only while they are not.
        .set("KITH_PRESENCE_TTL_MS", "5000")
        .set("KITH_PRESENCE_BEAT_INTERVAL_MS", "1000")
        .set("KITH_PRESENCE_REAP_INTERVAL_MS", "500")
        .set(
            "KITH_GATEWAY_HEARTBEAT_INTERVAL_MS",
            &HEARTBEAT.as_millis().to_string(),
        )
        .start()
        .await;
    let mut people = Vec::new();
    for who in 0..PEOPLE {
        people.push(world.person(&format!("person{who}")).await);
    }
    let doors = Doors {
        apis: (0..2).map(|index| world.api(index)).collect(),
        medias: (0..2).map(|index| world.media_door(index)).collect(),
        searches: true,
    };
    let (stage, domains) = set_up(people, doors).await;
    let ledger = stage.ledger.clone();

    let gateways = (0..2).map(|index| world.gateway_url(index)).collect();
    let (mut listeners, views) = listener::all(&stage, gateways, HEARTBEAT, seed);
    let mut actors = actors::all(&stage, domains, seed);
    let chance = Chance::of(seed, 400);
    tokio::select! {
        () = faults::break_things(&mut world, &ledger, &chance, length) => {}
        Some(ended) = listeners.join_next() => ended.expect("a listener found what must not be"),
        Some(ended) = actors.join_next() => ended.expect("an actor was answered what must not be"),
    }
    stage.stop.store(true, Ordering::Relaxed);
    while let Some(ended) = actors.join_next().await {
        ended.expect("an actor was answered what must not be");
    }
    for member in world.members() {
        member.ready().await;
    }
    tokio::select! {
        () = verdict::catch_up(async || world.unsettled().await, &stage, &views) => {}
        Some(ended) = listeners.join_next() => ended.expect("a listener found what must not be"),
    }
    listeners.shutdown().await;
    verdict::judge(&stage, &views).await;
    for (what, times) in ledger.counts() {
        println!("soak: {times} {what}");
    }
    world.finish().await;
}
