use kith_testkit::{Account, PASSWORD};
use serde_json::{Value, json};

use crate::world::{World, is_signed_in, log_in, refresh, text};

const SESSIONS: &str = "/api/v1/auth/sessions";

async fn listed(account: &Account) -> Vec<Value> {
    let answer = account.client.get(SESSIONS).await;
    answer.expect(200).as_array().expect("a list").clone()
}

fn ids(sessions: &[Value]) -> Vec<String> {
    sessions
        .iter()
        .map(|session| text(&session["id"]))
        .collect()
}

#[tokio::test]
async fn sessions_are_listed_with_their_devices_the_last_used_first() {
    let world = World::start().await;
    let ada = world.account("ada").await;
    let bob = world.account("bob").await;
    world.clock.advance(1000);
    let long = "telephone ".repeat(40);
    let phone = log_in(&world.client, "ada", PASSWORD, &[("User-Agent", &long)]).await;
    let phone = phone.expect(200).clone();
    world.clock.advance(1000);
    let next = refresh(&world.client, &ada.refresh_token).await;
    let client = world
        .client
        .with_token(&text(&next.expect(200)["access_token"]));

    let sessions = client.get(SESSIONS).await;
    let sessions = sessions.expect(200).as_array().unwrap().clone();
    assert_eq!(ids(&sessions), [ada.session_id, text(&phone["session_id"])]);
    assert_eq!(sessions[0]["current"], true);
    assert_eq!(sessions[1]["current"], false);
    assert_eq!(sessions[0]["user_agent"], Value::Null);
    assert_eq!(text(&sessions[1]["user_agent"]), long[..256]);
    assert!(text(&sessions[0]["last_used_at"]) > text(&sessions[0]["created_at"]));
    assert_eq!(listed(&bob).await.len(), 1);
}

// Lesson 8.
#[tokio::test]
async fn logging_out_ends_the_session_at_once_and_no_other() {
    let world = World::start_two().await;
    let ada = world.account("ada").await;
    let (_, other, _) = world.session(&ada.id).await;
    ada.client
        .post("/api/v1/auth/logout", &json!({}))
        .await
        .expect(204);
    for process in [&world.client, &world.second] {
        assert!(!is_signed_in(process, &ada.access_token).await);
        assert!(is_signed_in(process, &other).await);
    }
    let again = ada.client.post("/api/v1/auth/logout", &json!({})).await;
    again.expect_error(401, "UNAUTHENTICATED");
    refresh(&world.client, &ada.refresh_token)
        .await
        .expect_error(401, "INVALID_REFRESH_TOKEN");
    let known = world.known_to(&ada).await;
    assert_eq!(
        known,
        [("sessions_revoked", json!({ "sessions": [ada.session_id] }))]
    );
}

// Lesson 8.
#[tokio::test]
async fn another_session_of_ones_own_can_be_ended() {
    let world = World::start().await;
    let ada = world.account("ada").await;
    let (lost, token, refresh_token) = world.session(&ada.id).await;
    let path = format!("{SESSIONS}/{lost}");
    ada.client.delete(&path).await.expect(204);
    assert!(!is_signed_in(&world.client, &token).await);
    refresh(&world.client, &refresh_token)
        .await
        .expect_error(401, "INVALID_REFRESH_TOKEN");
    assert_eq!(ids(&listed(&ada).await), [ada.session_id.as_str()]);
    ada.client
        .delete(&path)
        .await
        .expect_error(404, "NOT_FOUND");
    let known = world.known_to(&ada).await;
    assert_eq!(
        known,
        [(
            "sessions_revoked",
            json!({ "sessions": [lost.to_string()] })
        )]
    );
}

#[tokio::test]
async fn nobody_ends_the_sessions_of_others() {
    let world = World::start().await;
    let ada = world.account("ada").await;
    let eve = world.account("eve").await;
    for id in [ada.session_id.as_str(), &ada.id, "nonsense"] {
        let answer = eve.client.delete(&format!("{SESSIONS}/{id}")).await;
        answer.expect_error(404, "NOT_FOUND");
    }
    assert!(is_signed_in(&world.client, &ada.access_token).await);
    assert_eq!(world.known_to(&ada).await, []);
}

#[tokio::test]
async fn the_session_that_was_used_longest_ago_makes_room_for_the_fifty_first() {
    let world = World::start().await;
    let ada = world.account("ada").await;
    let mut tokens = vec![ada.access_token.clone()];
    for _ in 1..50 {
        world.clock.advance(1);
        tokens.push(world.session(&ada.id).await.1);
    }
    world.clock.advance(1);
    let newest = world.client.login("ada").await;
    let sessions = listed(&newest).await;
    assert_eq!(sessions.len(), 50);
    assert_eq!(text(&sessions[0]["id"]), newest.session_id);
    assert!(!is_signed_in(&world.client, &tokens[0]).await);
    assert!(is_signed_in(&world.client, &tokens[1]).await);
    let known = world.known_to(&newest).await;
    assert_eq!(
        known,
        [("sessions_revoked", json!({ "sessions": [ada.session_id] }))]
    );
}
