//! Connections that break, and go on somewhere else.

use kith_testkit::{Gateway, GatewayEnd};
use serde_json::json;

use kith_world::people::{says, text};
use kith_world::world::World;

#[tokio::test]
async fn any_gateway_resumes_any_session_with_all_that_was_missed() {
    let world = World::builder().gateways(2).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Resumed").await;
    ada.bring(&guild, &bob).await;
    let mut at_bob = world.socket(&bob, 0).await;
    ada.post(&channel, "before").await;
    at_bob.expect_where("MESSAGE_CREATE", says("before")).await;
    let (session, s) = (
        at_bob.session_id().unwrap().to_owned(),
        at_bob.last_s().unwrap(),
    );
    at_bob.abandon();
    for index in 0..20 {
        ada.post(&channel, &format!("missed {index}")).await;
    }
    let mut again = Gateway::resume(
        &world.gateway_url(1),
        &bob.account.access_token,
        &session,
        s,
    )
    .await;
    again.expect_op("RESUMED").await;
    ada.post(&channel, "after").await;
    again.expect_where("MESSAGE_CREATE", says("after")).await;
    let contents: Vec<_> = again
        .dispatches("MESSAGE_CREATE")
        .iter()
        .map(|frame| text(&frame["d"]["message"]["content"]))
        .filter(|content| content != "before")
        .collect();
    let mut expected: Vec<_> = (0..20).map(|index| format!("missed {index}")).collect();
    expected.push("after".to_owned());
    assert_eq!(contents, expected);
    world.finish().await;
}

#[tokio::test]
async fn resuming_after_a_channel_was_closed_to_you_replays_nothing_of_it() {
    let world = World::builder().gateways(2).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, _) = ada.create_guild("Closed doors").await;
    let secret = ada.create_channel(&guild, "secret").await;
    ada.bring(&guild, &bob).await;
    let mut at_bob = world.socket(&bob, 0).await;
    ada.post(&secret, "still open").await;
    at_bob
        .expect_where("MESSAGE_CREATE", says("still open"))
        .await;
    let (session, s) = (
        at_bob.session_id().unwrap().to_owned(),
        at_bob.last_s().unwrap(),
    );
    at_bob.abandon();
    ada.deny(&secret, &guild, "role", &["VIEW_CHANNEL"]).await;
    ada.post(&secret, "not for bob").await;
    let mut again = Gateway::resume(
        &world.gateway_url(1),
        &bob.account.access_token,
        &session,
        s,
    )
    .await;
    again.expect_op("RESUMED").await;
    let synced = again.dispatches("GUILD_SYNC");
    let sync = match synced.first() {
        Some(sync) => (*sync).clone(),
        None => again.expect("GUILD_SYNC").await,
    };
    let visible = sync["d"]["channels"].as_array().unwrap();
    assert!(
        !visible.iter().any(|channel| channel["id"] == *secret),
        "{sync}"
    );
    let everything = format!("{:?}", again.received());
    assert!(!everything.contains("not for bob"), "{everything}");
    world.finish().await;
}

#[tokio::test]
async fn logging_out_closes_the_socket_and_its_session_cannot_be_resumed() {
    let world = World::builder().gateways(2).start().await;
    let ada = world.person("ada").await;
    let mut socket = world.socket(&ada, 0).await;
    let (session, s) = (
        socket.session_id().unwrap().to_owned(),
        socket.last_s().unwrap(),
    );
    ada.client()
        .post("/api/v1/auth/logout", &json!({}))
        .await
        .expect(204);
    assert_eq!(socket.end().await, GatewayEnd::Closed(4004));
    let mut again = Gateway::resume(
        &world.gateway_url(1),
        &ada.account.access_token,
        &session,
        s,
    )
    .await;
    assert_eq!(again.end().await, GatewayEnd::Closed(4004));
    world.finish().await;
}

#[tokio::test]
async fn changing_the_password_closes_the_other_devices_only() {
    let world = World::builder().start().await;
    let ada = world.person("ada").await;
    let other = kith_world::people::Person::new(world.api(0).login("ada").await);
    let mut here = world.socket(&ada, 0).await;
    let mut there = world.socket(&other, 0).await;
    let body =
        json!({"current_password": kith_testkit::PASSWORD, "new_password": "another good one"});
    ada.client()
        .put("/api/v1/users/@me/password", &body)
        .await
        .expect(204);
    assert_eq!(there.end().await, GatewayEnd::Closed(4004));
    other
        .client()
        .get("/api/v1/users/@me")
        .await
        .expect_error(401, "UNAUTHENTICATED");
    let (_, channel) = ada.create_guild("Still here").await;
    ada.post(&channel, "fence").await;
    here.expect_where("MESSAGE_CREATE", says("fence")).await;
    world.finish().await;
}

#[tokio::test]
async fn a_refresh_token_that_is_used_twice_ends_the_session_and_its_socket() {
    let world = World::builder().start().await;
    let ada = world.person("ada").await;
    let mut socket = world.socket(&ada, 0).await;
    let body = json!({"refresh_token": ada.account.refresh_token});
    let first = world.api(0).post("/api/v1/auth/refresh", &body).await;
    let fresh = text(&first.expect(200)["access_token"]);
    world
        .api(0)
        .post("/api/v1/auth/refresh", &body)
        .await
        .expect_error(401, "INVALID_REFRESH_TOKEN");
    assert_eq!(socket.end().await, GatewayEnd::Closed(4004));
    let me = world
        .api(0)
        .with_token(&fresh)
        .get("/api/v1/users/@me")
        .await;
    me.expect_error(401, "UNAUTHENTICATED");
    world.finish().await;
}

#[tokio::test]
async fn a_gateway_that_stops_in_order_tells_its_sockets_to_reconnect() {
    let mut world = World::builder().gateways(2).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Maintenance").await;
    ada.bring(&guild, &bob).await;
    let mut at_bob = world.socket(&bob, 0).await;
    world.gateways[0].process.signal("TERM");
    at_bob.expect_op("RECONNECT").await;
    let (session, s) = (
        at_bob.session_id().unwrap().to_owned(),
        at_bob.last_s().unwrap(),
    );
    ada.post(&channel, "while he moves").await;
    let mut again = Gateway::resume(
        &world.gateway_url(1),
        &bob.account.access_token,
        &session,
        s,
    )
    .await;
    again
        .expect_where("MESSAGE_CREATE", says("while he moves"))
        .await;
    assert!(
        world.gateways[0].process.wait().success(),
        "{}",
        world.gateways[0].process.log()
    );
    world.gateways.remove(0);
    world.finish().await;
}
