use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::place::{Place, text};
use crate::world::World;

#[tokio::test]
async fn an_invite_is_previewed_and_accepted_by_who_has_its_code() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let ada = world.client.register("ada").await;
    let invite = place
        .owner
        .client
        .post(&place.path("/invites"), &json!({}))
        .await;
    let invite = invite.expect(201).clone();
    assert_eq!(invite["creator"]["id"], place.owner.id);
    assert_eq!(invite["max_uses"], Value::Null);
    assert!(
        invite["expires_at"].is_string(),
        "a week if nothing is said"
    );
    let code = text(&invite["code"]);
    assert_eq!(code.len(), 10);
    let path = format!("/api/v1/invites/{code}");

    let preview = ada.client.get(&path).await;
    assert_eq!(preview.expect(200)["guild_name"], "Tea house");
    assert_eq!(preview.expect(200)["member_count"], 1);
    let joined = ada.client.post(&path, &json!({})).await;
    assert_eq!(joined.expect(200)["id"], place.id);
    let channels = ada.client.get(&place.path("/channels")).await;
    assert_eq!(channels.expect(200)[0]["name"], "general");

    let again = ada.client.post(&path, &json!({})).await;
    assert_eq!(again.expect(200)["id"], place.id);
    let listed = place.owner.client.get(&place.path("/invites")).await;
    assert_eq!(
        listed.expect(200)[0]["uses"],
        1,
        "a member's use does not count"
    );
    for wrong in ["nowhere222", "x", "a%20b"] {
        let unknown = ada.client.get(&format!("/api/v1/invites/{wrong}")).await;
        unknown.expect_error(404, "NOT_FOUND");
    }
}

#[tokio::test]
async fn a_stranger_sees_where_an_invite_leads_and_nothing_of_one_that_leads_nowhere() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let (stranger, banned) = (world.client.anonymous(), place.member("banned").await);
    let code = place.invite(json!({})).await;
    let path = |code: &str| format!("/api/v1/invites/{code}");
    let preview = stranger.get(&path(&code)).await;
    let preview = preview.expect(200);
    assert_eq!(preview["guild_name"], "Tea house");
    assert_eq!(preview["guild_icon"], Value::Null);
    assert_eq!(preview["inviter"]["id"], place.owner.id);
    assert_eq!(preview["member_count"], 2);
    let ban = place.path(&format!("/bans/{}", banned.id));
    place.owner.client.put(&ban, &json!({})).await.expect(204);
    banned
        .client
        .get(&path(&code))
        .await
        .expect_error(403, "BANNED");

    let used = place.invite(json!({"max_uses": 1})).await;
    let ada = world.client.register("ada").await;
    ada.client.post(&path(&used), &json!({})).await.expect(200);
    let revoked = place.invite(json!({"unique": true})).await;
    place.owner.client.delete(&path(&revoked)).await.expect(204);
    for code in [used.as_str(), revoked.as_str(), "neverwas22"] {
        stranger
            .get(&path(code))
            .await
            .expect_error(404, "NOT_FOUND");
    }
    ada.client
        .get(&path(&revoked))
        .await
        .expect_error(410, "INVITE_EXPIRED");
    // A session that is shown has to be good.
    let forger = stranger.with_token("made-up");
    forger
        .get(&path(&code))
        .await
        .expect_error(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn what_an_invite_may_be_is_checked() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let owner = &place.owner.client;
    for (field, value) in [
        ("max_uses", 0),
        ("max_uses", 1001),
        ("max_age", 59),
        ("max_age", 2_592_001),
    ] {
        let refused = owner
            .post(&place.path("/invites"), &json!({ field: value }))
            .await;
        let error = refused.expect_error(400, "INVALID_REQUEST");
        assert_eq!(error["details"][0]["field"], field);
    }
    let for_ever = owner
        .post(&place.path("/invites"), &json!({ "max_age": null }))
        .await;
    assert_eq!(for_ever.expect(201)["expires_at"], Value::Null);
}

