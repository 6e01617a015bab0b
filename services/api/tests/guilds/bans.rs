use serde_json::{Value, json};

use crate::place::{Place, text};
use crate::world::World;

// Lesson 2, the part over REST.
#[tokio::test]
async fn a_banned_member_is_out_and_does_not_get_in_again_until_unbanned() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let guard = place.member_with("guard", &["BAN_MEMBERS"]).await;
    let rude = place.member("rude").await;
    let channel = place.channel("tea").await;
    let code = place.invite(json!({})).await;
    let own_code = rude.client.post(&place.path("/invites"), &json!({})).await;
    let own_code = text(&own_code.expect(201)["code"]);
    let ban = place.path(&format!("/bans/{}", rude.id));

    guard
        .client
        .put(&ban, &json!({ "reason": "threw cups" }))
        .await
        .expect(204);
    for path in ["", "/channels", "/members", "/roles"] {
        let out = rude.client.get(&place.path(path)).await;
        out.expect_error(404, "NOT_FOUND");
    }
    let out = rude
        .client
        .get(&format!("/api/v1/channels/{channel}"))
        .await;
    out.expect_error(404, "NOT_FOUND");
    for code in [&code, &own_code] {
        let invite = format!("/api/v1/invites/{code}");
        let preview = rude.client.get(&invite).await;
        preview.expect_error(403, "BANNED");
        let accepted = rude.client.post(&invite, &json!({})).await;
        accepted.expect_error(403, "BANNED");
    }
    let bans = guard.client.get(&place.path("/bans")).await;
    assert_eq!(bans.expect(200)[0]["user"]["id"], rude.id);
    assert_eq!(bans.expect(200)[0]["reason"], "threw cups");

    guard
        .client
        .put(&ban, &json!({ "reason": "again" }))
        .await
        .expect(204);
    let bans = guard.client.get(&place.path("/bans")).await;
    assert_eq!(
        bans.expect(200)[0]["reason"],
        "threw cups",
        "the first ban stays"
    );

    guard.client.delete(&ban).await.expect(204);
    let again = guard.client.delete(&ban).await;
    again.expect_error(404, "NOT_FOUND");
    let back = rude
        .client
        .post(&format!("/api/v1/invites/{code}"), &json!({}))
        .await;
    back.expect(200);
}

#[tokio::test]
async fn somebody_who_never_joined_can_be_banned() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let stranger = world.client.register("stranger").await;
    let code = place.invite(json!({})).await;
    let ban = place.path(&format!("/bans/{}", stranger.id));
    place.owner.client.put(&ban, &json!({})).await.expect(204);
    let refused = stranger
        .client
        .post(&format!("/api/v1/invites/{code}"), &json!({}))
        .await;
    refused.expect_error(403, "BANNED");
    let nobody = place.path(&format!("/bans/{}", place.id));
    let refused = place.owner.client.put(&nobody, &json!({})).await;
    refused.expect_error(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_ban_follows_the_hierarchy_and_takes_the_right() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let high = place.member_with("high", &["BAN_MEMBERS"]).await;
    let low = place.member_with("low", &["BAN_MEMBERS"]).await;
    let plain = place.member("plain").await;
    let ban = |id: &str| place.path(&format!("/bans/{id}"));
    for target in [&high, &place.owner, &low] {
        let refused = low.client.put(&ban(&target.id), &json!({})).await;
        refused.expect_error(403, "ROLE_HIERARCHY");
    }
    let refused = plain.client.put(&ban(&low.id), &json!({})).await;
    refused.expect_error(403, "MISSING_PERMISSION");
    let refused = plain.client.get(&place.path("/bans")).await;
    refused.expect_error(403, "MISSING_PERMISSION");
    high.client.put(&ban(&low.id), &json!({})).await.expect(204);
}

#[tokio::test]
async fn bans_are_listed_in_pages() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let mut banned = Vec::new();
    for name in ["ada", "bob", "cleo"] {
        let account = world.client.register(name).await;
        let ban = place.path(&format!("/bans/{}", account.id));
        place
            .owner
            .client
            .put(&ban, &Value::Object(serde_json::Map::new()))
            .await
            .expect(204);
        banned.push(account.id);
    }
    banned.sort();
    let first = place.owner.client.get(&place.path("/bans?limit=2")).await;
    let first = first.expect(200).as_array().unwrap().clone();
    let last = text(&first[1]["user"]["id"]);
    let rest = place
        .owner
        .client
        .get(&place.path(&format!("/bans?limit=2&after={last}")))
        .await;
    let rest = rest.expect(200).as_array().unwrap().clone();
    let seen: Vec<_> = first
        .iter()
        .chain(&rest)
        .map(|ban| text(&ban["user"]["id"]))
        .collect();
    assert_eq!(seen, banned);
}
