use std::collections::HashSet;

use futures_util::future::join_all;
use kith_events::EventKind;
use serde_json::{Value, json};

use crate::events::{events, payload};
use crate::place::{Place, ids, text};
use crate::roles::assert_contiguous;
use crate::world::World;

// Lesson 28.
#[tokio::test]
async fn roles_that_are_made_moved_and_deleted_at_once_keep_one_place_each() {
    let world = World::start_two().await;
    let owner = world.unlimited("founder").await;
    let place = Place::found_by(&world.client, owner).await;
    let mut roles = Vec::new();
    for number in 0..6 {
        roles.push(place.role(&format!("role {number}"), &[]).await);
    }
    let (client, other) = (&place.owner.client, world.second(&place.owner));
    let other = &other;
    let path = place.path("/roles");
    for round in 0..5 {
        let doomed = place.path(&format!("/roles/{}", roles.remove(0)));
        let creates = (0..3).map(|number| {
            let body = json!({ "name": format!("late {round} {number}") });
            let path = &path;
            async move { client.post(path, &body).await }
        });
        let moves = roles.iter().map(|role| {
            let body = json!({ "roles": [{ "id": role, "position": 2 }] });
            let path = &path;
            async move { other.patch(path, &body).await }
        });
        let (made, placed, deleted) =
            tokio::join!(join_all(creates), join_all(moves), client.delete(&doomed));
        deleted.expect(204);
        for answer in placed {
            answer.expect(200);
        }
        roles.extend(made.iter().map(|answer| text(&answer.expect(201)["id"])));
        assert_contiguous(&place.roles().await);
    }
}

// Lesson 28.
#[tokio::test]
async fn channels_that_are_made_and_moved_at_once_never_share_a_position() {
    let world = World::start_two().await;
    let owner = world.unlimited("founder").await;
    let place = Place::found_by(&world.client, owner).await;
    let mut channels = Vec::new();
    for number in 0..4 {
        channels.push(place.channel(&format!("room {number}")).await);
    }
    let (client, other) = (&place.owner.client, world.second(&place.owner));
    let other = &other;
    let path = place.path("/channels");
    let creates = (0..6).map(|number| {
        let body = json!({ "name": format!("late {number}") });
        let path = &path;
        async move { client.post(path, &body).await }
    });
    let reversed: Vec<_> = channels.iter().rev().enumerate().collect();
    let forward: Vec<_> = channels.iter().enumerate().collect();
    let moves = [reversed, forward].map(|order| {
        let order: Vec<_> = order
            .into_iter()
            .map(|(position, id)| json!({ "id": id, "position": position }))
            .collect();
        let path = &path;
        async move { other.patch(path, &json!({ "channels": order })).await }
    });
    let (made, placed) = tokio::join!(join_all(creates), join_all(moves));
    for answer in &made {
        answer.expect(201);
    }
    for answer in &placed {
        answer.expect(200);
    }
    let list = client.get(&path).await;
    let list = list.expect(200).as_array().unwrap().clone();
    let positions: HashSet<_> = list
        .iter()
        .map(|channel| channel["position"].as_i64())
        .collect();
    assert_eq!(positions.len(), list.len());
    // One of the two orders won as a whole.
    let order: Vec<_> = ids(&Value::Array(list))
        .into_iter()
        .filter(|id| channels.contains(id))
        .collect();
    let backward: Vec<_> = channels.iter().rev().cloned().collect();
    assert!(order == channels || order == backward, "{order:?}");
}

