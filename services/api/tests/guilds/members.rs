use kith_types::Timestamp;
use serde_json::{Value, json};

use crate::place::{Place, text};
use crate::world::{World, now};

#[tokio::test]
async fn members_are_listed_in_pages_by_user_id() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let mut all = vec![place.owner.id.clone()];
    for name in ["ada", "bob", "cleo", "dora"] {
        all.push(place.member(name).await.id);
    }
    all.sort();
    let mut seen = Vec::new();
    let mut path = place.path("/members?limit=2");
    for _ in 0..3 {
        let page = place.owner.client.get(&path).await;
        let page = page.expect(200).as_array().unwrap().clone();
        seen.extend(page.iter().map(|member| text(&member["user"]["id"])));
        path = place.path(&format!("/members?limit=2&after={}", seen[seen.len() - 1]));
    }
    assert_eq!(seen, all);
    for wrong in ["limit=0", "limit=101", "limit=x", "after=x", "order=name"] {
        let answer = place
            .owner
            .client
            .get(&place.path(&format!("/members?{wrong}")))
            .await;
        answer.expect_error(400, "INVALID_REQUEST");
    }
}

#[tokio::test]
async fn one_s_own_nickname_takes_one_right_and_another_s_a_higher_one() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let herald = place.member_with("herald", &["MANAGE_NICKNAMES"]).await;
    let peer = place.member_with("peer", &[]).await;
    let path = |id: &str| place.path(&format!("/members/{id}"));
    let nick = |name: &str| json!({ "nick": name });

    let own = peer.client.patch(&path(&peer.id), &nick("Pip")).await;
    assert_eq!(own.expect(200)["nick"], "Pip");
    let other = peer.client.patch(&path(&herald.id), &nick("Pip")).await;
    other.expect_error(403, "MISSING_PERMISSION");
    let other = herald.client.patch(&path(&peer.id), &nick("Pop")).await;
    assert_eq!(other.expect(200)["nick"], "Pop");
    let owner = herald
        .client
        .patch(&path(&place.owner.id), &nick("Boss"))
        .await;
    owner.expect_error(403, "ROLE_HIERARCHY");
    let taken = herald
        .client
        .patch(&path(&peer.id), &json!({ "nick": null }))
        .await;
    assert_eq!(taken.expect(200)["nick"], Value::Null);
    let empty = herald.client.patch(&path(&peer.id), &nick(" ")).await;
    empty.expect_error(400, "INVALID_REQUEST");

    let everyone = place.path(&format!("/roles/{}", place.id));
    let body = json!({ "permissions": ["VIEW_CHANNEL"] });
    place.owner.client.patch(&everyone, &body).await.expect(200);
    let own = peer.client.patch(&path(&peer.id), &nick("Pip")).await;
    own.expect_error(403, "MISSING_PERMISSION");
}

#[tokio::test]
async fn a_member_who_is_timed_out_may_only_view_and_read_until_it_ends() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let warden = place.member_with("warden", &["MODERATE_MEMBERS"]).await;
    let loud = place.member("loud").await;
    let path = place.path(&format!("/members/{}", loud.id));
    let in_days = |days: i64| {
        let until = Timestamp::from_millis(now().millis() + days * 86_400_000);
        json!({ "timed_out_until": until })
    };

    let itself = loud.client.patch(&path, &in_days(1)).await;
    itself.expect_error(403, "MISSING_PERMISSION");
    let too_long = warden.client.patch(&path, &in_days(29)).await;
    too_long.expect_error(400, "INVALID_REQUEST");
    let past = warden.client.patch(&path, &in_days(-1)).await;
    past.expect_error(400, "INVALID_REQUEST");
    let timed_out = warden.client.patch(&path, &in_days(28)).await;
    assert!(timed_out.expect(200)["timed_out_until"].is_string());

    loud.client.get(&place.path("/channels")).await.expect(200);
    let invite = loud.client.post(&place.path("/invites"), &json!({})).await;
    invite.expect_error(403, "MISSING_PERMISSION");
    let own = loud
        .client
        .patch(&path, &json!({ "timed_out_until": null }))
        .await;
    own.expect_error(403, "MISSING_PERMISSION");

    let ended = warden
        .client
        .patch(&path, &json!({ "timed_out_until": null }))
        .await;
    assert_eq!(ended.expect(200)["timed_out_until"], Value::Null);
    let invite = loud.client.post(&place.path("/invites"), &json!({})).await;
    invite.expect(201);
    let owner = place.path(&format!("/members/{}", place.owner.id));
    let refused = warden.client.patch(&owner, &in_days(1)).await;
    refused.expect_error(403, "ROLE_HIERARCHY");
    let itself = place.path(&format!("/members/{}", warden.id));
    let refused = warden.client.patch(&itself, &in_days(1)).await;
    refused.expect_error(403, "ROLE_HIERARCHY");
}

#[tokio::test]
async fn a_kick_sends_away_who_stands_below_and_they_may_come_back() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let high = place.member_with("high", &["KICK_MEMBERS"]).await;
    let low = place.member_with("low", &["KICK_MEMBERS"]).await;
    let plain = place.member("plain").await;
    let path = |id: &str| place.path(&format!("/members/{id}"));

    for (actor, target) in [(&low, &high), (&low, &place.owner), (&low, &low)] {
        let refused = actor.client.delete(&path(&target.id)).await;
        refused.expect_error(403, "ROLE_HIERARCHY");
    }
    let refused = plain.client.delete(&path(&low.id)).await;
    refused.expect_error(403, "MISSING_PERMISSION");
    high.client.delete(&path(&low.id)).await.expect(204);
    let again = high.client.delete(&path(&low.id)).await;
    again.expect_error(404, "NOT_FOUND");
    let out = low.client.get(&place.path("")).await;
    out.expect_error(404, "NOT_FOUND");

    let code = place.invite(json!({})).await;
    let back = low
        .client
        .post(&format!("/api/v1/invites/{code}"), &json!({}))
        .await;
    back.expect(200);
    let read = place.owner.client.get(&path(&low.id)).await;
    assert_eq!(
        read.expect(200)["roles"],
        json!([]),
        "the roles did not come back"
    );
}

#[tokio::test]
async fn a_time_out_is_not_shaken_off_by_leaving_and_coming_back() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let loud = place.member("loud").await;
    let path = place.path(&format!("/members/{}", loud.id));
    let until = now().plus_seconds(3600);
    let body = json!({ "timed_out_until": until });
    place.owner.client.patch(&path, &body).await.expect(200);
    let code = place.invite(json!({})).await;

    let leave = format!("/api/v1/users/@me/guilds/{}", place.id);
    loud.client.delete(&leave).await.expect(204);
    let back = loud
        .client
        .post(&format!("/api/v1/invites/{code}"), &json!({}))
        .await;
    back.expect(200);
    let read = place.owner.client.get(&path).await;
    assert_eq!(read.expect(200)["timed_out_until"], json!(until));
    let invite = loud.client.post(&place.path("/invites"), &json!({})).await;
    invite.expect_error(403, "MISSING_PERMISSION");
}
