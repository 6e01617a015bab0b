use serde_json::{Value, json};

use crate::place::{Place, text};
use crate::world::World;

#[tokio::test]
async fn the_log_is_for_who_may_view_it_newest_first_and_in_pages() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let auditor = place.member_with("auditor", &["VIEW_AUDIT_LOG"]).await;
    let member = place.member("member").await;
    let stranger = world.client.register("stranger").await;
    for name in ["a", "b", "c"] {
        place.channel(name).await;
    }
    let path = place.path("/audit-log");
    let refused = member.client.get(&path).await;
    refused.expect_error(403, "MISSING_PERMISSION");
    let refused = stranger.client.get(&path).await;
    refused.expect_error(404, "NOT_FOUND");

    let first = auditor.client.get(&format!("{path}?limit=2")).await;
    let first = first.expect(200).clone();
    assert_eq!(first[0]["action"], "channel_create");
    assert_eq!(first[0]["changes"]["name"], "c");
    assert_eq!(first[0]["actor"]["id"], place.owner.id);
    let last = text(&first[1]["id"]);
    let next = auditor
        .client
        .get(&format!("{path}?limit=2&before={last}"))
        .await;
    assert_eq!(next.expect(200)[0]["changes"]["name"], "a");
}

#[tokio::test]
async fn every_administrative_act_is_in_the_log_and_no_invite_code() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let owner = &place.owner.client;
    let target = place.member("target").await;
    let role = place.role("role", &[]).await;
    let channel = place.channel("tea").await;
    let member = place.path(&format!("/members/{}", target.id));
    let assignment = format!("{member}/roles/{role}");
    let ban = place.path(&format!("/bans/{}", target.id));
    let overwrite = format!("/api/v1/channels/{channel}/overwrites/{role}");
    let code = place.invite(json!({})).await;

    owner.put(&assignment, &json!({})).await.expect(204);
    owner.delete(&assignment).await.expect(204);
    owner
        .patch(&member, &json!({ "nick": "Tee" }))
        .await
        .expect(200);
    place.deny(&channel, &role, &["SEND_MESSAGES"]).await;
    owner.delete(&overwrite).await.expect(204);
    owner
        .delete(&format!("/api/v1/invites/{code}"))
        .await
        .expect(204);
    owner.delete(&member).await.expect(204);
    owner
        .put(&ban, &json!({ "reason": "cups" }))
        .await
        .expect(204);
    owner.delete(&ban).await.expect(204);
    let order = json!({ "channels": [{ "id": channel, "position": 0 }] });
    owner
        .patch(&place.path("/channels"), &order)
        .await
        .expect(200);
    place.role("other", &[]).await;
    let order = json!({ "roles": [{ "id": role, "position": 1 }] });
    owner.patch(&place.path("/roles"), &order).await.expect(200);
    let role = place.path(&format!("/roles/{role}"));
    owner
        .patch(&role, &json!({ "hoist": true }))
        .await
        .expect(200);
    owner.delete(&role).await.expect(204);

    let mut acts = place.acts().await;
    acts.reverse();
    assert_eq!(
        acts,
        [
            "invite_create",
            "role_create",
            "channel_create",
            "member_role_add",
            "member_role_remove",
            "member_update",
            "overwrite_put",
            "overwrite_delete",
            "invite_revoke",
            "member_kick",
            "member_ban",
            "member_unban",
            "channels_reorder",
            "role_create",
            "roles_reorder",
            "role_update",
            "role_delete",
        ]
    );
    let log = owner
        .get(&place.path("/audit-log"))
        .await
        .expect(200)
        .to_string();
    assert!(
        !log.contains(&code),
        "who reads the log need not be able to let people in"
    );
    assert!(log.contains("cups"), "the reason of the ban");
}

