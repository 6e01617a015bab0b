//! Why nobody gets in, and what time it is at the server; with the users and rights of `deploy/nats.conf`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use kith_bus::{Bus, BusOptions, LoginError, StreamLimits};
use kith_events::Namespace;
use kith_testkit::{Nats, free_port, workspace};
use kith_types::{Clock, ManualClock, SystemClock};

fn options(url: String, user: &str, password: &str) -> BusOptions {
    BusOptions {
        url,
        login: Some((user.to_owned(), password.to_owned().into())),
        name: "test".to_owned(),
        namespace: Namespace::new("kith"),
    }
}

async fn server() -> Nats {
    let rights = std::fs::read_to_string(workspace().join("deploy/nats.conf")).unwrap();
    let passwords = [
        ("KITH_API_NATS_PASSWORD", "pa"),
        ("KITH_GATEWAY_NATS_PASSWORD", "pg"),
        ("KITH_PRESENCE_NATS_PASSWORD", "pp"),
        ("KITH_MEDIA_NATS_PASSWORD", "pm"),
        ("KITH_SEARCH_NATS_PASSWORD", "ps"),
        ("KITH_FEDERATION_NATS_PASSWORD", "pf"),
        ("KITH_OPS_NATS_PASSWORD", "po"),
    ];
    Nats::with_config(&rights, &passwords).await
}

#[tokio::test]
async fn a_wrong_password_is_told_from_a_server_that_is_away() {
    let server = server().await;
    for (user, password) in [("api", "pa"), ("gateway", "pg"), ("presence", "pp")] {
        let login = Bus::try_login(&options(server.url(), user, password)).await;
        assert!(login.is_ok(), "{login:?}");
    }
    let refused = Bus::try_login(&options(server.url(), "api", "wrong")).await;
    assert!(matches!(refused, Err(LoginError::Refused)), "{refused:?}");
    let nowhere = format!("nats://127.0.0.1:{}", free_port());
    let away = Bus::try_login(&options(nowhere, "api", "pa")).await;
    assert!(matches!(away, Err(LoginError::Unreachable(_))), "{away:?}");
}

#[tokio::test]
async fn both_services_may_ask_how_far_the_servers_clock_is_off() {
    let server = server().await;
    let api = Bus::connect(options(server.url(), "api", "pa"))
        .await
        .unwrap();
    let gateway = Bus::connect(options(server.url(), "gateway", "pg"))
        .await
        .unwrap();
    api.connected().await;
    gateway.connected().await;
    assert_eq!(
        api.clock_skew_millis(&SystemClock).await,
        None,
        "there is no stream yet"
    );

    api.ensure_stream(StreamLimits::default()).await.unwrap();
    let hour = 3_600_000;
    let late = ManualClock::new(SystemClock.now());
    late.advance(-hour);
    for bus in [&api, &gateway] {
        let skew = bus
            .clock_skew_millis(&late)
            .await
            .expect("the stream is there");
        assert!((hour..hour + 60_000).contains(&skew), "{skew}");
    }
}
