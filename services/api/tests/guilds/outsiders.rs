use axum::http::Method;
use kith_testkit::Client;
use serde_json::{Value, json};

use crate::place::Place;
use crate::world::World;

/// Every route of a guild, each with a body that a member could send.
async fn routes(place: &Place) -> Vec<(Method, String, Option<Value>)> {
    let channel = place.channel("tea").await;
    let role = place.role("role", &[]).await;
    let user = &place.owner.id;
    let channel = format!("/api/v1/channels/{channel}");
    let name = || Some(json!({ "name": "mine" }));
    vec![
        (Method::GET, place.path(""), None),
        (Method::PATCH, place.path(""), name()),
        (Method::DELETE, place.path(""), None),
        (
            Method::DELETE,
            format!("/api/v1/users/@me/guilds/{}", place.id),
            None,
        ),
        (Method::GET, place.path("/channels"), None),
        (Method::POST, place.path("/channels"), name()),
        (
            Method::PATCH,
            place.path("/channels"),
            Some(json!({ "channels": [] })),
        ),
        (Method::GET, channel.clone(), None),
        (Method::PATCH, channel.clone(), name()),
        (Method::DELETE, channel.clone(), None),
        (
            Method::PUT,
            format!("{channel}/overwrites/{role}"),
            Some(json!({ "kind": "role" })),
        ),
        (Method::DELETE, format!("{channel}/overwrites/{role}"), None),
        (Method::GET, place.path("/roles"), None),
        (Method::POST, place.path("/roles"), name()),
        (
            Method::PATCH,
            place.path("/roles"),
            Some(json!({ "roles": [] })),
        ),
        (Method::PATCH, place.path(&format!("/roles/{role}")), name()),
        (Method::DELETE, place.path(&format!("/roles/{role}")), None),
        (Method::GET, place.path("/members"), None),
        (Method::GET, place.path(&format!("/members/{user}")), None),
        (
            Method::PATCH,
            place.path(&format!("/members/{user}")),
            Some(json!({ "nick": "x" })),
        ),
        (
            Method::DELETE,
            place.path(&format!("/members/{user}")),
            None,
        ),
        (
            Method::PUT,
            place.path(&format!("/members/{user}/roles/{role}")),
            Some(json!({})),
        ),
        (
            Method::DELETE,
            place.path(&format!("/members/{user}/roles/{role}")),
            None,
        ),
        (Method::GET, place.path("/bans"), None),
        (
            Method::PUT,
            place.path(&format!("/bans/{user}")),
            Some(json!({})),
        ),
        (Method::DELETE, place.path(&format!("/bans/{user}")), None),
        (Method::GET, place.path("/invites"), None),
        (Method::POST, place.path("/invites"), Some(json!({}))),
        (Method::GET, place.path("/audit-log"), None),
        (Method::GET, place.path("/messages/search"), None),
        (Method::GET, format!("{channel}/messages/search"), None),
    ]
}

async fn refused(client: &Client, place: &Place, status: u16, code: &str) {
    for (method, path, body) in routes(place).await {
        let answer = client.send(method.clone(), &path, body.as_ref()).await;
        let error = &answer.body["error"]["code"];
        assert_eq!(
            (answer.status, error),
            (status, &json!(code)),
            "{method} {path}"
        );
    }
}

// Lesson 1.
#[tokio::test]
async fn for_an_outsider_there_is_no_such_guild_on_any_route() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let outsider = world.client.register("outsider").await;
    refused(&outsider.client, &place, 404, "NOT_FOUND").await;
}

// Lesson 2.
#[tokio::test]
async fn for_who_was_banned_or_kicked_there_is_no_such_guild_any_more() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let banned = place.member_with("banned", &["ADMINISTRATOR"]).await;
    let kicked = place.member_with("kicked", &["ADMINISTRATOR"]).await;
    let owner = &place.owner.client;
    owner
        .put(&place.path(&format!("/bans/{}", banned.id)), &json!({}))
        .await
        .expect(204);
    owner
        .delete(&place.path(&format!("/members/{}", kicked.id)))
        .await
        .expect(204);
    refused(&banned.client, &place, 404, "NOT_FOUND").await;
    refused(&kicked.client, &place, 404, "NOT_FOUND").await;
}

#[tokio::test]
async fn without_a_session_every_route_asks_for_one() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let anonymous = world.client.anonymous();
    refused(&anonymous, &place, 401, "UNAUTHENTICATED").await;
    let code = place.invite(json!({})).await;
    for (method, path) in [
        (Method::POST, "/api/v1/guilds".to_owned()),
        (Method::GET, "/api/v1/users/@me/guilds".to_owned()),
        (Method::POST, format!("/api/v1/invites/{code}")),
        (Method::DELETE, format!("/api/v1/invites/{code}")),
    ] {
        let answer = anonymous.send(method, &path, None::<&()>).await;
        answer.expect_error(401, "UNAUTHENTICATED");
    }
}