#[tokio::test]
async fn an_invite_is_revoked_by_its_creator_or_who_manages_the_guild() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let ada = place.member("ada").await;
    let bob = place.member("bob").await;
    let stranger = world.client.register("stranger").await;
    let invite = || async {
        let body = json!({ "unique": true });
        let invite = ada.client.post(&place.path("/invites"), &body).await;
        format!("/api/v1/invites/{}", text(&invite.expect(201)["code"]))
    };
    let (first, second) = (invite().await, invite().await);

    let refused = bob.client.delete(&first).await;
    refused.expect_error(403, "MISSING_PERMISSION");
    let refused = stranger.client.delete(&first).await;
    refused.expect_error(404, "NOT_FOUND");
    ada.client.delete(&first).await.expect(204);
    place.owner.client.delete(&second).await.expect(204);
    for path in [&first, &second] {
        let again = ada.client.delete(path).await;
        again.expect_error(404, "NOT_FOUND");
        let accepted = stranger.client.post(path, &json!({})).await;
        accepted.expect_error(410, "INVITE_EXPIRED");
    }
    let listed = ada.client.get(&place.path("/invites")).await;
    listed.expect_error(403, "MISSING_PERMISSION");
}

#[tokio::test]
async fn who_may_not_invite_makes_no_invite() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let ada = place.member("ada").await;
    let everyone = place.path(&format!("/roles/{}", place.id));
    let body = json!({ "permissions": ["VIEW_CHANNEL"] });
    place.owner.client.patch(&everyone, &body).await.expect(200);
    let refused = ada.client.post(&place.path("/invites"), &json!({})).await;
    refused.expect_error(403, "MISSING_PERMISSION");
}

#[tokio::test]
async fn the_same_person_gets_the_same_invite_while_it_is_as_good_as_new() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let ada = place.member("ada").await;
    let guest = world.client.register("guest").await;
    let make = async |who: &kith_testkit::Account, body: Value| {
        let made = who.client.post(&place.path("/invites"), &body).await;
        let status = made.status;
        (status, text(&made.expect(status)["code"]))
    };
    let kinds = [
        json!({ "max_age": 3600 }),
        json!({ "max_age": null, "max_uses": 5 }),
        json!({ "max_age": 3600, "max_uses": 5 }),
        json!({ "max_age": null }),
    ];
    let mut codes = Vec::new();
    for kind in &kinds {
        let (status, code) = make(&ada, kind.clone()).await;
        assert_eq!(status, 201, "{kind} is another kind");
        codes.push(code);
    }
    for (kind, code) in kinds.iter().zip(&codes) {
        assert_eq!(make(&ada, kind.clone()).await, (200, code.clone()));
    }
    // Somebody else's is theirs, and who wants a new one gets it.
    assert_eq!(make(&place.owner, kinds[0].clone()).await.0, 201);
    let unique = json!({ "max_age": 3600, "unique": true });
    assert_eq!(make(&ada, unique).await.0, 201);
    // One that was used a little is not as good, unless its uses are not counted; one that was revoked is none.
    for code in &codes[..2] {
        let path = format!("/api/v1/invites/{code}");
        guest.client.post(&path, &json!({})).await.expect(200);
        let leave = format!("/api/v1/users/@me/guilds/{}", place.id);
        guest.client.delete(&leave).await.expect(204);
    }
    assert_eq!(make(&ada, kinds[1].clone()).await.0, 201);
    let path = format!("/api/v1/invites/{}", codes[3]);
    ada.client.delete(&path).await.expect(204);
    assert_eq!(make(&ada, kinds[3].clone()).await.0, 201);
}

