use serde_json::json;

use crate::place::{Place, ids, text};
use crate::world::World;

#[tokio::test]
async fn a_new_guild_has_an_everyone_role_a_first_channel_and_its_owner() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let owner = &place.owner.client;

    let guild = owner.get(&place.path("")).await;
    assert_eq!(guild.expect(200)["name"], "Tea house");
    assert_eq!(guild.expect(200)["owner_id"], place.owner.id);

    let roles = place.roles().await;
    assert_eq!(roles.len(), 1);
    assert_eq!(roles[0]["id"], place.id);
    assert_eq!(roles[0]["position"], 0);
    assert_eq!(
        roles[0]["permissions"],
        json!([
            "CREATE_INVITE",
            "STREAM",
            "VIEW_CHANNEL",
            "SEND_MESSAGES",
            "ATTACH_FILES",
            "READ_MESSAGE_HISTORY",
            "CONNECT",
            "SPEAK",
            "CHANGE_NICKNAME"
        ])
    );

    let channels = owner.get(&place.path("/channels")).await;
    assert_eq!(channels.expect(200)[0]["name"], "general");
    assert_eq!(channels.expect(200)[0]["kind"], "text");

    let members = owner.get(&place.path("/members")).await;
    assert_eq!(members.expect(200)[0]["user"]["id"], place.owner.id);
    assert_eq!(members.expect(200)[0]["roles"], json!([]));

    let mine = owner.get("/api/v1/users/@me/guilds").await;
    assert_eq!(ids(mine.expect(200)), [place.id]);
}

#[tokio::test]
async fn a_guild_s_name_is_checked_and_unknown_fields_are_named() {
    let world = World::start().await;
    let ada = world.client.register("ada").await.client;
    let blank = ada
        .post("/api/v1/guilds", &json!({ "name": " \u{200B}" }))
        .await;
    assert_eq!(
        blank.expect_error(400, "INVALID_REQUEST")["details"][0]["field"],
        "name"
    );
    let unknown = ada
        .post(
            "/api/v1/guilds",
            &json!({ "name": "Tea", "region": "moon" }),
        )
        .await;
    let error = unknown.expect_error(400, "INVALID_REQUEST").to_string();
    assert!(error.contains("region"), "{error}");
}

#[tokio::test]
async fn a_guild_is_renamed_by_who_may_manage_it_only() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let manager = place.member_with("manager", &["MANAGE_GUILD"]).await;
    let member = place.member("member").await;
    let body = json!({ "name": "Coffee house" });

    let refused = member.client.patch(&place.path(""), &body).await;
    refused.expect_error(403, "MISSING_PERMISSION");
    let renamed = manager.client.patch(&place.path(""), &body).await;
    assert_eq!(renamed.expect(200)["name"], "Coffee house");
    let read = member.client.get(&place.path("")).await;
    assert_eq!(read.expect(200)["name"], "Coffee house");
    assert_eq!(place.acts().await[0], "guild_update");

    let entries = place.acts().await.len();
    let nothing = manager.client.patch(&place.path(""), &json!({})).await;
    nothing.expect(200);
    assert_eq!(place.acts().await.len(), entries, "no change, no entry");
}

#[tokio::test]
async fn only_the_owner_deletes_a_guild_and_then_everything_in_it_is_gone() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let admin = place.member_with("admin", &["ADMINISTRATOR"]).await;
    let channel = place.channel("tea").await;
    let code = place.invite(json!({})).await;
    let stranger = world.client.register("stranger").await;

    let refused = admin.client.delete(&place.path("")).await;
    refused.expect_error(403, "MISSING_PERMISSION");
    place.owner.client.delete(&place.path("")).await.expect(204);

    for account in [&place.owner, &admin] {
        let client = &account.client;
        for path in [
            "",
            "/channels",
            "/roles",
            "/members",
            "/bans",
            "/invites",
            "/audit-log",
        ] {
            let answer = client.get(&place.path(path)).await;
            answer.expect_error(404, "NOT_FOUND");
        }
        let answer = client.get(&format!("/api/v1/channels/{channel}")).await;
        answer.expect_error(404, "NOT_FOUND");
        let post = client
            .post(&place.path("/channels"), &json!({ "name": "late" }))
            .await;
        post.expect_error(404, "NOT_FOUND");
        let mine = client.get("/api/v1/users/@me/guilds").await;
        assert_eq!(mine.expect(200), &json!([]));
    }
    let invite = format!("/api/v1/invites/{code}");
    let preview = stranger.client.get(&invite).await;
    preview.expect_error(404, "NOT_FOUND");
    let accepted = stranger.client.post(&invite, &json!({})).await;
    accepted.expect_error(404, "NOT_FOUND");
    let again = place.owner.client.delete(&place.path("")).await;
    again.expect_error(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_member_leaves_and_is_out_but_the_owner_cannot() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let member = place.member("member").await;
    let leave = format!("/api/v1/users/@me/guilds/{}", place.id);

    member.client.delete(&leave).await.expect(204);
    let gone = member.client.get(&place.path("")).await;
    gone.expect_error(404, "NOT_FOUND");
    let again = member.client.delete(&leave).await;
    again.expect_error(404, "NOT_FOUND");
    let owner = place.owner.client.delete(&leave).await;
    owner.expect_error(409, "OWNER_CANNOT_LEAVE");
    place.owner.client.get(&place.path("")).await.expect(200);
}

#[tokio::test]
async fn nobody_is_in_more_than_a_hundred_guilds_also_when_the_last_are_founded_at_once() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let code = place.invite(json!({})).await;
    let ada = world.unlimited("ada").await;
    let found = || async {
        let answer = ada
            .client
            .post("/api/v1/guilds", &json!({ "name": "One more" }))
            .await;
        answer.status
    };
    for _ in 0..98 {
        assert_eq!(found().await, 201);
    }
    let mut statuses = Vec::from(<[u16; 4]>::from(tokio::join!(
        found(),
        found(),
        found(),
        found()
    )));
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201, 422, 422]);

    let mine = ada.client.get("/api/v1/users/@me/guilds").await;
    assert_eq!(ids(mine.expect(200)).len(), 100);
    let refused = ada
        .client
        .post("/api/v1/guilds", &json!({ "name": "One more" }))
        .await;
    refused.expect_error(422, "LIMIT_REACHED");
    let join = ada
        .client
        .post(&format!("/api/v1/invites/{code}"), &json!({}))
        .await;
    join.expect_error(422, "LIMIT_REACHED");
    let first = text(&mine.expect(200)[0]["id"]);
    ada.client
        .delete(&format!("/api/v1/guilds/{first}"))
        .await
        .expect(204);
    let join = ada
        .client
        .post(&format!("/api/v1/invites/{code}"), &json!({}))
        .await;
    join.expect(200);
}
