use serde_json::{Value, json};

use crate::place::{Place, ids, text};
use crate::world::World;

fn path(channel: &str) -> String {
    format!("/api/v1/channels/{channel}")
}

#[tokio::test]
async fn a_channel_is_made_changed_and_deleted() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let keeper = place.member_with("keeper", &["MANAGE_CHANNELS"]).await;
    let member = place.member("member").await;
    let body = json!({ "name": "tea", "topic": "leaves" });

    let refused = member.client.post(&place.path("/channels"), &body).await;
    refused.expect_error(403, "MISSING_PERMISSION");
    let created = keeper.client.post(&place.path("/channels"), &body).await;
    let created = created.expect(201).clone();
    assert_eq!(created["kind"], "text");
    assert_eq!(created["topic"], "leaves");
    assert_eq!(created["guild_id"], place.id);
    let tea = text(&created["id"]);
    let read = member.client.get(&path(&tea)).await;
    assert_eq!(read.expect(200), &created);

    let refused = member
        .client
        .patch(&path(&tea), &json!({ "name": "mine" }))
        .await;
    refused.expect_error(403, "MISSING_PERMISSION");
    let changed = keeper
        .client
        .patch(&path(&tea), &json!({ "topic": "" }))
        .await;
    assert_eq!(changed.expect(200)["topic"], "");
    assert_eq!(changed.expect(200)["name"], "tea");
    let refused = member.client.delete(&path(&tea)).await;
    refused.expect_error(403, "MISSING_PERMISSION");
    keeper.client.delete(&path(&tea)).await.expect(204);
    let gone = keeper.client.get(&path(&tea)).await;
    gone.expect_error(404, "NOT_FOUND");
    let gone = keeper.client.delete(&path(&tea)).await;
    gone.expect_error(404, "NOT_FOUND");
    assert_eq!(
        place.acts().await[..3],
        ["channel_delete", "channel_update", "channel_create"]
    );
}

#[tokio::test]
async fn a_channel_stands_under_a_category_of_its_guild_only() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let other = world.client.register("other").await;
    let other = Place::found_by(&world.client, other).await;
    let category = place
        .channel_of(json!({ "name": "Rooms", "kind": "category" }))
        .await;
    let foreign = other
        .channel_of(json!({ "name": "Rooms", "kind": "category" }))
        .await;
    let plain = place.channel("plain").await;
    let child = place
        .channel_of(json!({ "name": "tea", "parent_id": category }))
        .await;
    let owner = &place.owner.client;

    for wrong in [&foreign, &plain, &place.id] {
        let body = json!({ "name": "lost", "parent_id": wrong });
        let refused = owner.post(&place.path("/channels"), &body).await;
        let error = refused.expect_error(400, "INVALID_REQUEST");
        assert_eq!(error["details"][0]["field"], "parent_id");
        let refused = owner
            .patch(&path(&plain), &json!({ "parent_id": wrong }))
            .await;
        refused.expect_error(400, "INVALID_REQUEST");
    }
    let body = json!({ "name": "deep", "kind": "category", "parent_id": category });
    let refused = owner.post(&place.path("/channels"), &body).await;
    refused.expect_error(400, "INVALID_REQUEST");
    let refused = owner
        .post(
            &place.path("/channels"),
            &json!({ "name": "dm", "kind": "direct" }),
        )
        .await;
    refused.expect_error(400, "INVALID_REQUEST");

    owner.delete(&path(&category)).await.expect(204);
    let orphan = owner.get(&path(&child)).await;
    assert_eq!(orphan.expect(200)["parent_id"], Value::Null);
}

