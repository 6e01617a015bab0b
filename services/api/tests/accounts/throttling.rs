use kith_testkit::{Answer, PASSWORD, free_port};

use crate::world::{World, log_in};

/// Far more than any account or address may try at once.
const MANY: usize = 60;

/// Wrong passwords for an account, ten from each of so many addresses.
async fn guess(world: &World, name: &str, addresses: std::ops::Range<usize>) {
    for number in addresses {
        let address = format!("198.51.100.{number}");
        let from = [("X-Forwarded-For", address.as_str())];
        for _ in 0..10 {
            let answer = log_in(&world.client, name, "not this one", &from).await;
            answer.expect_error(401, "INVALID_CREDENTIALS");
        }
        let answer = log_in(&world.client, name, "not this one", &from).await;
        answer.expect_error(429, "RATE_LIMITED");
        assert_eq!(answer.retry_after(), Some(30));
    }
}

#[tokio::test]
async fn who_guesses_from_one_address_does_not_keep_the_owner_out() {
    let world = World::start().await;
    world.account("ada").await;
    guess(&world, "ADA", 1..2).await;
    let own = [("X-Forwarded-For", "203.0.113.9")];
    log_in(&world.client, "ada", PASSWORD, &own)
        .await
        .expect(200);
}

#[tokio::test]
async fn a_crowd_of_addresses_gets_nowhere_and_keeps_only_strange_devices_out() {
    let world = World::start().await;
    world.account("ada").await;
    world.account("bob").await;
    let own = [("X-Forwarded-For", "203.0.113.9")];
    let first = log_in(&world.client, "ada", PASSWORD, &own).await;
    first.expect(200);
    let device = cookie(&first);
    let own_bob = [("X-Forwarded-For", "203.0.113.8")];
    let bobs = cookie(&log_in(&world.client, "bob", PASSWORD, &own_bob).await);

    guess(&world, "ada", 1..6).await;
    // With the one that was right, sixty.
    for _ in 0..9 {
        let last = [("X-Forwarded-For", "198.51.100.77")];
        let answer = log_in(&world.client, "ada", "guess", &last).await;
        answer.expect_error(401, "INVALID_CREDENTIALS");
    }
    let new = [("X-Forwarded-For", "203.0.113.10")];
    let refused = log_in(&world.client, "ada", PASSWORD, &new).await;
    refused.expect_error(429, "RATE_LIMITED");
    assert_eq!(refused.retry_after(), Some(5));
    // Nobody else's device, and nothing that is none.
    for strange in [bobs.as_str(), "kith_device=made-up"] {
        let from = [("X-Forwarded-For", "203.0.113.11"), ("Cookie", strange)];
        log_in(&world.client, "ada", PASSWORD, &from)
            .await
            .expect_error(429, "RATE_LIMITED");
    }
    // From wherever it is now, also where strangers use the address up.
    let known = [
        ("X-Forwarded-For", "198.51.100.1"),
        ("Cookie", device.as_str()),
    ];
    let back = log_in(&world.client, "ada", PASSWORD, &known).await;
    back.expect(200);
    assert_eq!(cookie(&back), device, "it stays the same device");
}

#[tokio::test]
async fn a_known_device_guesses_no_faster_than_others() {
    let world = World::start().await;
    world.account("ada").await;
    let device = cookie(&log_in(&world.client, "ada", PASSWORD, &[]).await);
    let mut refused = 0;
    for number in 0..MANY {
        let address = format!("198.51.100.{number}");
        let from = [("X-Forwarded-For", address.as_str()), ("Cookie", &device)];
        let answer = log_in(&world.client, "ada", "guess", &from).await;
        refused += usize::from(answer.status == 429);
    }
    assert_eq!(refused, MANY - 10);
}

#[tokio::test]
async fn a_device_is_one_for_all_who_log_in_from_it_and_its_cookie_is_for_logging_in_only() {
    let settings = [("KITH_INSTANCE_PUBLIC_URL", "https://chat.example.org")];
    let world = World::with(1, &settings).await;
    world.account("ada").await;
    world.account("bob").await;
    let adas = log_in(&world.client, "ada", PASSWORD, &[]).await;
    let set = adas.headers["set-cookie"].to_str().expect("it is text");
    for part in [
        "HttpOnly",
        "Secure",
        "SameSite=Strict",
        "Path=/api/v1/auth;",
    ] {
        assert!(set.contains(part), "no {part} in {set}");
    }
    let device = cookie(&adas);
    let bobs = log_in(&world.client, "bob", PASSWORD, &[("Cookie", &device)]).await;
    assert_eq!(cookie(&bobs), device);
    // What is kept is no token.
    let token = device.trim_start_matches("kith_device=");
    assert!(token.len() >= 40 && !world.dump().contains(token));
    // It opens nothing.
    let url = format!("{}/api/v1/users/@me", world.client.base());
    let request = reqwest::Client::new()
        .get(url)
        .header("Cookie", &device)
        .send();
    assert_eq!(request.await.expect("it answers").status().as_u16(), 401);
}

/// The cookie that an answer sets, as a client shows it.
fn cookie(answer: &Answer) -> String {
    let set = answer.headers["set-cookie"].to_str().expect("it is text");
    set.split(';')
        .next()
        .expect("it has a beginning")
        .to_owned()
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
async fn an_account_whose_limits_are_lifted_is_guessed_at_no_faster() {
    let world = World::start().await;
    let load = world.account("load").await;
    world.lift_limits(&load).await;
    world.account("ada").await;
    for name in ["load", "ada"] {
        let address = [("X-Forwarded-For", "198.51.100.4")];
        let mut statuses = Vec::new();
        for _ in 0..14 {
            let answer = log_in(&world.client, name, "guess", &address).await;
            statuses.push(answer.status);
        }
        let (first, last) = statuses.split_at(10);
        assert_eq!(
            (first, last),
            ([401; 10].as_slice(), [429; 4].as_slice()),
            "{name}"
        );
    }
}
