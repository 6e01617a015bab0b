use kith_testkit::PASSWORD;
use serde_json::json;

use crate::world::{World, is_signed_in, log_in, refresh, text};

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_are_answered_alike() {
    let world = World::start().await;
    world.account("ada").await;
    let mut wrong = log_in(&world.client, "ada", "not this one", &[]).await;
    let mut unknown = log_in(&world.client, "nobody.here", "not this one", &[]).await;
    for answer in [&mut wrong, &mut unknown] {
        answer.expect_error(401, "INVALID_CREDENTIALS");
        answer.body["error"]["request_id"].take();
    }
    assert_eq!(wrong.body, unknown.body);
}

// The lower case of İ is i to some databases. A name that is looked up otherwise than it is counted is a way around the
// throttle.
#[tokio::test]
async fn what_only_looks_like_a_user_name_is_none() {
    let world = World::start().await;
    world.account("kiki").await;
    for name in ["kİki", "kıkı", "kiki\u{200B}", "kiki\0", "%", ""] {
        let answer = log_in(&world.client, name, PASSWORD, &[]).await;
        answer.expect_error(401, "INVALID_CREDENTIALS");
    }
    log_in(&world.client, "KIKI", PASSWORD, &[])
        .await
        .expect(200);
}

// Lesson 9.
#[tokio::test]
async fn neither_tokens_nor_passwords_are_in_the_database() {
    let world = World::start().await;
    world.account("ada").await;
    let ada = world.client.login("ada").await;
    let next = refresh(&world.client, &ada.refresh_token).await;
    let next = next.expect(200);
    let dump = world.dump();
    assert!(dump.contains("$argon2id$v=19$m=19456,t=2,p=1$"));
    for secret in [
        &ada.access_token,
        &ada.refresh_token,
        &text(&next["access_token"]),
        &text(&next["refresh_token"]),
    ] {
        // 256 bits in base 64.
        assert_eq!(secret.len(), 43);
        assert!(!dump.contains(secret.as_str()));
    }
    assert!(!dump.contains(PASSWORD));
}

#[tokio::test]
async fn an_access_token_is_good_for_fifteen_minutes() {
    let world = World::start().await;
    world.account("ada").await;
    let ada = world.client.login("ada").await;
    world.clock.advance(15 * 60 * 1000 - 1);
    assert!(is_signed_in(&world.client, &ada.access_token).await);
    world.clock.advance(1);
    assert!(!is_signed_in(&world.client, &ada.access_token).await);
}

#[tokio::test]
async fn only_an_access_token_signs_in() {
    let world = World::start().await;
    let ada = world.account("ada").await;
    for token in [
        ada.refresh_token.as_str(),
        "nonsense",
        &ada.id,
        &ada.session_id,
    ] {
        assert!(!is_signed_in(&world.client, token).await);
    }
    let nobody = world.client.get("/api/v1/users/@me").await;
    nobody.expect_error(401, "UNAUTHENTICATED");
    let answer = refresh(&world.client, &ada.access_token).await;
    answer.expect_error(401, "INVALID_REFRESH_TOKEN");
    assert!(is_signed_in(&world.client, &ada.access_token).await);
}

#[tokio::test]
async fn unknown_fields_of_a_log_in_are_named() {
    let world = World::start().await;
    let body = json!({ "username": "ada", "password": PASSWORD, "remember_me": true });
    let answer = world.client.post("/api/v1/auth/login", &body).await;
    let error = answer.expect_error(400, "INVALID_REQUEST");
    assert_eq!(error["details"][0]["field"], "remember_me");
}
