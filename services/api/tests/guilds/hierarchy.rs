//! What reaches into channels: roles that are given and taken, and memberships that end. Every act against who stands as high
//! or higher is in the fleet's table.

use serde_json::{Value, json};

use crate::place::{Place, text};
use crate::world::World;

fn overwrite(channel: &str, target: &str) -> String {
    format!("/api/v1/channels/{channel}/overwrites/{target}")
}

impl Place {
    async fn make_exception(&self, channel: &str, target: &str, body: Value) {
        let path = overwrite(channel, target);
        self.owner.client.put(&path, &body).await.expect(204);
    }

    /// What a channel says of one target: none if nothing.
    async fn exception(&self, channel: &str, target: &str) -> Option<Value> {
        let path = format!("/api/v1/channels/{channel}");
        let read = self.owner.client.get(&path).await.expect(200).clone();
        let mut all = read["overwrites"].as_array().into_iter().flatten();
        all.find(|found| found["id"] == target).cloned()
    }
}

#[tokio::test]
async fn a_role_that_opens_a_channel_is_given_only_by_who_has_those_rights_there() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let keeper = place.member_with("keeper", &["MANAGE_ROLES"]).await;
    let friend = place.member("friend").await;
    let insiders = place.role("insiders", &[]).await;
    let vault = place.hidden_channel("vault").await;
    let allow = json!({ "kind": "role", "allow": ["VIEW_CHANNEL", "MANAGE_MESSAGES"] });
    place.make_exception(&vault, &insiders, allow).await;
    let give = place.path(&format!("/members/{}/roles/{insiders}", friend.id));

    // The keeper does not even see the channel.
    let refused = keeper.client.put(&give, &json!({})).await;
    let error = refused.expect_error(403, "MISSING_PERMISSION");
    let message = text(&error["message"]);
    assert!(message.contains("VIEW_CHANNEL"), "{message}");
    assert!(message.contains("MANAGE_MESSAGES"), "{message}");

    // Seeing it is not enough; all that the role has there is.
    let see = json!({ "kind": "member", "allow": ["VIEW_CHANNEL"] });
    place.make_exception(&vault, &keeper.id, see).await;
    let refused = keeper.client.put(&give, &json!({})).await;
    let error = refused.expect_error(403, "MISSING_PERMISSION");
    assert!(!text(&error["message"]).contains("VIEW_CHANNEL"));
    let both = json!({ "kind": "member", "allow": ["VIEW_CHANNEL", "MANAGE_MESSAGES"] });
    place.make_exception(&vault, &keeper.id, both).await;
    keeper.client.put(&give, &json!({})).await.expect(204);
}

#[tokio::test]
async fn a_role_that_closes_a_channel_is_neither_taken_nor_deleted_by_who_is_shut_out() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let keeper = place.member_with("keeper", &["MANAGE_ROLES"]).await;
    let friend = place.member("friend").await;
    let banished = place.role("banished", &[]).await;
    let court = place.channel("court").await;
    place
        .deny(&court, &banished, &["VIEW_CHANNEL", "MENTION_EVERYONE"])
        .await;
    place.assign(&friend, &banished).await;
    place.assign(&keeper, &banished).await;
    let of_friend = place.path(&format!("/members/{}/roles/{banished}", friend.id));
    let of_keeper = place.path(&format!("/members/{}/roles/{banished}", keeper.id));
    let role = place.path(&format!("/roles/{banished}"));

    let taken = keeper.client.delete(&of_friend).await;
    taken.expect_error(403, "MISSING_PERMISSION");
    let taken = keeper.client.delete(&of_keeper).await;
    taken.expect_error(403, "ROLE_HIERARCHY");
    let deleted = keeper.client.delete(&role).await;
    deleted.expect_error(403, "MISSING_PERMISSION");
    let seen = keeper
        .client
        .get(&format!("/api/v1/channels/{court}"))
        .await;
    seen.expect_error(404, "NOT_FOUND");

    // Who holds what it takes away may give it back.
    let warden = place
        .member_with("warden", &["MANAGE_ROLES", "MENTION_EVERYONE"])
        .await;
    let roles = place.roles().await;
    let top = roles.len() as i64 - 1;
    let wanted = roles.iter().find(|role| role["name"] == "warden");
    let move_up = json!({ "roles": [{ "id": wanted.unwrap()["id"], "position": top }] });
    let path = place.path("/roles");
    let moved = place.owner.client.patch(&path, &move_up).await;
    moved.expect(200);
    warden.client.delete(&of_friend).await.expect(204);
    warden.client.delete(&role).await.expect(204);
}

