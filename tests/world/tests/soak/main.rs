//! A random soak: people talk, come and go and are let in and thrown out, while engines and services are killed and frozen.
//!
//! `KITH_SOAK_SECONDS` says how long (60 unless said otherwise), `KITH_SOAK_SEED` which choices are made (1 unless said otherwise).
//! The choices of each actor are the same in every run with the same seed; how they interleave is up to the machine.

mod actors;
mod faults;
mod ledger;
mod listener;
mod model;
#[expect(
    dead_code,
    reason = "the fleet's own tests use all of it, the soak a part"
)]
#[path = "../fleet/people.rs"]
mod people;
mod rights;
mod verdict;
#[expect(
    dead_code,
    reason = "the fleet's own tests use all of it, the soak a part"
)]
#[path = "../fleet/world.rs"]
mod world;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use crate::actors::Stage;
use crate::ledger::{Chance, Ledger, Place};
use crate::listener::{Ears, View};
use crate::model::{Door, Rights};
use crate::people::{Person, text};
use crate::rights::Domain;
use crate::world::World;

/// How many people take part. The first own guilds whose rights change; nobody leaves the last guild.
const PEOPLE: usize = 6;
/// Guilds whose rights change, and their channels.
const DOMAINS: usize = 2;
const CHANNELS: usize = 3;
/// Short, so that who listens to somebody frozen finds out soon.
const HEARTBEAT: Duration = Duration::from_secs(2);

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
        .apis(2)
        .gateways(2)
        .set(
            "KITH_GATEWAY_HEARTBEAT_INTERVAL_MS",
            &HEARTBEAT.as_millis().to_string(),
        )
        .start()
        .await;
    let (stage, domains) = set_up(&world).await;
    let ledger = stage.ledger.clone();

    let mut listeners = JoinSet::new();
    let mut views = Vec::new();
    let gateways: Arc<[String]> = (0..2).map(|index| world.gateway_url(index)).collect();
    for (who, person) in stage.people.iter().enumerate() {
        let view = Arc::new(Mutex::new(View::default()));
        views.push(view.clone());
        let ears = Ears {
            who,
            token: person.account.access_token.clone(),
            gateways: gateways.clone(),
            heartbeat: HEARTBEAT,
            view,
            ledger: ledger.clone(),
            chance: Chance::of(seed, 100 + who as u64),
            trail: Mutex::default(),
        };
        listeners.spawn(ears.listen());
    }
    let mut actors = JoinSet::new();
    for who in 0..PEOPLE {
        let chance = Chance::of(seed, 200 + who as u64);
        actors.spawn(actors::talk(stage.clone(), who, chance));
    }
    for domain in domains {
        let chance = Chance::of(seed, 300 + domain.index as u64);
        actors.spawn(rights::rule(stage.clone(), domain, chance));
    }
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
    for member in world.apis.iter().chain(&world.gateways) {
        member.ready().await;
    }
    tokio::select! {
        () = verdict::catch_up(&world, &stage, &views) => {}
        Some(ended) = listeners.join_next() => ended.expect("a listener found what must not be"),
    }
    listeners.shutdown().await;
    verdict::judge(&stage, &views).await;
    for (what, times) in ledger.counts() {
        println!("soak: {times} {what}");
    }
    world.finish().await;
}

/// People, guilds and places to talk in; everybody is in everything, and nothing has been said.
async fn set_up(world: &World) -> (Stage, Vec<Domain>) {
    let mut people: Vec<Person> = Vec::new();
    for who in 0..PEOPLE {
        people.push(world.person(&format!("person{who}")).await);
    }
    let (mut places, mut rights, mut domains) = (Vec::new(), Vec::new(), Vec::new());
    for index in 0..=DOMAINS {
        let owner = &people[index];
        let (guild, first) = owner.create_guild(&format!("Guild {index}")).await;
        let mut channels = vec![first];
        for number in 1..CHANNELS {
            channels.push(
                owner
                    .create_channel(&guild, &format!("room-{number}"))
                    .await,
            );
        }
        let role = owner.create_role(&guild, "keeper", &[]).await;
        // The last channel is one that the special role sees whatever everyone may.
        let last = channels.last().expect("there are some");
        let path = format!("/api/v1/channels/{last}/overwrites/{role}");
        let body = json!({"kind": "role", "allow": ["VIEW_CHANNEL"]});
        owner.client().put(&path, &body).await.expect(204);
        let invite = owner.invite(&guild, json!({})).await;
        for person in people.iter().filter(|person| person.id() != owner.id()) {
            person.accept(&invite).await.expect(200);
        }
        let door = |channel: &String| {
            let door = Door {
                keepers: channel == last,
                ..Door::default()
            };
            (channel.clone(), door)
        };
        rights.push(Rights {
            owner: index,
            members: (0..PEOPLE).collect(),
            doors: channels.iter().map(door).collect(),
            ..Rights::default()
        });
        places.extend(channels.iter().map(|channel| Place {
            channel: channel.clone(),
            guild: Some(index),
            pair: None,
        }));
        if index < DOMAINS {
            domains.push(Domain {
                index,
                owner: index,
                id: guild,
                channels,
                role,
                invite,
            });
        }
    }
    for pair in [(0, 3), (4, 5)] {
        let body = json!({"recipient_id": people[pair.1].id()});
        let opened = people[pair.0]
            .client()
            .post("/api/v1/users/@me/channels", &body)
            .await;
        places.push(Place {
            channel: text(&opened.expect(201)["id"]),
            guild: None,
            pair: Some(pair),
        });
    }
    let stage = Stage {
        ledger: Arc::new(Ledger::new(places, rights)),
        people: people.into(),
        apis: (0..2).map(|index| world.api(index)).collect(),
        stop: Arc::new(AtomicBool::new(false)),
    };
    (stage, domains)
}
