//! Presence when its only process stops or stands still under traffic: people go on talking, nobody is said to be gone who is
//! not, and how everybody is seen is right again afterwards.

use kith_testkit::{PATIENCE, Process, until_at_most};
use serde_json::{Value, json};

use crate::presence::{Two, choose, fence, look, sees, world};
use kith_world::traffic::Traffic;
use kith_world::world::{Member, World};

/// Waits until so many beats were not heard.
async fn beats_fail(gateway: &Member, times: u64) {
    until_at_most(PATIENCE * 2, "beats were not heard for long", async || {
        let metrics = gateway.metrics().await;
        let failed = "kith_gateway_beats_total{outcome=\"failed\"} ";
        let line = metrics.lines().find_map(|line| line.strip_prefix(failed));
        match line.and_then(|count| count.parse::<u64>().ok()) {
            Some(failed) if failed >= times => Ok(()),
            other => Err(format!("{other:?} beats have failed")),
        }
    })
    .await;
}

async fn without_presence(away: fn(&mut Process), back: fn(&mut Process), beats: u64) {
    let mut world = world()
        // Some sockets are not read for a while, so nobody answers for them.
        .set("KITH_GATEWAY_HEARTBEAT_INTERVAL_MS", "300000")
        .start()
        .await;
    let mut two = Two::meet(&world).await;
    let talked = two.ada.create_channel(&two.guild, "talk").await;
    let cyd = world.person("cyd").await;
    two.ada.bring(&two.guild, &cyd).await;
    let at_ada = world.socket(&two.ada, 0).await;
    two.sees_ada("online").await;
    let mut traffic = Traffic::begin(&world, &two.ada, &two.bob, &talked, "present").await;

    away(&mut world.presences[0].process);
    // The list is shown all the same, and says nothing of anybody of whom nothing is known.
    let mut at_cyd = world.socket(&cyd, 0).await;
    let list = look(&mut at_cyd, &two.guild).await;
    assert_eq!(list["total"], 3, "{list}");
    assert_eq!(list["presences"], json!([]), "{list}");
    choose(&two.ada, json!({"status": "dnd"})).await;
    // Longer than somebody may be silent.
    for gateway in &world.gateways {
        beats_fail(gateway, beats).await;
    }
    traffic.goes_on().await;
    back(&mut world.presences[0].process);
    world.presences[0].ready().await;

    two.sees_ada("dnd").await;
    sees(&mut at_cyd, two.ada.id(), "dnd").await;
    fence(&mut two, "back").await;
    assert_eq!(two.told(), ["online", "dnd"]);
    traffic.end().await;
    at_ada.abandon();
    goes_and_comes(&world, &mut two).await;
    world.finish().await;
}

/// Ada's only socket has just broken, and she opens another one.
async fn goes_and_comes(world: &World, two: &mut Two) {
    two.sees_ada("offline").await;
    let list = look(&mut two.at_bob, &two.guild).await;
    let seen = list["presences"].as_array().into_iter().flatten();
    let seen: Vec<&Value> = seen.filter(|it| it["user_id"] == two.ada.id()).collect();
    assert!(seen.is_empty(), "{list}");
    let _again = world.socket(&two.ada, 1).await;
    two.sees_ada("dnd").await;
}

#[tokio::test]
async fn while_presence_stands_still_people_talk_and_nobody_is_taken_for_gone() {
    // Each of them waits five seconds for an answer.
    without_presence(|process| process.freeze(), |process| process.thaw(), 2).await;
}

#[tokio::test]
async fn while_presence_is_stopped_people_talk_and_nobody_is_taken_for_gone() {
    let away = |process: &mut Process| {
        let status = process.terminate();
        assert!(status.success(), "{}", process.log());
    };
    // Nobody is there who could be waited for.
    without_presence(away, Process::restart, 8).await;
}
