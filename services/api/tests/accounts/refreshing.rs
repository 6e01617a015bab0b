use futures_util::future::join_all;
use serde_json::json;

use crate::world::{World, is_signed_in, refresh, text};

const WEEK: i64 = 7 * 24 * 3600 * 1000;

#[tokio::test]
async fn refreshing_replaces_both_tokens() {
    let world = World::start().await;
    let ada = world.account("ada").await;
    let next = refresh(&world.client, &ada.refresh_token).await;
    let next = next.expect(200);
    assert_eq!(next["expires_in"], 15 * 60);
    assert!(!is_signed_in(&world.client, &ada.access_token).await);
    assert!(is_signed_in(&world.client, &text(&next["access_token"])).await);
    let third = refresh(&world.client, &text(&next["refresh_token"])).await;
    assert!(is_signed_in(&world.client, &text(&third.expect(200)["access_token"])).await);
}

// Lesson 8.
#[tokio::test]
async fn a_refresh_token_that_is_shown_twice_ends_the_session_and_no_other() {
    let world = World::start().await;
    let ada = world.account("ada").await;
    let (_, other, _) = world.session(&ada.id).await;
    let next = refresh(&world.client, &ada.refresh_token).await;
    let next = next.expect(200);

    let stolen = refresh(&world.client, &ada.refresh_token).await;
    stolen.expect_error(401, "INVALID_REFRESH_TOKEN");
    assert!(!is_signed_in(&world.client, &text(&next["access_token"])).await);
    let ended = refresh(&world.client, &text(&next["refresh_token"])).await;
    ended.expect_error(401, "INVALID_REFRESH_TOKEN");
    assert!(is_signed_in(&world.client, &other).await);

    // Gateways close the sockets, once.
    let known = world.known_to(&ada).await;
    let expected = json!({ "sessions": [ada.session_id] });
    assert_eq!(known, [("sessions_revoked", expected)]);
}

#[tokio::test]
async fn the_oldest_of_many_refresh_tokens_still_ends_the_session() {
    let world = World::start().await;
    let ada = world.account("ada").await;
    let mut token = ada.refresh_token.clone();
    for _ in 0..4 {
        world.clock.advance(WEEK / 5);
        let next = refresh(&world.client, &token).await;
        token = text(&next.expect(200)["refresh_token"]);
    }
    refresh(&world.client, &ada.refresh_token)
        .await
        .expect_error(401, "INVALID_REFRESH_TOKEN");
    refresh(&world.client, &token)
        .await
        .expect_error(401, "INVALID_REFRESH_TOKEN");
}

#[tokio::test]
async fn of_refreshes_at_once_exactly_one_wins_and_the_others_end_the_session() {
    let world = World::start_two().await;
    let ada = world.account("ada").await;
    let answers = join_all((0..8).map(|number| {
        let process = if number % 2 == 0 {
            &world.client
        } else {
            &world.second
        };
        refresh(process, &ada.refresh_token)
    }))
    .await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(won.len(), 1);
    for answer in lost {
        answer.expect_error(401, "INVALID_REFRESH_TOKEN");
    }
    let token = text(&won[0].expect(200)["access_token"]);
    assert!(!is_signed_in(&world.client, &token).await);
    let known = world.known_to(&ada).await;
    assert_eq!(known.len(), 1, "it ends once: {known:?}");
}

#[tokio::test]
async fn who_does_not_come_back_for_a_week_logs_in_again() {
    let world = World::start().await;
    let ada = world.account("ada").await;
    world.clock.advance(WEEK - 1);
    let next = refresh(&world.client, &ada.refresh_token).await;
    let next = text(&next.expect(200)["refresh_token"]);
    world.clock.advance(WEEK);
    refresh(&world.client, &next)
        .await
        .expect_error(401, "INVALID_REFRESH_TOKEN");
}

#[tokio::test]
async fn what_is_no_refresh_token_ends_nothing() {
    let world = World::start().await;
    let ada = world.account("ada").await;
    for token in ["", "nonsense", &ada.access_token, &ada.session_id] {
        refresh(&world.client, token)
            .await
            .expect_error(401, "INVALID_REFRESH_TOKEN");
    }
    assert!(is_signed_in(&world.client, &ada.access_token).await);
    let body = json!({ "refresh_token": ada.refresh_token, "session_id": ada.session_id });
    let answer = world.client.post("/api/v1/auth/refresh", &body).await;
    let error = answer.expect_error(400, "INVALID_REQUEST");
    assert_eq!(error["details"][0]["field"], "session_id");
    refresh(&world.client, &ada.refresh_token).await.expect(200);
}
