//! Voice when a client, the LiveKit server or the media service dies: nobody is left behind as a ghost.

use kith_testkit::until;

use kith_world::calls::{Call, leaves};
use kith_world::people::says;
use kith_world::traffic::Traffic;
use kith_world::world::World;

const UPDATE: &str = "VOICE_STATE_UPDATE";

#[tokio::test]
async fn a_killed_client_is_gone_for_the_others() {
    let call = Call::new(World::builder().voice().start().await).await;
    let mut at_ada = call.world.socket(&call.ada, 0).await;
    let mut device = call.join(&call.bob, &call.channel).await;
    call.is_in(&call.bob, Some(&call.channel)).await;
    device.client.kill();
    at_ada
        .expect_where(UPDATE, leaves(&call.bob, &call.channel))
        .await;
    call.is_in(&call.bob, None).await;
    call.world.finish().await;
}

#[tokio::test]
async fn without_livekit_joins_are_refused_the_rest_goes_on_and_nobody_stays_in_voice() {
    let mut call = Call::new(World::builder().voice().start().await).await;
    let mut at_ada = call.world.socket(&call.ada, 0).await;
    let _device = call.join(&call.bob, &call.channel).await;
    call.is_in(&call.bob, Some(&call.channel)).await;
    call.world.livekit.as_mut().unwrap().kill();
    let refused = call.ask(&call.ada, &call.channel).await;
    refused.expect_error(503, "UNAVAILABLE");
    assert!(refused.retry_after().is_some());
    call.ada.post(&call.channel, "can you read me?").await;
    at_ada
        .expect_where("MESSAGE_CREATE", says("can you read me?"))
        .await;
    // As long as it is away nobody hears anybody.
    at_ada
        .expect_where(UPDATE, leaves(&call.bob, &call.channel))
        .await;
    call.is_in(&call.bob, None).await;

    call.world.livekit.as_mut().unwrap().restart().await;
    let _device = call.join(&call.bob, &call.channel).await;
    call.is_in(&call.bob, Some(&call.channel)).await;
    call.world.finish().await;
}

#[tokio::test]
async fn a_livekit_that_comes_back_empty_leaves_nobody_in_voice() {
    let mut call = Call::new(World::builder().voice().start().await).await;
    let _device = call.join(&call.bob, &call.channel).await;
    call.is_in(&call.bob, Some(&call.channel)).await;
    call.world.livekit.as_mut().unwrap().restart().await;
    call.is_in(&call.bob, None).await;
    call.world.finish().await;
}

#[tokio::test]
async fn what_happens_while_media_is_dead_is_made_good_when_it_is_back() {
    let mut call = Call::new(World::builder().voice().start().await).await;
    let mut at_ada = call.world.socket(&call.ada, 0).await;
    let cyd = call.world.person("cyd").await;
    call.ada.bring(&call.guild, &cyd).await;
    let mut device = call.join(&call.bob, &call.channel).await;
    let mut banned = call.join(&cyd, &call.channel).await;
    call.is_in(&call.bob, Some(&call.channel)).await;
    call.is_in(&cyd, Some(&call.channel)).await;

    call.world.medias[0].process.kill();
    // One leaves, the other loses every right: nobody is there to hear of either.
    device.client.kill();
    call.ada.ban(&call.guild, cyd.id()).await;
    until("LiveKit has noticed", async || {
        let left = call.in_room(&call.channel).await;
        (left == [banned.identity()])
            .then_some(())
            .ok_or(format!("{left:?}"))
    })
    .await;
    call.world.medias[0].process.restart();
    call.world.medias[0].ready().await;
    banned.client.ended().await;
    at_ada
        .expect_where(UPDATE, leaves(&call.bob, &call.channel))
        .await;
    call.is_in(&call.bob, None).await;
    call.is_in(&cyd, None).await;
    assert_eq!(call.in_room(&call.channel).await, [""; 0]);
    call.world.finish().await;
}

#[tokio::test]
async fn while_livekit_stands_still_joins_are_refused_the_rest_goes_on_and_nobody_stays_in_voice() {
    let call = Call::new(World::builder().voice().start().await).await;
    let mut at_ada = call.world.socket(&call.ada, 0).await;
    let mut device = call.join(&call.bob, &call.channel).await;
    call.is_in(&call.bob, Some(&call.channel)).await;
    let text = call.ada.create_channel(&call.guild, "text").await;
    let mut traffic = Traffic::begin(&call.world, &call.ada, &call.bob, &text, "still").await;
    let livekit = call.world.livekit.as_ref().expect("a world with voice");
    livekit.freeze();
    let refused = call.ask(&call.ada, &call.channel).await;
    refused.expect_error(503, "UNAVAILABLE");
    assert!(refused.retry_after().is_some());
    at_ada
        .expect_where(UPDATE, leaves(&call.bob, &call.channel))
        .await;
    call.is_in(&call.bob, None).await;
    traffic.goes_on().await;
    livekit.thaw();
    // Whoever was in it meanwhile is not let go on there as a ghost.
    device.client.ended().await;
    let device = call.join(&call.bob, &call.channel).await;
    call.is_in(&call.bob, Some(&call.channel)).await;
    assert_eq!(call.in_room(&call.channel).await, [device.identity()]);
    traffic.end().await;
    call.world.finish().await;
}
