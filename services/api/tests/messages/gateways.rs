use std::time::Duration;

use kith_bus::{Bus, BusOptions, RequestError};
use kith_events::rpc::{CheckSessions, DescribeGuild, Identify};
use kith_events::{Ephemeral, Namespace, Scope};
use kith_testkit::PATIENCE;
use kith_wire::ErrorCode;
use serde_json::json;

use crate::support::{Instance, guild, join, post, text};

async fn bus(instance: &Instance) -> Bus {
    let bus = Bus::connect(BusOptions {
        url: instance.nats.url(),
        login: None,
        name: String::from("test"),
        namespace: Namespace::new(instance.database.name()),
    })
    .await
    .expect("the address can be read");
    tokio::time::timeout(PATIENCE, bus.connected())
        .await
        .expect("NATS runs");
    bus
}

#[tokio::test]
async fn a_gateway_learns_who_somebody_is_and_what_they_are_in() {
    let instance = Instance::new().await;
    let api = instance.start().await;
    let (ada, bob) = (
        instance.account(&api, "ada").await,
        instance.account(&api, "bob").await,
    );
    let (place, channel) = guild(&ada).await;
    join(&ada, &place, &bob).await;
    let direct = ada
        .client
        .post(
            "/api/v1/users/@me/channels",
            &json!({ "recipient_id": bob.id }),
        )
        .await;
    let direct = text(&direct.expect(201)["id"]);
    post(&ada.client, &direct, &format!("<@{}> hello", bob.id)).await;
    let bus = bus(&instance).await;

    let of_bob = bus
        .request(&Identify {
            token: bob.access_token.clone(),
        })
        .await
        .unwrap();
    assert_eq!(of_bob.user.username, "bob");
    assert_eq!(of_bob.session.to_string(), bob.session_id);
    assert_eq!(of_bob.guilds, [place.parse().unwrap()]);
    assert_eq!(of_bob.direct_channels.len(), 1);
    assert_eq!(of_bob.direct_channels[0].recipients[1].username, "ada");
    assert_eq!(
        (
            of_bob.read_states[0].read_seq,
            of_bob.read_states[0].mention_count
        ),
        (0, 1)
    );
    let nobody = bus
        .request(&Identify {
            token: String::from("nobody"),
        })
        .await;
    assert!(matches!(
        nobody,
        Err(RequestError::Refused(_, ErrorCode::Unauthenticated))
    ));

    let asked = DescribeGuild {
        guild: place.parse().unwrap(),
        users: vec![
            ada.id.parse().unwrap(),
            bob.id.parse().unwrap(),
            of_bob.session.uuid().into(),
        ],
        viewers: vec![bob.id.parse().unwrap()],
    };
    let described = bus.request(&asked).await.unwrap();
    assert_eq!(
        (
            described.member_count,
            described.members.len(),
            described.viewers.len()
        ),
        (2, 2, 1)
    );
    assert_eq!(described.channels[0].id.to_string(), channel);
    assert_eq!(described.viewers[0].member.user.username, "bob");

    let sessions = vec![
        ada.session_id.parse().unwrap(),
        bob.session_id.parse().unwrap(),
    ];
    assert_eq!(
        bus.request(&CheckSessions {
            sessions: sessions.clone()
        })
        .await
        .unwrap()
        .valid
        .len(),
        2
    );
    bob.client
        .post("/api/v1/auth/logout", &json!({}))
        .await
        .expect(204);
    let valid = bus
        .request(&CheckSessions { sessions })
        .await
        .unwrap()
        .valid;
    assert_eq!(valid, [ada.session_id.parse().unwrap()]);
    let gone = bus
        .request(&Identify {
            token: bob.access_token.clone(),
        })
        .await;
    assert!(matches!(
        gone,
        Err(RequestError::Refused(_, ErrorCode::Unauthenticated))
    ));
}

#[tokio::test]
async fn typing_is_told_to_who_listens_now_and_stored_nowhere() {
    let instance = Instance::new().await;
    let api = instance.start().await;
    let ada = instance.account(&api, "ada").await;
    let (place, channel) = guild(&ada).await;
    let bus = bus(&instance).await;
    let mut facts = bus.subscribe_ephemeral().await.unwrap();
    bus.flush().await;
    ada.client
        .post(&format!("/api/v1/channels/{channel}/typing"), &json!({}))
        .await
        .expect(204);
    let fact = tokio::time::timeout(PATIENCE, facts.next())
        .await
        .unwrap()
        .unwrap();
    let Ephemeral::Typing { access_version, .. } = fact.about else {
        panic!("it is typing")
    };
    assert!(access_version.is_some());
    let payload: serde_json::Value = serde_json::from_slice(&fact.payload).unwrap();
    assert_eq!(
        payload,
        json!({ "guild_id": place, "channel_id": channel, "user_id": ada.id })
    );
}

#[tokio::test]
async fn a_direct_messages_event_names_the_two_people() {
    let instance = Instance::new().await;
    let api = instance.start().await;
    let (ada, bob) = (
        instance.account(&api, "ada").await,
        instance.account(&api, "bob").await,
    );
    let (place, _) = guild(&ada).await;
    join(&ada, &place, &bob).await;
    let direct = ada
        .client
        .post(
            "/api/v1/users/@me/channels",
            &json!({ "recipient_id": bob.id }),
        )
        .await;
    let direct = text(&direct.expect(201)["id"]);
    let mut events = instance.events().await;
    post(&bob.client, &direct, "between us").await;
    let event = loop {
        let event = events.next().await;
        if event.head.seq.is_some() {
            break event;
        }
    };
    assert_eq!(event.head.scope, Scope::Direct(direct.parse().unwrap()));
    let mut recipients: Vec<_> = event
        .head
        .recipients
        .iter()
        .map(ToString::to_string)
        .collect();
    recipients.sort();
    let mut expected = vec![ada.id.clone(), bob.id.clone()];
    expected.sort();
    assert_eq!((recipients, event.head.access_version), (expected, None));
    // Whoever is blocked says nothing more, and changes nothing that was said.
    ada.client
        .put(&format!("/api/v1/users/@me/blocks/{}", bob.id), &json!({}))
        .await
        .expect(204);
    let path = crate::support::messages(&direct);
    bob.client
        .post(&path, &json!({ "content": "please" }))
        .await
        .expect_error(403, "BLOCKED");
}

#[tokio::test]
async fn a_process_that_stops_leaves_nothing_unsettled_and_no_number_taken() {
    let instance = Instance::new().await;
    let api = instance.start().await;
    let ada = instance.account(&api, "ada").await;
    let (_, channel) = guild(&ada).await;
    for n in 0..50 {
        post(&ada.client, &channel, &format!("number {n}")).await;
    }
    let ending = tokio::time::timeout(Duration::from_secs(20), api.stop())
        .await
        .expect("it ends");
    assert_eq!(ending, kith_runtime::Ending::Orderly);
    let store = instance.store().await;
    assert_eq!(store.backlog().await.unwrap().events, 0);
    // It was the first, so it had the lowest number, which is free again.
    let id: uuid::Uuid = store.mint().unwrap();
    assert_eq!(id.as_u128() >> 70 & 1023, 0);
}
