use kith_bus::IngestEvent;
use kith_events::{EventKind, Scope};
use kith_testkit::{Account, Answer};
use serde_json::{Value, json};

use crate::world::{World, guild_of, payload, text};

async fn rename(account: &Account, name: &str) -> Answer {
    let body = json!({ "display_name": name });
    account.client.patch("/api/v1/users/@me", &body).await
}

fn is_fence(event: &IngestEvent) -> bool {
    event.head.kind == EventKind::GuildUpdate
}

#[tokio::test]
async fn a_new_name_is_known_to_ones_devices_and_to_every_guild_that_one_is_in() {
    let world = World::start().await;
    let (ada, bob) = (world.account("ada").await, world.account("bob").await);
    let own = guild_of(&[&ada]).await;
    let shared = guild_of(&[&bob, &ada]).await;
    let foreign = guild_of(&[&bob]).await;
    let left = guild_of(&[&bob, &ada]).await;
    let path = format!("/api/v1/users/@me/guilds/{left}");
    ada.client.delete(&path).await.expect(204);

    let renamed = rename(&ada, "Ada Lovelace").await;
    assert_eq!(renamed.expect(200)["display_name"], "Ada Lovelace");
    let me = ada.client.get("/api/v1/users/@me").await;
    assert_eq!(me.expect(200), renamed.expect(200));
    let path = format!("/api/v1/guilds/{shared}/members/{}", ada.id);
    let member = bob.client.get(&path).await;
    assert_eq!(&member.expect(200)["user"], renamed.expect(200));

    let path = format!("/api/v1/guilds/{own}");
    let fence = ada.client.patch(&path, &json!({ "name": "Fence" })).await;
    fence.expect(200);
    let events = world
        .events(is_fence, |event| {
            matches!(
                event.head.kind,
                EventKind::UserUpdate | EventKind::GuildMemberUpdate | EventKind::GuildUpdate
            )
        })
        .await;
    let mut told = Vec::new();
    for event in &events[..events.len() - 1] {
        let payload = payload(event);
        match event.head.scope {
            Scope::User(user) => {
                assert_eq!(user.to_string(), ada.id);
                assert_eq!(&payload["user"], renamed.expect(200));
                told.push(String::from("devices"));
            }
            Scope::Guild(guild) => {
                assert_eq!(&payload["member"]["user"], renamed.expect(200));
                told.push(guild.to_string());
            }
            _ => panic!("{event:?}"),
        }
    }
    told.sort();
    let mut expected = [String::from("devices"), own, shared];
    expected.sort();
    assert_eq!(told, expected);
    assert!(!told.contains(&foreign));
}

#[tokio::test]
async fn nobody_is_told_of_a_name_that_is_the_same() {
    let world = World::start().await;
    let ada = world.account("ada").await;
    rename(&ada, "Ada").await.expect(200);
    rename(&ada, " Ada ").await.expect(200);
    let empty = ada.client.patch("/api/v1/users/@me", &json!({})).await;
    assert_eq!(empty.expect(200)["display_name"], "Ada");
    let known = world.known_to(&ada).await;
    assert_eq!(known.len(), 1, "{known:?}");
    assert_eq!(known[0].1["user"]["display_name"], "Ada");
}

#[tokio::test]
async fn what_is_wrong_with_a_name_is_named() {
    let world = World::start().await;
    let ada = world.account("ada").await;
    let wrong = [
        (json!({ "display_name": "" }), "display_name"),
        (json!({ "display_name": "\u{3164}" }), "display_name"),
        (json!({ "display_name": "two\nlines" }), "display_name"),
        (json!({ "display_name": "x".repeat(33) }), "display_name"),
        (json!({ "username": "eve" }), "username"),
        (json!({ "unlimited": true }), "unlimited"),
        (json!({ "instance_admin": true }), "instance_admin"),
    ];
    for (body, field) in wrong {
        let answer = ada.client.patch("/api/v1/users/@me", &body).await;
        let error = answer.expect_error(400, "INVALID_REQUEST");
        assert_eq!(error["details"][0]["field"], field);
    }
}

#[tokio::test]
async fn a_guild_that_is_joined_during_a_change_of_name_knows_the_new_one() {
    let world = World::start_two().await;
    let (ada, bob) = (world.account("ada").await, world.account("bob").await);
    world.lift_limits(&ada).await;
    world.lift_limits(&bob).await;
    let mut guilds = Vec::new();
    for round in 0..8 {
        let guild = guild_of(&[&bob]).await;
        let path = format!("/api/v1/guilds/{guild}/invites");
        let invite = bob.client.post(&path, &json!({})).await;
        let status = invite.status.min(201);
        let path = format!("/api/v1/invites/{}", text(&invite.expect(status)["code"]));
        let name = format!("Ada {round}");
        let elsewhere = world.second.with_token(&ada.access_token);
        let body = json!({});
        let (renamed, joined) = tokio::join!(rename(&ada, &name), elsewhere.post(&path, &body));
        renamed.expect(200);
        joined.expect(200);
        guilds.push((guild, name));
    }
    // What each guild was told last, before the next change of name.
    let path = format!("/api/v1/guilds/{}", guilds[0].0);
    bob.client
        .patch(&path, &json!({ "name": "Fence" }))
        .await
        .expect(200);
    let events = world
        .events(is_fence, |event| {
            matches!(
                event.head.kind,
                EventKind::GuildMemberAdd | EventKind::GuildMemberUpdate | EventKind::GuildUpdate
            )
        })
        .await;
    for (guild, name) in guilds {
        let told: Vec<String> = events
            .iter()
            .filter(|event| event.head.scope == Scope::Guild(guild.parse().unwrap()))
            .map(payload)
            .filter(|payload| payload["member"]["user"]["id"] == ada.id)
            .map(|payload: Value| text(&payload["member"]["user"]["display_name"]))
            .collect();
        assert!(
            told.contains(&name),
            "{guild} was told of {told:?}, not of {name}"
        );
        assert_eq!(told.last().unwrap(), "Ada 7");
    }
}

#[tokio::test]
async fn users_and_guilds_say_which_instance_they_are_of() {
    let world = World::start().await;
    let ada = world.account("ada").await;
    let me = ada.client.get("/api/v1/users/@me").await;
    assert_eq!(me.expect(200)["home"], "localhost");
    let guild = guild_of(&[&ada]).await;
    let path = format!("/api/v1/guilds/{guild}");
    let found = ada.client.get(&path).await;
    assert_eq!(found.expect(200)["home"], "localhost");
    let members = ada.client.get(&format!("{path}/members")).await;
    assert_eq!(members.expect(200)[0]["user"]["home"], "localhost");
}
