use futures_util::future::join_all;
use kith_testkit::PASSWORD;
use serde_json::{Value, json};

use crate::world::{World, call, is_signed_in, log_in};

const REGISTER: &str = "/api/v1/auth/register";

fn named(username: &str) -> Value {
    json!({ "username": username, "password": PASSWORD })
}

#[tokio::test]
async fn who_registers_is_logged_in() {
    let world = World::start().await;
    let answer = world.client.post(REGISTER, &named("ada.l_1")).await;
    let data = answer.expect(201);
    assert_eq!(data["user"]["username"], "ada.l_1");
    assert_eq!(data["user"]["display_name"], "ada.l_1");
    assert_eq!(data["user"]["kind"], "human");
    assert_eq!(data["tokens"]["expires_in"], 15 * 60);
    let token = data["tokens"]["access_token"].as_str().unwrap();
    let me = world
        .client
        .with_token(token)
        .get("/api/v1/users/@me")
        .await;
    assert_eq!(me.expect(200), &data["user"]);

    let mut body = named("bob");
    body["display_name"] = json!("  Bob  the\u{301} first ");
    let answer = world.client.post(REGISTER, &body).await;
    assert_eq!(
        answer.expect(201)["user"]["display_name"],
        "Bob  th\u{e9} first"
    );
}

#[tokio::test]
async fn a_user_name_belongs_to_one_account_in_whatever_case() {
    let world = World::start().await;
    world.account("ada").await;
    let again = world.client.post(REGISTER, &named("ada")).await;
    again.expect_error(409, "USERNAME_TAKEN");
    let upper = world.client.post(REGISTER, &named("Ada")).await;
    let error = upper.expect_error(400, "INVALID_REQUEST");
    assert_eq!(error["details"][0]["field"], "username");
    log_in(&world.client, "ADA", PASSWORD, &[])
        .await
        .expect(200);
}

#[tokio::test]
async fn names_that_look_like_the_systems_are_nobodys() {
    let world = World::start().await;
    for name in ["system", "k1th", "_moderator_", "everyone"] {
        let refused = world.client.post(REGISTER, &named(name)).await;
        let error = refused.expect_error(400, "INVALID_REQUEST");
        assert_eq!(error["details"][0]["field"], "username", "{name}");
        assert_eq!(error["details"][0]["message"], "is reserved");
    }
}

#[tokio::test]
async fn of_those_who_register_one_name_at_once_one_gets_it() {
    let world = World::start_two().await;
    let body = named("ada");
    let answers = join_all((0..8).map(|number| {
        let process = if number % 2 == 0 {
            &world.client
        } else {
            &world.second
        };
        process.post(REGISTER, &body)
    }))
    .await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!(made.len(), 1);
    for answer in refused {
        answer.expect_error(409, "USERNAME_TAKEN");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_registration_is_named() {
    let world = World::start().await;
    let wrong = [
        (
            json!({ "username": "ada", "password": "short" }),
            "password",
        ),
        (json!({ "username": "a", "password": PASSWORD }), "username"),
        (
            json!({ "username": "ada\u{200B}", "password": PASSWORD }),
            "username",
        ),
        (json!({ "username": "ada" }), "password"),
        (
            json!({ "username": "ada", "password": PASSWORD, "admin": true }),
            "admin",
        ),
        (
            json!({ "username": "ada", "password": PASSWORD, "display_name": " \u{200B} " }),
            "display_name",
        ),
    ];
    for (body, field) in wrong {
        let answer = world.client.post(REGISTER, &body).await;
        let error = answer.expect_error(400, "INVALID_REQUEST");
        assert_eq!(error["details"][0]["field"], field, "{error}");
        assert!(!answer.body.to_string().contains(PASSWORD));
    }
    log_in(&world.client, "ada", PASSWORD, &[])
        .await
        .expect_error(401, "INVALID_CREDENTIALS");
}

#[tokio::test]
async fn a_closed_instance_takes_no_new_accounts() {
    let world = World::with(1, &[("KITH_API_REGISTRATION_OPEN", "false")]).await;
    let answer = world.client.post(REGISTER, &named("ada")).await;
    answer.expect_error(403, "MISSING_PERMISSION");
    let answer = log_in(&world.client, "ada", PASSWORD, &[]).await;
    answer.expect_error(401, "INVALID_CREDENTIALS");
}

#[tokio::test]
async fn registrations_are_counted_by_address() {
    let world = World::with(1, &[("KITH_API_REGISTRATIONS_PER_HOUR", "2")]).await;
    let from = async |name: &str, address: &str| {
        call(
            &world.client,
            REGISTER,
            &named(name),
            &[("X-Forwarded-For", address)],
        )
        .await
    };
    for name in ["ada", "bob"] {
        from(name, "203.0.113.5").await.expect(201);
    }
    let refused = from("cleo", "203.0.113.5").await;
    refused.expect_error(429, "RATE_LIMITED");
    assert_eq!(refused.retry_after(), Some(1800));
    from("dora", "203.0.113.6").await.expect(201);
    world.clock.advance(1_800_000);
    let answer = from("cleo", "203.0.113.5").await;
    let token = answer.expect(201)["tokens"]["access_token"]
        .as_str()
        .unwrap();
    assert!(is_signed_in(&world.client, token).await);
}