// Lesson 28: whatever wins, nothing that begins after a demotion was done still happens by the old right.
#[tokio::test]
async fn who_is_demoted_while_they_act_has_acted_before_or_not_at_all() {
    let world = World::start_two().await;
    let owner = world.unlimited("founder").await;
    let place = Place::found_by(&world.client, owner).await;
    let victim = place.member("victim").await;
    let role = place.role("guard", &["MANAGE_NICKNAMES"]).await;
    let guard = world.unlimited("guard").await;
    let code = place.invite(json!({})).await;
    let join = format!("/api/v1/invites/{code}");
    guard.client.post(&join, &json!({})).await.expect(200);
    let assignment = place.path(&format!("/members/{}/roles/{role}", guard.id));
    let path = place.path(&format!("/members/{}", victim.id));
    let other = world.second(&guard);
    let mut acted = 0;
    for round in 0..25 {
        place
            .owner
            .client
            .put(&assignment, &json!({}))
            .await
            .expect(204);
        let body = json!({ "nick": format!("nick {round}") });
        let (demoted, act) = tokio::join!(
            place.owner.client.delete(&assignment),
            other.patch(&path, &body)
        );
        demoted.expect(204);
        if act.status == 200 {
            acted += 1;
        } else {
            act.expect_error(403, "MISSING_PERMISSION");
        }
    }
    place.owner.client.delete(&place.path("")).await.expect(204);

    // The events come in the order in which it was done.
    let (mut may, mut seen) = (false, 0);
    for event in events(&world, &place.id, EventKind::GuildDelete).await {
        let member = &payload(&event)["member"];
        if event.head.kind != EventKind::GuildMemberUpdate {
            continue;
        }
        if member["user"]["id"] == *guard.id {
            may = member["roles"] == json!([role]);
        } else {
            assert!(may, "{member} was renamed without the right");
            seen += 1;
        }
    }
    assert_eq!(seen, acted);
}

#[tokio::test]
async fn two_who_kick_each_other_at_once_do_not_both_succeed() {
    let world = World::start_two().await;
    let place = Place::found(&world.client).await;
    // The higher one wins, or the lower one is refused: there is no order in which both are gone.
    let high = place.member_with("high", &["KICK_MEMBERS"]).await;
    let low = place.member_with("low", &["KICK_MEMBERS"]).await;
    let (high_path, low_path) = (
        place.path(&format!("/members/{}", high.id)),
        place.path(&format!("/members/{}", low.id)),
    );
    let other = world.second(&low);
    let (down, up) = tokio::join!(high.client.delete(&low_path), other.delete(&high_path));
    down.expect(204);
    assert!(matches!(up.status, 403 | 404), "{up:?}");
}

#[tokio::test]
async fn a_ban_and_a_join_at_once_never_leave_a_banned_member() {
    let world = World::start_two().await;
    let owner = world.unlimited("founder").await;
    let place = Place::found_by(&world.client, owner).await;
    let rude = world.unlimited("rude").await;
    let code = place.invite(json!({})).await;
    let join = format!("/api/v1/invites/{code}");
    let ban = place.path(&format!("/bans/{}", rude.id));
    let member = place.path(&format!("/members/{}", rude.id));
    let reason = json!({ "reason": "cups" });
    let other = world.second(&rude);
    for _ in 0..20 {
        let (banned, joined) = tokio::join!(
            place.owner.client.put(&ban, &reason),
            other.post(&join, &Value::Null)
        );
        banned.expect(204);
        assert!(matches!(joined.status, 200 | 403), "{joined:?}");
        let read = place.owner.client.get(&member).await;
        read.expect_error(404, "NOT_FOUND");
        place.owner.client.delete(&ban).await.expect(204);
    }
}

#[tokio::test]
async fn twenty_acts_at_once_all_succeed_although_each_changes_rights() {
    let world = World::start_two().await;
    let owner = world.unlimited("founder").await;
    let place = Place::found_by(&world.client, owner).await;
    let path = place.path("/roles");
    let clients = [place.owner.client.clone(), world.second(&place.owner)];
    let creates = (0..20).map(|number| {
        let client = &clients[number % 2];
        let body = json!({ "name": format!("role {number}") });
        let path = &path;
        async move { client.post(path, &body).await }
    });
    for answer in join_all(creates).await {
        answer.expect(201);
    }
    assert_contiguous(&place.roles().await);
}
