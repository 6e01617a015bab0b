use serde_json::{Value, json};

use crate::place::{Place, ids, text};
use crate::world::World;

fn names(roles: &[Value]) -> Vec<String> {
    roles.iter().map(|role| text(&role["name"])).collect()
}

/// Positions are 0, 1, 2 … without a gap or a double.
pub(crate) fn assert_contiguous(roles: &[Value]) {
    let positions: Vec<_> = roles.iter().map(|role| role["position"].as_i64()).collect();
    let expected: Vec<_> = (0..roles.len() as i64).map(Some).collect();
    assert_eq!(positions, expected);
}

#[tokio::test]
async fn a_new_role_stands_right_above_everyone_and_the_others_move_up() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    for name in ["first", "second", "third"] {
        place.role(name, &["VIEW_CHANNEL"]).await;
    }
    let roles = place.roles().await;
    assert_eq!(names(&roles), ["everyone", "third", "second", "first"]);
    assert_contiguous(&roles);
}

#[tokio::test]
async fn a_role_s_fields_are_kept_changed_and_checked() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let owner = &place.owner.client;
    let body = json!({ "name": "Host", "color": 0x00FF_8800, "permissions": ["KICK_MEMBERS"], "hoist": true, "mentionable": true });
    let created = owner.post(&place.path("/roles"), &body).await;
    let created = created.expect(201).clone();
    for (field, value) in body.as_object().unwrap() {
        assert_eq!(&created[field], value, "{field}");
    }
    let path = place.path(&format!("/roles/{}", text(&created["id"])));
    let changed = owner
        .patch(
            &path,
            &json!({ "color": null, "permissions": [], "hoist": false }),
        )
        .await;
    assert_eq!(changed.expect(200)["color"], Value::Null);
    assert_eq!(changed.expect(200)["permissions"], json!([]));
    assert_eq!(changed.expect(200)["mentionable"], true);
    assert_eq!(changed.expect(200)["name"], "Host");

    for color in [-1, 0x0100_0000] {
        let refused = owner.patch(&path, &json!({ "color": color })).await;
        assert_eq!(
            refused.expect_error(400, "INVALID_REQUEST")["details"][0]["field"],
            "color"
        );
    }
    let unknown = owner.patch(&path, &json!({ "permissions": ["FLY"] })).await;
    unknown.expect_error(400, "INVALID_REQUEST");
}

#[tokio::test]
async fn a_deleted_role_is_taken_from_its_members_and_from_overwrites() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let member = place.member("member").await;
    let role = place.role("quiet", &[]).await;
    place.role("later", &[]).await;
    place.assign(&member, &role).await;
    let channel = place.channel("tea").await;
    place.deny(&channel, &role, &["VIEW_CHANNEL"]).await;
    let channel = format!("/api/v1/channels/{channel}");
    let hidden = member.client.get(&channel).await;
    hidden.expect_error(404, "NOT_FOUND");

    let path = place.path(&format!("/roles/{role}"));
    place.owner.client.delete(&path).await.expect(204);

    let seen = member.client.get(&channel).await;
    assert_eq!(seen.expect(200).get("overwrites"), None);
    let read = place
        .owner
        .client
        .get(&place.path(&format!("/members/{}", member.id)))
        .await;
    assert_eq!(read.expect(200)["roles"], json!([]));
    assert_contiguous(&place.roles().await);
    let again = place.owner.client.delete(&path).await;
    again.expect_error(404, "NOT_FOUND");
}