#[tokio::test]
async fn who_goes_loses_what_channels_allowed_and_keeps_what_they_denied() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let owner = &place.owner.client;
    let (vault, square) = (
        place.hidden_channel("vault").await,
        place.channel("square").await,
    );
    let open = json!({ "kind": "member", "allow": ["VIEW_CHANNEL"] });
    let both = json!({ "kind": "member", "allow": ["MANAGE_MESSAGES"], "deny": ["SEND_MESSAGES"] });
    for (name, way) in [
        ("ada", "leaves"),
        ("bob", "is kicked"),
        ("cleo", "is banned"),
    ] {
        let member = place.member(name).await;
        place.make_exception(&vault, &member.id, open.clone()).await;
        place
            .make_exception(&square, &member.id, both.clone())
            .await;
        let inside = format!("/api/v1/channels/{vault}");
        member.client.get(&inside).await.expect(200);
        let (of_member, ban) = (
            place.path(&format!("/members/{}", member.id)),
            place.path(&format!("/bans/{}", member.id)),
        );
        match way {
            "leaves" => {
                let leave = format!("/api/v1/users/@me/guilds/{}", place.id);
                member.client.delete(&leave).await.expect(204);
            }
            "is kicked" => {
                owner.delete(&of_member).await.expect(204);
            }
            _ => {
                owner.put(&ban, &json!({})).await.expect(204);
                owner.delete(&ban).await.expect(204);
            }
        }
        assert_eq!(place.exception(&vault, &member.id).await, None, "{way}");
        let left = place.exception(&square, &member.id).await.unwrap();
        assert_eq!(left["allow"], json!([]), "{way}");
        assert_eq!(left["deny"], json!(["SEND_MESSAGES"]), "{way}");

        let code = place.invite(json!({})).await;
        let join = format!("/api/v1/invites/{code}");
        member.client.post(&join, &json!({})).await.expect(200);
        let seen = member.client.get(&inside).await;
        seen.expect_error(404, "NOT_FOUND");
        let messages = format!("/api/v1/channels/{square}/messages");
        let posted = member
            .client
            .post(&messages, &json!({ "content": way }))
            .await;
        posted.expect_error(403, "MISSING_PERMISSION");
    }
}

#[tokio::test]
async fn a_denial_of_somebody_who_has_left_is_taken_back_but_nothing_new_is_said_of_them() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let keeper = place.member_with("keeper", &["MANAGE_ROLES"]).await;
    let gone = place.member("gone").await;
    let square = place.channel("square").await;
    let deny = json!({ "kind": "member", "deny": ["SEND_MESSAGES"] });
    place.make_exception(&square, &gone.id, deny.clone()).await;
    let leave = format!("/api/v1/users/@me/guilds/{}", place.id);
    gone.client.delete(&leave).await.expect(204);

    let path = overwrite(&square, &gone.id);
    let refused = keeper.client.put(&path, &deny).await;
    refused.expect_error(404, "NOT_FOUND");
    keeper.client.delete(&path).await.expect(204);
    assert_eq!(place.exception(&square, &gone.id).await, None);
}

#[tokio::test]
async fn nothing_is_placed_in_a_category_by_who_may_not_manage_it() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let builder = place.member_with("builder", &["MANAGE_CHANNELS"]).await;
    let role = place.roles().await.pop().unwrap();
    let body = json!({ "name": "Archive", "kind": "category" });
    let category = place.channel_of(body).await;
    place
        .deny(
            &category,
            role["id"].as_str().unwrap(),
            &["MANAGE_CHANNELS"],
        )
        .await;
    let plain = place.channel("plain").await;

    let body = json!({ "name": "note", "parent_id": category });
    let made = builder.client.post(&place.path("/channels"), &body).await;
    made.expect_error(403, "MISSING_PERMISSION");
    let plain = format!("/api/v1/channels/{plain}");
    let body = json!({ "parent_id": category });
    let moved = builder.client.patch(&plain, &body).await;
    moved.expect_error(403, "MISSING_PERMISSION");

    // Moved by who may, a channel keeps its own exceptions: its rights do not change.
    let before = place.owner.client.get(&plain).await.expect(200).clone();
    let moved = place.owner.client.patch(&plain, &body).await;
    assert_eq!(
        moved.expect(200).get("overwrites"),
        before.get("overwrites")
    );
}

#[tokio::test]
async fn an_owner_chooses_their_own_roles_and_nobody_else_does() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let keeper = place.member_with("keeper", &["ADMINISTRATOR"]).await;
    let colour = place.role("colour", &[]).await;
    for (who, status) in [(&place.owner, 204), (&keeper, 403)] {
        let path = place.path(&format!("/members/{}/roles/{colour}", who.id));
        who.client.put(&path, &json!({})).await.expect(status);
        who.client.delete(&path).await.expect(status);
    }
}