#[tokio::test]
async fn an_entry_says_what_was_before_and_what_is_now() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let owner = &place.owner.client;
    let role = place.role("crew", &["SEND_MESSAGES"]).await;
    let ada = place.member("ada").await;
    let channel = place.channel("tea").await;
    let newest = async || {
        let log = owner.get(&place.path("/audit-log?limit=1")).await;
        log.expect(200)[0]["changes"].clone()
    };
    let body = json!({"name": "staff", "permissions": ["KICK_MEMBERS"], "hoist": false});
    owner
        .patch(&place.path(&format!("/roles/{role}")), &body)
        .await
        .expect(200);
    let expected = json!({
        "name": {"old": "crew", "new": "staff"},
        "permissions": {"old": ["SEND_MESSAGES"], "new": ["KICK_MEMBERS"]},
    });
    assert_eq!(newest().await, expected);
    let body = json!({"topic": "leaves", "name": "tea"});
    owner
        .patch(&format!("/api/v1/channels/{channel}"), &body)
        .await
        .expect(200);
    assert_eq!(
        newest().await,
        json!({"topic": {"old": "", "new": "leaves"}})
    );
    let body = json!({"nick": "A."});
    owner
        .patch(&place.path(&format!("/members/{}", ada.id)), &body)
        .await
        .expect(200);
    assert_eq!(newest().await, json!({"nick": {"old": null, "new": "A."}}));
    owner
        .patch(&place.path(""), &json!({"name": "Coffee house"}))
        .await
        .expect(200);
    assert_eq!(
        newest().await,
        json!({"name": {"old": "Tea house", "new": "Coffee house"}})
    );
    place.deny(&channel, &role, &["SEND_MESSAGES"]).await;
    let changes = newest().await;
    assert_eq!(
        changes["deny"],
        json!({"old": [], "new": ["SEND_MESSAGES"]})
    );
}

// Lesson 5.
#[tokio::test]
async fn the_log_does_not_name_channels_that_its_reader_may_not_view() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let auditor = place.member_with("auditor", &["VIEW_AUDIT_LOG"]).await;
    let category = place
        .channel_of(json!({ "name": "secret-rooms", "kind": "category" }))
        .await;
    place.deny(&category, &place.id, &["VIEW_CHANNEL"]).await;
    let channel = place
        .channel_of(json!({ "name": "secret-plans", "parent_id": category }))
        .await;
    let path = format!("/api/v1/channels/{channel}");
    let owner = &place.owner.client;
    owner
        .patch(&path, &json!({ "name": "secret-party", "topic": "secret" }))
        .await
        .expect(200);
    let order = json!({ "channels": [{ "id": channel, "position": 0 }] });
    owner
        .patch(&place.path("/channels"), &order)
        .await
        .expect(200);
    let doomed = place.hidden_channel("secret-grave").await;
    owner
        .delete(&format!("/api/v1/channels/{doomed}"))
        .await
        .expect(204);
    // The one act that happened before it was hidden counts too.
    let log = auditor.client.get(&place.path("/audit-log")).await;
    let log = log.expect(200).clone();
    let all = log.to_string();
    for secret in [
        "secret",
        category.as_str(),
        channel.as_str(),
        doomed.as_str(),
    ] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
    let hidden: Vec<_> = log
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| text(&entry["action"]) == "channel_update")
        .collect();
    assert_eq!(hidden.len(), 1, "that something was done is no secret");
    assert_eq!(hidden[0]["changes"], json!({}));
    assert_eq!(hidden[0]["target_id"], Value::Null);

    let log = owner
        .get(&place.path("/audit-log"))
        .await
        .expect(200)
        .to_string();
    assert!(log.contains("secret-grave") && log.contains("secret-party"));
}

// Lesson 5.
#[tokio::test]
async fn the_log_does_not_tell_where_a_message_was_deleted_to_who_may_not_view_the_place() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let auditor = place.member_with("auditor", &["VIEW_AUDIT_LOG"]).await;
    let ada = place.member("ada").await;
    let channel = place.channel("tea").await;
    let messages = format!("/api/v1/channels/{channel}/messages");
    let body = json!({ "content": "burnt leaves" });
    let message = ada.client.post(&messages, &body).await;
    let message = text(&message.expect(201)["id"]);
    let path = format!("{messages}/{message}");
    place.owner.client.delete(&path).await.expect(204);

    let newest = async || {
        let log = auditor.client.get(&place.path("/audit-log?limit=2")).await;
        let log = log.expect(200).as_array().unwrap().clone();
        let deletion = log
            .into_iter()
            .find(|entry| entry["action"] == "message_delete");
        deletion.expect("it is one of the newest two")
    };
    let seen = newest().await;
    assert_eq!(seen["changes"]["channel_id"], channel);
    assert!(!seen.to_string().contains("leaves"));
    place.deny(&channel, &place.id, &["VIEW_CHANNEL"]).await;
    let hidden = newest().await;
    assert_eq!(hidden["changes"], json!({}));
    assert_eq!(hidden["target_id"], Value::Null);
}