#[tokio::test]
async fn the_everyone_role_is_not_deleted_renamed_moved_or_assigned() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let owner = &place.owner.client;
    let path = place.path(&format!("/roles/{}", place.id));
    let deleted = owner.delete(&path).await;
    deleted.expect_error(400, "INVALID_REQUEST");
    let renamed = owner.patch(&path, &json!({ "name": "all" })).await;
    renamed.expect_error(400, "INVALID_REQUEST");
    let moved = owner
        .patch(
            &place.path("/roles"),
            &json!({ "roles": [{ "id": place.id, "position": 1 }] }),
        )
        .await;
    moved.expect_error(400, "INVALID_REQUEST");
    let member = format!("/members/{}/roles/{}", place.owner.id, place.id);
    let assigned = owner.put(&place.path(&member), &json!({})).await;
    assigned.expect_error(400, "INVALID_REQUEST");

    let changed = owner
        .patch(&path, &json!({ "permissions": ["VIEW_CHANNEL"] }))
        .await;
    assert_eq!(changed.expect(200)["permissions"], json!(["VIEW_CHANNEL"]));
}

#[tokio::test]
async fn roles_are_reordered_all_or_none() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let owner = &place.owner.client;
    let a = place.role("a", &[]).await;
    let b = place.role("b", &[]).await;
    let c = place.role("c", &[]).await;
    let path = place.path("/roles");
    let order = |wishes: Value| json!({ "roles": wishes });

    let moved = owner
        .patch(
            &path,
            &order(json!([{ "id": c, "position": 3 }, { "id": a, "position": 1 }])),
        )
        .await;
    assert_eq!(
        ids(moved.expect(200)),
        [&place.id, &a, &b, &c].map(Clone::clone)
    );
    let before = place.roles().await;
    for wrong in [
        json!([{ "id": a, "position": 2 }, { "id": b, "position": 2 }]),
        json!([{ "id": a, "position": 2 }, { "id": a, "position": 3 }]),
        json!([{ "id": a, "position": 0 }]),
        json!([{ "id": a, "position": 4 }]),
        json!([{ "id": a, "position": 3 }, { "id": place.owner.id, "position": 1 }]),
    ] {
        let refused = owner.patch(&path, &order(wrong)).await;
        refused.expect_error(400, "INVALID_REQUEST");
    }
    assert_eq!(place.roles().await, before);
}

// Lesson 4.
#[tokio::test]
async fn who_manages_roles_cannot_make_their_own_role_almighty() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let member = place.member("member").await;
    let role = place.role("keeper", &["MANAGE_ROLES"]).await;
    place.assign(&member, &role).await;
    let path = place.path(&format!("/roles/{role}"));
    let body = json!({ "permissions": ["ADMINISTRATOR"] });
    let refused = member.client.patch(&path, &body).await;
    refused.expect_error(403, "ROLE_HIERARCHY");
    let everyone = place.path(&format!("/roles/{}", place.id));
    let refused = member.client.patch(&everyone, &body).await;
    refused.expect_error(403, "MISSING_PERMISSION");
    let refused = member.client.delete(&path).await;
    refused.expect_error(403, "ROLE_HIERARCHY");
}

// Lesson 4.
#[tokio::test]
async fn a_role_above_one_s_own_is_not_edited_deleted_moved_assigned_or_taken_away() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let above = place.role("above", &[]).await;
    let keeper = place.member_with("keeper", &["MANAGE_ROLES"]).await;
    let below = place.role("below", &[]).await;
    let other = place.member("other").await;
    place.assign(&place.owner, &above).await;
    let client = &keeper.client;

    let path = place.path(&format!("/roles/{above}"));
    let edited = client.patch(&path, &json!({ "name": "mine" })).await;
    edited.expect_error(403, "ROLE_HIERARCHY");
    let deleted = client.delete(&path).await;
    deleted.expect_error(403, "ROLE_HIERARCHY");
    let assignment = place.path(&format!("/members/{}/roles/{above}", other.id));
    let assigned = client.put(&assignment, &json!({})).await;
    assigned.expect_error(403, "ROLE_HIERARCHY");
    let taken = place.path(&format!("/members/{}/roles/{above}", place.owner.id));
    let taken = client.delete(&taken).await;
    taken.expect_error(403, "ROLE_HIERARCHY");
    for wishes in [
        json!([{ "id": above, "position": 1 }]),
        json!([{ "id": below, "position": 3 }]),
        json!([{ "id": below, "position": 2 }]),
    ] {
        let moved = client
            .patch(&place.path("/roles"), &json!({ "roles": wishes }))
            .await;
        moved.expect_error(403, "ROLE_HIERARCHY");
    }
    let roles = place.roles().await;
    assert_eq!(names(&roles), ["everyone", "below", "keeper", "above"]);
}

