use kith_testkit::{PASSWORD, free_port};

use crate::world::{World, log_in};

/// Far more than any account or address may try at once.
const MANY: usize = 60;

#[tokio::test]
async fn an_account_is_throttled_from_however_many_addresses() {
    let world = World::start().await;
    world.account("ada").await;
    world.account("bob").await;
    let from = async |number: usize, name: &str, password: &str| {
        let address = format!("198.51.100.{number}");
        log_in(
            &world.client,
            name,
            password,
            &[("X-Forwarded-For", &address)],
        )
        .await
    };
    for number in 0..10 {
        let answer = from(number, "ada", "not this one").await;
        answer.expect_error(401, "INVALID_CREDENTIALS");
    }
    let refused = from(10, "ADA", PASSWORD).await;
    refused.expect_error(429, "RATE_LIMITED");
    from(10, "bob", PASSWORD).await.expect(200);

    // Retry-After is honest.
    assert_eq!(refused.retry_after(), Some(30));
    world.clock.advance(29_999);
    from(11, "ada", PASSWORD)
        .await
        .expect_error(429, "RATE_LIMITED");
    world.clock.advance(1);
    from(12, "ada", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn an_unknown_account_is_throttled_like_a_known_one() {
    let world = World::start().await;
    for _ in 0..10 {
        let answer = log_in(&world.client, "nobody.here", "guess", &[]).await;
        answer.expect_error(401, "INVALID_CREDENTIALS");
    }
    let answer = log_in(&world.client, "nobody.here", "guess", &[]).await;
    answer.expect_error(429, "RATE_LIMITED");
}

#[tokio::test]
async fn an_address_is_throttled_over_however_many_accounts() {
    let world = World::start_two().await;
    world.account("ada").await;
    let own = [("X-Forwarded-For", "203.0.113.5")];
    for number in 0..30 {
        // Both processes count together.
        let process = if number % 2 == 0 {
            &world.client
        } else {
            &world.second
        };
        let answer = log_in(process, &format!("name.{number}"), "guess", &own).await;
        answer.expect_error(401, "INVALID_CREDENTIALS");
    }
    for process in [&world.client, &world.second] {
        let answer = log_in(process, "ada", PASSWORD, &own).await;
        answer.expect_error(429, "RATE_LIMITED");
    }
    let other = [("X-Forwarded-For", "203.0.113.6")];
    log_in(&world.client, "ada", PASSWORD, &other)
        .await
        .expect(200);
}

// Lesson 10.
#[tokio::test]
async fn what_a_client_says_before_the_proxy_does_not_reset_the_throttle() {
    let world = World::start().await;
    let mut refused = 0;
    for number in 0..MANY {
        let forged = format!("198.51.100.{number}");
        // The proxy appends the address that it was called from.
        let chain = format!("{forged}, 203.0.113.5");
        let headers = [
            ("X-Forwarded-For", chain.as_str()),
            ("X-Real-IP", &forged),
            ("Forwarded", &format!("for={forged}")),
            ("CF-Connecting-IP", &forged),
        ];
        let answer = log_in(&world.client, &format!("name.{number}"), "guess", &headers).await;
        refused += usize::from(answer.status == 429);
    }
    assert_eq!(refused, MANY - 30);
}

// Lesson 10.
#[tokio::test]
async fn who_is_no_proxy_is_not_believed() {
    let world = World::with(1, &[("KITH_HTTP_TRUSTED_PROXIES", "192.0.2.0/24")]).await;
    let mut refused = 0;
    for number in 0..MANY {
        let forged = format!("198.51.100.{number}");
        let headers = [("X-Forwarded-For", forged.as_str())];
        let answer = log_in(&world.client, &format!("name.{number}"), "guess", &headers).await;
        refused += usize::from(answer.status == 429);
    }
    assert_eq!(refused, MANY - 30);
}

#[tokio::test]
async fn an_ipv6_network_is_one_address() {
    let world = World::start().await;
    let mut refused = 0;
    for number in 0..MANY {
        let address = format!("2001:db8::{number:x}:1");
        let headers = [("X-Forwarded-For", address.as_str())];
        let answer = log_in(&world.client, &format!("name.{number}"), "guess", &headers).await;
        refused += usize::from(answer.status == 429);
    }
    assert_eq!(refused, MANY - 30);
}

#[tokio::test]
async fn without_the_cache_people_log_in_and_guesses_are_counted() {
    let nowhere = format!("redis://127.0.0.1:{}", free_port());
    let world = World::with(1, &[("KITH_CACHE_URL", &nowhere)]).await;
    world.account("ada").await;
    log_in(&world.client, "ada", PASSWORD, &[])
        .await
        .expect(200);
    for _ in 0..9 {
        let answer = log_in(&world.client, "ada", "guess", &[]).await;
        answer.expect_error(401, "INVALID_CREDENTIALS");
    }
    let answer = log_in(&world.client, "ada", PASSWORD, &[]).await;
    answer.expect_error(429, "RATE_LIMITED");
    assert_eq!(answer.retry_after(), Some(30));
}

#[tokio::test]
async fn no_throttle_holds_back_whose_limits_are_lifted() {
    let world = World::start().await;
    let load = world.account("load").await;
    world.lift_limits(&load).await;
    for _ in 0..MANY {
        log_in(&world.client, "load", PASSWORD, &[])
            .await
            .expect(200);
    }
}