#[tokio::test]
async fn a_hidden_category_is_no_parent_and_a_private_one_makes_private_channels() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let category = place
        .channel_of(json!({ "name": "Staff", "kind": "category" }))
        .await;
    place.deny(&category, &place.id, &["VIEW_CHANNEL"]).await;
    let keeper = place.member_with("keeper", &["MANAGE_CHANNELS"]).await;
    let body = json!({ "name": "guess", "parent_id": category });
    let refused = keeper.client.post(&place.path("/channels"), &body).await;
    let unknown = json!({ "name": "guess", "parent_id": place.id });
    let unknown = keeper.client.post(&place.path("/channels"), &unknown).await;
    assert_eq!(
        refused.expect_error(400, "INVALID_REQUEST")["details"],
        unknown.expect_error(400, "INVALID_REQUEST")["details"]
    );
    let child = place
        .channel_of(json!({ "name": "plans", "parent_id": category }))
        .await;
    let hidden = keeper.client.get(&path(&child)).await;
    hidden.expect_error(404, "NOT_FOUND");
}

// Lesson 3, the part over REST.
#[tokio::test]
async fn a_channel_that_may_not_be_viewed_is_neither_listed_nor_found_nor_changed() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let hidden = place.hidden_channel("plans").await;
    let keeper = place
        .member_with("keeper", &["MANAGE_CHANNELS", "MANAGE_ROLES"])
        .await;
    let client = &keeper.client;
    let listed = client.get(&place.path("/channels")).await;
    assert!(!ids(listed.expect(200)).contains(&hidden));
    let overwrite = format!("{}/overwrites/{}", path(&hidden), place.id);
    let allow = json!({ "kind": "role", "allow": ["VIEW_CHANNEL"] });
    for answer in [
        client.get(&path(&hidden)).await,
        client.patch(&path(&hidden), &json!({ "name": "x" })).await,
        client.delete(&path(&hidden)).await,
        client.put(&overwrite, &allow).await,
        client.delete(&overwrite).await,
    ] {
        answer.expect_error(404, "NOT_FOUND");
    }
    let order = json!({ "channels": [{ "id": hidden, "position": 0 }] });
    let moved = client.patch(&place.path("/channels"), &order).await;
    let unknown = json!({ "channels": [{ "id": place.id, "position": 0 }] });
    let unknown = client.patch(&place.path("/channels"), &unknown).await;
    assert_eq!(
        moved.expect_error(400, "INVALID_REQUEST")["details"],
        unknown.expect_error(400, "INVALID_REQUEST")["details"]
    );
    let seen = place.owner.client.get(&place.path("/channels")).await;
    assert!(ids(seen.expect(200)).contains(&hidden));
}

#[tokio::test]
async fn channels_are_reordered_all_or_none() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let owner = &place.owner.client;
    let list = owner.get(&place.path("/channels")).await;
    let first = ids(list.expect(200));
    let (a, b) = (place.channel("a").await, place.channel("b").await);
    let order = |wishes: Value| json!({ "channels": wishes });

    let moved = owner
        .patch(
            &place.path("/channels"),
            &order(json!([{ "id": b, "position": 0 }])),
        )
        .await;
    let expected = [&b, &first[0], &first[1], &a].map(Clone::clone);
    assert_eq!(ids(moved.expect(200)), expected);
    for wrong in [
        json!([{ "id": a, "position": 0 }, { "id": a, "position": 1 }]),
        json!([{ "id": a, "position": 0 }, { "id": b, "position": -1 }]),
        json!([{ "id": a, "position": 0 }, { "id": b, "position": 100_001 }]),
        json!([{ "id": a, "position": 0 }, { "id": place.id, "position": 1 }]),
    ] {
        let refused = owner.patch(&place.path("/channels"), &order(wrong)).await;
        refused.expect_error(400, "INVALID_REQUEST");
    }
    let list = owner.get(&place.path("/channels")).await;
    assert_eq!(list.expect(200), moved.expect(200));
}

#[tokio::test]
async fn a_guild_has_at_most_500_channels() {
    let world = World::start().await;
    let owner = world.unlimited("founder").await;
    let place = Place::found_by(&world.client, owner).await;
    for number in 2..500 {
        place.channel(&format!("room {number}")).await;
    }
    let body = json!({ "name": "one too many" });
    let refused = place
        .owner
        .client
        .post(&place.path("/channels"), &body)
        .await;
    refused.expect_error(422, "LIMIT_REACHED");
    let listed = place.owner.client.get(&place.path("/channels")).await;
    assert_eq!(ids(listed.expect(200)).len(), 500);
}