#[tokio::test]
async fn nobody_uses_up_the_invites_of_others() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let greedy = world.unlimited("greedy").await;
    let modest = world.unlimited("modest").await;
    let code = place.invite(json!({})).await;
    for who in [&greedy, &modest] {
        let path = format!("/api/v1/invites/{code}");
        who.client.post(&path, &json!({})).await.expect(200);
    }
    let unique = json!({ "unique": true });
    let make =
        async |who: &kith_testkit::Account| who.client.post(&place.path("/invites"), &unique).await;
    for _ in 0..30 {
        make(&greedy).await.expect(201);
    }
    let refused = make(&greedy).await;
    let error = refused.expect_error(422, "LIMIT_REACHED");
    assert!(text(&error["message"]).contains("30"), "{error}");
    make(&modest).await.expect(201);
    // What is revoked does not count.
    let mine = place
        .owner
        .client
        .get(&place.path("/invites?limit=100"))
        .await;
    let mine = mine.expect(200).as_array().expect("a list").clone();
    let one = mine
        .iter()
        .find(|invite| invite["creator"]["id"] == greedy.id);
    let code = text(&one.expect("there are thirty")["code"]);
    let path = format!("/api/v1/invites/{code}");
    greedy.client.delete(&path).await.expect(204);
    make(&greedy).await.expect(201);
}

#[tokio::test]
async fn the_invites_of_who_is_gone_are_gone_too() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let guest = world.client.register("guest").await;
    for how in ["kick", "ban", "leave"] {
        let name = format!("gone.{how}");
        let account = place.member(&name).await;
        let body = json!({ "max_age": null });
        let made = account.client.post(&place.path("/invites"), &body).await;
        let path = format!("/api/v1/invites/{}", text(&made.expect(201)["code"]));
        guest.client.get(&path).await.expect(200);
        let gone = match how {
            "kick" => {
                let path = place.path(&format!("/members/{}", account.id));
                place.owner.client.delete(&path).await
            }
            "ban" => {
                let path = place.path(&format!("/bans/{}", account.id));
                place.owner.client.put(&path, &json!({})).await
            }
            _ => {
                let path = format!("/api/v1/users/@me/guilds/{}", place.id);
                account.client.delete(&path).await
            }
        };
        gone.expect(204);
        let accepted = guest.client.post(&path, &json!({})).await;
        accepted.expect_error(410, "INVITE_EXPIRED");
        // Coming back does not bring them back.
        if how != "ban" {
            let code = place.invite(json!({})).await;
            let back = format!("/api/v1/invites/{code}");
            account.client.post(&back, &json!({})).await.expect(200);
            let accepted = guest.client.post(&path, &json!({})).await;
            accepted.expect_error(410, "INVITE_EXPIRED");
        }
    }
}

// Lesson 28.
#[tokio::test]
async fn the_last_use_raced_by_ten_admits_exactly_one() {
    let world = World::start_two().await;
    let place = Place::found(&world.client).await;
    let mut people = Vec::new();
    for number in 0..10 {
        let person = world.client.register(&format!("guest{number}")).await;
        people.push(if number % 2 == 0 {
            person.client.clone()
        } else {
            world.second(&person)
        });
    }
    for _ in 0..3 {
        let code = place.invite(json!({ "max_uses": 1 })).await;
        let path = format!("/api/v1/invites/{code}");
        let accepts = people.iter().map(|person| person.post(&path, &Value::Null));
        let mut statuses: Vec<_> = join_all(accepts)
            .await
            .iter()
            .map(|answer| answer.status)
            .collect();
        statuses.sort_unstable();
        // Who got in with an earlier invite is let through again, and takes nobody's place.
        let members = place.owner.client.get(&place.path("/members")).await;
        let inside = members.expect(200).as_array().unwrap().len() - 1;
        let admitted = statuses.iter().filter(|status| **status == 200).count();
        assert_eq!(admitted, inside);
        assert!(
            statuses.iter().all(|status| matches!(status, 200 | 410)),
            "{statuses:?}"
        );
    }
    let members = place.owner.client.get(&place.path("/members")).await;
    assert_eq!(
        members.expect(200).as_array().unwrap().len(),
        4,
        "the owner and one for each invite"
    );
}
