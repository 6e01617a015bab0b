//! Search when its process stops, is killed or stands still under traffic: everything else goes on, and it catches up.

use kith_testkit::{PATIENCE, until, until_at_most};
use tokio::task::JoinSet;

use crate::search::{content, everything, search};
use kith_world::people::Person;
use kith_world::traffic::Traffic;
use kith_world::world::World;

/// Waits until exactly what was said is found, each of it once.
async fn finds_all(who: &Person, place: &str, word: &str, mut said: Vec<String>) {
    said.sort_unstable();
    until("all that was said is found", async || {
        let Some(mut found) = everything(who, place, word).await else {
            return Err(String::from("search does not answer"));
        };
        found.sort_unstable();
        if found == said {
            Ok(())
        } else {
            Err(format!("{} of {}", found.len(), said.len()))
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_said_while_search_is_stopped_killed_or_stands_still_is_found_afterwards() {
    let mut world = World::builder().searches(1).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Away").await;
    ada.bring(&guild, &bob).await;
    let place = format!("guilds/{guild}");
    let mut all = Vec::new();
    for (word, way) in [("stopped", 0), ("killed", 1), ("frozen", 2)] {
        let mut traffic = Traffic::begin(&world, &ada, &bob, &channel, word).await;
        let process = &mut world.searches[0].process;
        match way {
            0 => assert!(process.terminate().success(), "{}", process.log()),
            1 => process.kill(),
            _ => process.freeze(),
        }
        let refused = search(&ada, &place, &content(word)).await;
        refused.expect_error(503, "UNAVAILABLE");
        assert!(refused.retry_after().is_some_and(|seconds| seconds >= 1));
        traffic.goes_on().await;
        let process = &mut world.searches[0].process;
        if way == 2 {
            process.thaw();
        } else {
            process.restart();
            world.searches[0].ready().await;
        }
        let said = traffic.end().await;
        finds_all(&bob, &place, word, said.clone()).await;
        all.extend(said);
    }
    assert_eq!(
        world.count("SELECT count(*) FROM search_documents").await,
        all.len() as i64
    );
    world.finish().await;
}

#[tokio::test]
async fn one_of_two_search_processes_stands_still_and_the_other_keeps_the_index_up() {
    let world = World::builder().searches(2).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("One of two").await;
    ada.bring(&guild, &bob).await;
    let place = format!("guilds/{guild}");
    let mut traffic = Traffic::begin(&world, &ada, &bob, &channel, "half").await;
    world.searches[0].process.freeze();
    traffic.goes_on().await;
    let said = traffic.end().await;
    // What the frozen one had taken is sent again after a while, and may go to it again as long as NATS believes that it asks for
    // more. Questions go to either of them.
    until_at_most(PATIENCE * 4, "the index is complete", async || match world
        .count("SELECT count(*) FROM search_documents")
        .await
    {
        count if count == said.len() as i64 => Ok(()),
        count => Err(format!("{count} of {}", said.len())),
    })
    .await;
    world.searches[0].process.thaw();
    finds_all(&bob, &place, "half", said).await;
    world.finish().await;
}

#[tokio::test]
async fn a_search_is_answered_however_fast_rights_change() {
    let world = World::builder().searches(1).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Restless").await;
    let other = ada.create_channel(&guild, "other").await;
    ada.bring(&guild, &bob).await;
    ada.post(&channel, "needle").await;
    let places = [format!("guilds/{guild}"), format!("channels/{channel}")];
    finds_all(&bob, &places[0], "needle", vec![String::from("needle")]).await;
    let mut changing = JoinSet::new();
    for _ in 0..3 {
        let (ada, guild, other) = (ada.clone(), guild.clone(), other.clone());
        changing.spawn(async move {
            loop {
                ada.deny(&other, &guild, "role", &["SEND_MESSAGES"]).await;
                ada.deny(&other, &guild, "role", &[]).await;
            }
        });
    }
    for round in 0..60 {
        let answer = search(&bob, &places[round % 2], &content("needle")).await;
        assert_eq!(
            answer.expect(200)["messages"].as_array().map(Vec::len),
            Some(1)
        );
    }
    changing.shutdown().await;
    world.finish().await;
}
