use argon2::Argon2;
use argon2::password_hash::PasswordHasher as _;
use argon2::password_hash::phc::PasswordHash;
use futures_util::future::join_all;
use kith_testkit::{Account, Answer, PASSWORD};
use serde_json::json;

use crate::world::{World, is_signed_in, log_in, refresh, text};

const NEXT: &str = "another horse, another staple";

async fn change(account: &Account, current: &str, next: &str) -> Answer {
    let body = json!({ "current_password": current, "new_password": next });
    account
        .client
        .put("/api/v1/users/@me/password", &body)
        .await
}

// Lesson 8.
#[tokio::test]
async fn changing_the_password_ends_all_other_sessions_at_once() {
    let world = World::start().await;
    let ada = world.account("ada").await;
    let bob = world.account("bob").await;
    let (first, first_token, first_refresh) = world.session(&ada.id).await;
    let (second, second_token, _) = world.session(&ada.id).await;
    change(&ada, PASSWORD, NEXT).await.expect(204);

    assert!(is_signed_in(&world.client, &ada.access_token).await);
    assert!(is_signed_in(&world.client, &bob.access_token).await);
    for token in [&first_token, &second_token] {
        assert!(!is_signed_in(&world.client, token).await);
    }
    refresh(&world.client, &first_refresh)
        .await
        .expect_error(401, "INVALID_REFRESH_TOKEN");
    let next = refresh(&world.client, &ada.refresh_token).await;
    let own = text(&next.expect(200)["access_token"]);
    let old = log_in(&world.client, "ada", PASSWORD, &[]).await;
    old.expect_error(401, "INVALID_CREDENTIALS");
    log_in(&world.client, "ada", NEXT, &[]).await.expect(200);

    let known = world.known_with(&ada, &own).await;
    let [("sessions_revoked", payload)] = &known[..] else {
        panic!("{known:?}");
    };
    let mut ended: Vec<_> = payload["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .map(text)
        .collect();
    ended.sort();
    let mut expected = [first.to_string(), second.to_string()];
    expected.sort();
    assert_eq!(ended, expected);
}

#[tokio::test]
async fn changing_the_password_takes_the_current_one() {
    let world = World::start().await;
    let ada = world.account("ada").await;
    let (_, other, _) = world.session(&ada.id).await;
    change(&ada, "not this one", NEXT)
        .await
        .expect_error(401, "INVALID_CREDENTIALS");
    let short = change(&ada, PASSWORD, "short").await;
    let error = short.expect_error(400, "INVALID_REQUEST");
    assert_eq!(error["details"][0]["field"], "new_password");
    let body = json!({ "new_password": NEXT });
    let missing = ada.client.put("/api/v1/users/@me/password", &body).await;
    let error = missing.expect_error(400, "INVALID_REQUEST");
    assert_eq!(error["details"][0]["field"], "current_password");
    assert!(is_signed_in(&world.client, &other).await);
    log_in(&world.client, "ada", PASSWORD, &[])
        .await
        .expect(200);
}

#[tokio::test]
async fn whoever_found_an_open_session_cannot_guess_the_password_at_leisure() {
    let world = World::start().await;
    let ada = world.account("ada").await;
    for _ in 0..5 {
        change(&ada, "guess", NEXT)
            .await
            .expect_error(401, "INVALID_CREDENTIALS");
    }
    let refused = change(&ada, PASSWORD, NEXT).await;
    refused.expect_error(429, "RATE_LIMITED");
    assert_eq!(refused.retry_after(), Some(60));
    world.clock.advance(60_000);
    change(&ada, PASSWORD, NEXT).await.expect(204);
}

#[tokio::test]
async fn no_log_in_with_the_old_password_survives_the_change() {
    let world = World::start_two().await;
    let ada = world.account("ada").await;
    let (done, _) = tokio::sync::watch::channel(false);
    // Some of them have had the old password checked, and have not begun yet, when the change is committed.
    let logins = join_all((0..6).map(async |number| {
        let process = if number % 2 == 0 {
            &world.client
        } else {
            &world.second
        };
        let mut tokens = Vec::new();
        while !*done.borrow() {
            let address = format!("198.51.100.{number}");
            let from = [("X-Forwarded-For", address.as_str())];
            let login = log_in(process, "ada", PASSWORD, &from).await;
            match login.status {
                200 => tokens.push(text(&login.body["data"]["tokens"]["access_token"])),
                // As many as one address may try are enough.
                429 => break,
                _ => drop(login.expect_error(401, "INVALID_CREDENTIALS")),
            }
        }
        tokens
    }));
    let changed = async {
        let changed = change(&ada, PASSWORD, NEXT).await;
        done.send_replace(true);
        changed
    };
    let (changed, tokens) = tokio::join!(changed, logins);
    changed.expect(204);
    for token in tokens.concat() {
        assert!(!is_signed_in(&world.client, &token).await);
    }
    assert!(is_signed_in(&world.client, &ada.access_token).await);
}

#[tokio::test]
async fn of_two_changes_at_once_one_wins() {
    let world = World::start_two().await;
    let ada = world.account("ada").await;
    let (_, token, _) = world.session(&ada.id).await;
    let other = Account {
        client: world.second.with_token(&token),
        ..ada.clone()
    };
    let third = "a third horse, a third staple";
    let (one, two) = tokio::join!(
        change(&ada, PASSWORD, NEXT),
        change(&other, PASSWORD, third)
    );
    let (winner, loser, loser_token) = if one.status == 204 {
        (NEXT, two, &token)
    } else {
        (third, one, &ada.access_token)
    };
    assert_eq!(loser.status, 401, "{}", loser.body);
    assert!(!is_signed_in(&world.client, loser_token).await);
    log_in(&world.client, "ada", winner, &[]).await.expect(200);
}

#[tokio::test]
async fn a_password_from_before_is_kept_in_its_prepared_form_once_it_was_used() {
    let world = World::start().await;
    let ada = world.account("ada").await;
    // As a Mac types it, and as it was kept once.
    let raw = "cafe\u{301} in the morning";
    let hash = Argon2::default().hash_password_with_salt(raw.as_bytes(), b"a salt of sixteen");
    let hash: PasswordHash = hash.expect("it can be hashed");
    world.set_password_hash(&ada, &hash.to_string()).await;
    let composed = "caf\u{e9} in the morning";
    let refused = log_in(&world.client, "ada", composed, &[]).await;
    refused.expect_error(401, "INVALID_CREDENTIALS");
    log_in(&world.client, "ada", raw, &[]).await.expect(200);
    log_in(&world.client, "ada", composed, &[])
        .await
        .expect(200);
    log_in(&world.client, "ada", raw, &[]).await.expect(200);
    let wrong = log_in(&world.client, "ada", "cafe in the morning", &[]).await;
    wrong.expect_error(401, "INVALID_CREDENTIALS");
}