// Lesson 4.
#[tokio::test]
async fn nobody_grants_a_right_that_they_do_not_hold() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let keeper = place.member_with("keeper", &["MANAGE_ROLES"]).await;
    let strong = place.role("strong", &["BAN_MEMBERS"]).await;
    let weak = place.role("weak", &[]).await;
    let client = &keeper.client;

    let body = json!({ "name": "new", "permissions": ["BAN_MEMBERS"] });
    let created = client.post(&place.path("/roles"), &body).await;
    created.expect_error(403, "MISSING_PERMISSION");
    let path = place.path(&format!("/roles/{weak}"));
    let added = client
        .patch(&path, &json!({ "permissions": ["BAN_MEMBERS"] }))
        .await;
    added.expect_error(403, "MISSING_PERMISSION");
    let path = place.path(&format!("/roles/{strong}"));
    let removed = client.patch(&path, &json!({ "permissions": [] })).await;
    removed.expect_error(403, "MISSING_PERMISSION");
    let friend = place.member("friend").await;
    let to_friend = place.path(&format!("/members/{}/roles/{strong}", friend.id));
    let assigned = client.put(&to_friend, &json!({})).await;
    assigned.expect_error(403, "MISSING_PERMISSION");

    let body = json!({ "name": "fine", "permissions": ["MANAGE_ROLES", "VIEW_CHANNEL"] });
    client.post(&place.path("/roles"), &body).await.expect(201);
    let to_friend = place.path(&format!("/members/{}/roles/{weak}", friend.id));
    client.put(&to_friend, &json!({})).await.expect(204);
}

#[tokio::test]
async fn a_role_is_assigned_once_and_taken_away_once() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let member = place.member("member").await;
    let role = place.role("kicker", &["KICK_MEMBERS"]).await;
    let path = place.path(&format!("/members/{}/roles/{role}", member.id));
    let owner = &place.owner.client;
    let entries = place.acts().await.len();

    owner.put(&path, &json!({})).await.expect(204);
    owner.put(&path, &json!({})).await.expect(204);
    let read = owner
        .get(&place.path(&format!("/members/{}", member.id)))
        .await;
    assert_eq!(read.expect(200)["roles"], json!([role]));
    owner.delete(&path).await.expect(204);
    owner.delete(&path).await.expect(204);
    let read = owner
        .get(&place.path(&format!("/members/{}", member.id)))
        .await;
    assert_eq!(read.expect(200)["roles"], json!([]));
    assert_eq!(
        place.acts().await.len(),
        entries + 2,
        "only what changed something is logged"
    );

    let stranger = world.client.register("stranger").await;
    let nobody = place.path(&format!("/members/{}/roles/{role}", stranger.id));
    let refused = owner.put(&nobody, &json!({})).await;
    refused.expect_error(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_guild_has_at_most_250_roles() {
    let world = World::start().await;
    let owner = world.unlimited("founder").await;
    let place = Place::found_by(&world.client, owner).await;
    for number in 1..250 {
        place.role(&format!("role {number}"), &[]).await;
    }
    let body = json!({ "name": "one too many" });
    let refused = place.owner.client.post(&place.path("/roles"), &body).await;
    refused.expect_error(422, "LIMIT_REACHED");
    let roles = place.roles().await;
    assert_eq!(roles.len(), 250);
    assert_contiguous(&roles);
}
