//! Who may see what, on open sockets and over REST. Each test is something that went wrong in a comparable system.

use reqwest::Method;
use serde_json::json;

use kith_world::people::{says, text};
use kith_world::world::World;

#[tokio::test]
async fn an_outsider_who_knows_the_ids_sees_and_does_nothing() {
    let world = World::builder().start().await;
    let (ada, eve) = (world.person("ada").await, world.person("eve").await);
    let (guild, channel) = ada.create_guild("Private").await;
    let message = text(&ada.post(&channel, "ours").await["id"]);
    let mut at_eve = world.socket(&eve, 0).await;
    for path in [
        format!("/api/v1/guilds/{guild}"),
        format!("/api/v1/guilds/{guild}/channels"),
        format!("/api/v1/guilds/{guild}/members"),
        format!("/api/v1/guilds/{guild}/audit-log"),
        format!("/api/v1/channels/{channel}"),
        format!("/api/v1/channels/{channel}/messages"),
        format!("/api/v1/channels/{channel}/messages/{message}"),
    ] {
        eve.client().get(&path).await.expect_error(404, "NOT_FOUND");
    }
    eve.try_post(&channel, "let me in")
        .await
        .expect_error(404, "NOT_FOUND");
    ada.post(&channel, "still ours").await;
    let (_, own) = eve.create_guild("Alone").await;
    eve.post(&own, "fence").await;
    at_eve.expect_where("MESSAGE_CREATE", says("fence")).await;
    assert_eq!(at_eve.dispatches("MESSAGE_CREATE").len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn who_administers_the_instance_is_an_outsider_in_guilds_like_anybody_else() {
    let world = World::builder().start().await;
    let (ada, eve) = (world.person("ada").await, world.person("eve").await);
    let (guild, channel) = ada.create_guild("Ours alone").await;
    let mut at_eve = world.socket(&eve, 0).await;
    world.admin(&["grant-instance-admin", "eve"], "").await;
    let channel_path = format!("/api/v1/channels/{channel}");
    for (method, path, body) in [
        (Method::GET, format!("/api/v1/guilds/{guild}"), None),
        (Method::GET, format!("{channel_path}/messages"), None),
        (
            Method::POST,
            format!("{channel_path}/messages"),
            Some(json!({"content": "hello"})),
        ),
        (Method::DELETE, channel_path.clone(), None),
        (
            Method::PUT,
            format!("/api/v1/guilds/{guild}/bans/{}", ada.id()),
            Some(json!({})),
        ),
    ] {
        let answer = eve.client().send(method, &path, body.as_ref()).await;
        answer.expect_error(404, "NOT_FOUND");
    }
    ada.post(&channel, "not for eve").await;
    let (_, own) = eve.create_guild("Alone").await;
    eve.post(&own, "fence").await;
    at_eve.expect_where("MESSAGE_CREATE", says("fence")).await;
    assert_eq!(at_eve.dispatches("MESSAGE_CREATE").len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn who_is_banned_with_an_open_socket_receives_nothing_more() {
    let world = World::builder().gateways(2).start().await;
    let (ada, bob, cyd) = (
        world.person("ada").await,
        world.person("bob").await,
        world.person("cyd").await,
    );
    let (guild, channel) = ada.create_guild("Banned").await;
    ada.bring(&guild, &bob).await;
    ada.bring(&guild, &cyd).await;
    let code = ada.invite(&guild, json!({})).await;
    let mut at_bob = world.socket(&bob, 0).await;
    let mut at_cyd = world.socket(&cyd, 0).await;

    ada.ban(&guild, bob.id()).await;
    ada.post(&channel, "after the ban").await;
    at_cyd
        .expect_where("MESSAGE_CREATE", says("after the ban"))
        .await;
    at_bob
        .expect_where("GUILD_DELETE", |d| d["guild_id"] == *guild)
        .await;
    bob.read(&channel, "").await.expect_error(404, "NOT_FOUND");
    bob.try_post(&channel, "unfair")
        .await
        .expect_error(404, "NOT_FOUND");
    bob.accept(&code).await.expect_error(403, "BANNED");
    let (_, own) = bob.create_guild("Alone").await;
    bob.post(&own, "fence").await;
    at_bob.expect_where("MESSAGE_CREATE", says("fence")).await;
    assert!(
        !at_bob
            .dispatches("MESSAGE_CREATE")
            .iter()
            .any(|f| says("after the ban")(&f["d"]))
    );
    world.finish().await;
}

#[tokio::test]
async fn who_is_kicked_receives_nothing_more_and_may_come_back_by_invite() {
    let world = World::builder().start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Kicked").await;
    ada.bring(&guild, &bob).await;
    let mut at_bob = world.socket(&bob, 0).await;
    let path = format!("/api/v1/guilds/{guild}/members/{}", bob.id());
    ada.client().delete(&path).await.expect(204);
    ada.post(&channel, "without bob").await;
    at_bob.expect("GUILD_DELETE").await;
    ada.bring(&guild, &bob).await;
    at_bob
        .expect_where("GUILD_CREATE", |d| d["guild"]["id"] == *guild)
        .await;
    ada.post(&channel, "with bob").await;
    at_bob
        .expect_where("MESSAGE_CREATE", says("with bob"))
        .await;
    assert!(
        !at_bob
            .dispatches("MESSAGE_CREATE")
            .iter()
            .any(|f| says("without bob")(&f["d"]))
    );
    world.finish().await;
}

#[tokio::test]
async fn an_overwrite_that_denies_viewing_works_at_once_and_everywhere() {
    let world = World::builder().start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, general) = ada.create_guild("Overwrites").await;
    let secret = ada.create_channel(&guild, "secret").await;
    ada.bring(&guild, &bob).await;
    let mut at_bob = world.socket(&bob, 0).await;
    ada.post(&secret, "open").await;
    at_bob.expect_where("MESSAGE_CREATE", says("open")).await;

    ada.deny(&secret, &guild, "role", &["VIEW_CHANNEL"]).await;
    ada.post(&secret, "closed").await;
    ada.post(&general, "fence").await;
    at_bob.expect_where("MESSAGE_CREATE", says("fence")).await;
    assert!(
        !at_bob
            .dispatches("MESSAGE_CREATE")
            .iter()
            .any(|f| says("closed")(&f["d"]))
    );
    bob.read(&secret, "").await.expect_error(404, "NOT_FOUND");
    let listed = bob
        .client()
        .get(&format!("/api/v1/guilds/{guild}/channels"))
        .await;
    let names = listed.expect(200).as_array().unwrap().iter();
    let names: Vec<_> = names.map(|channel| text(&channel["name"])).collect();
    assert_eq!(names, ["general", "Lounge"]);

    // A member's overwrite opens it for bob alone.
    let path = format!("/api/v1/channels/{secret}/overwrites/{}", bob.id());
    ada.client()
        .put(&path, &json!({"kind": "member", "allow": ["VIEW_CHANNEL"]}))
        .await
        .expect(204);
    ada.post(&secret, "for bob").await;
    at_bob.expect_where("MESSAGE_CREATE", says("for bob")).await;
    world.finish().await;
}

#[tokio::test]
async fn a_role_opens_a_channel_and_losing_it_closes_it() {
    let world = World::builder().start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, general) = ada.create_guild("Roles").await;
    let staff = ada.create_channel(&guild, "staff").await;
    let role = ada.create_role(&guild, "staff", &[]).await;
    ada.deny(&staff, &guild, "role", &["VIEW_CHANNEL"]).await;
    let path = format!("/api/v1/channels/{staff}/overwrites/{role}");
    ada.client()
        .put(&path, &json!({"kind": "role", "allow": ["VIEW_CHANNEL"]}))
        .await
        .expect(204);
    ada.bring(&guild, &bob).await;
    let mut at_bob = world.socket(&bob, 0).await;

    ada.assign(&guild, bob.id(), &role).await.expect(204);
    ada.post(&staff, "welcome to the staff").await;
    at_bob
        .expect_where("MESSAGE_CREATE", says("welcome to the staff"))
        .await;
    let path = format!("/api/v1/guilds/{guild}/members/{}/roles/{role}", bob.id());
    ada.client().delete(&path).await.expect(204);
    ada.post(&staff, "staff only").await;
    ada.post(&general, "fence").await;
    at_bob.expect_where("MESSAGE_CREATE", says("fence")).await;
    assert!(
        !at_bob
            .dispatches("MESSAGE_CREATE")
            .iter()
            .any(|f| says("staff only")(&f["d"]))
    );
    world.finish().await;
}

#[tokio::test]
async fn manage_roles_raises_nobody_above_itself() {
    let world = World::builder().start().await;
    let (ada, bob, cyd) = (
        world.person("ada").await,
        world.person("bob").await,
        world.person("cyd").await,
    );
    let (guild, _) = ada.create_guild("Hierarchy").await;
    ada.bring(&guild, &bob).await;
    ada.bring(&guild, &cyd).await;
    let low = ada.create_role(&guild, "low", &[]).await;
    let middle = ada.create_role(&guild, "middle", &["MANAGE_ROLES"]).await;
    let top = ada.create_role(&guild, "top", &["BAN_MEMBERS"]).await;
    let order = json!({"roles": [{"id": low, "position": 1}, {"id": middle, "position": 2}, {"id": top, "position": 3}]});
    ada.client()
        .patch(&format!("/api/v1/guilds/{guild}/roles"), &order)
        .await
        .expect(200);
    ada.assign(&guild, bob.id(), &middle).await.expect(204);

    let role = |id: &str| format!("/api/v1/guilds/{guild}/roles/{id}");
    let admin = json!({"permissions": ["ADMINISTRATOR"]});
    let refused = [
        bob.client().patch(&role(&middle), &admin).await,
        bob.client()
            .patch(&role(&top), &json!({"name": "mine"}))
            .await,
        bob.client().patch(&role(&low), &admin).await,
        bob.client()
            .post(
                &format!("/api/v1/guilds/{guild}/roles"),
                &json!({"name": "x", "permissions": ["KICK_MEMBERS"]}),
            )
            .await,
        bob.assign(&guild, bob.id(), &top).await,
        bob.assign(&guild, cyd.id(), &middle).await,
    ];
    for (index, answer) in refused.iter().enumerate() {
        assert_eq!(answer.status, 403, "attempt {index}: {}", answer.body);
    }
    bob.assign(&guild, cyd.id(), &low).await.expect(204);
    world.finish().await;
}

#[tokio::test]
async fn ten_people_race_for_the_last_use_of_an_invite_and_one_gets_in() {
    let world = World::builder().apis(2).start().await;
    let ada = world.person("ada").await;
    let (guild, _) = ada.create_guild("One place left").await;
    let code = ada.invite(&guild, json!({"max_uses": 1})).await;
    let mut racers = Vec::new();
    for index in 0..10 {
        let person = world.person(&format!("racer{index}")).await;
        racers.push(person.at(&world.api(index % 2)));
    }
    let answers =
        futures_util::future::join_all(racers.iter().map(|person| person.accept(&code))).await;
    let admitted = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(admitted, 1, "{answers:?}");
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.expect_error(410, "INVITE_EXPIRED");
    }
    let members = ada
        .client()
        .get(&format!("/api/v1/guilds/{guild}/members"))
        .await;
    assert_eq!(members.expect(200).as_array().unwrap().len(), 2);
    world.finish().await;
}

#[tokio::test]
async fn the_same_nonce_gives_the_first_message_also_when_both_requests_run_at_once() {
    let world = World::builder().apis(2).start().await;
    let ada = world.person("ada").await;
    let (_, channel) = ada.create_guild("Nonces").await;
    let path = format!("/api/v1/channels/{channel}/messages");
    for round in 0..10 {
        let body = json!({"content": "once", "nonce": format!("n{round}")});
        let (one, two) = (ada.at(&world.api(0)), ada.at(&world.api(1)));
        let (a, b) = tokio::join!(
            one.client().post(&path, &body),
            two.client().post(&path, &body)
        );
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 201], "{} {}", a.body, b.body);
        assert_eq!(a.body["data"]["id"], b.body["data"]["id"]);
        let other = json!({"content": "different", "nonce": format!("n{round}")});
        one.client()
            .post(&path, &other)
            .await
            .expect_error(409, "NONCE_REUSED");
    }
    assert_eq!(
        ada.read(&channel, "")
            .await
            .expect(200)
            .as_array()
            .unwrap()
            .len(),
        10
    );
    world.finish().await;
}

#[tokio::test]
async fn administrative_acts_stand_in_the_audit_log_without_content() {
    let world = World::builder().start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Audited").await;
    ada.bring(&guild, &bob).await;
    let message = text(&bob.post(&channel, "something rude").await["id"]);
    let path = format!("/api/v1/channels/{channel}/messages/{message}");
    ada.client().delete(&path).await.expect(204);
    ada.ban(&guild, bob.id()).await;
    let log = ada
        .client()
        .get(&format!("/api/v1/guilds/{guild}/audit-log"))
        .await;
    let entries = log.expect(200).as_array().unwrap();
    let actions: Vec<_> = entries.iter().map(|entry| text(&entry["action"])).collect();
    assert_eq!(
        actions[..2],
        ["member_ban", "message_delete"],
        "{entries:?}"
    );
    assert!(!log.body.to_string().contains("something rude"));
    world.finish().await;
}

#[tokio::test]
async fn four_thousand_characters_are_graphemes_and_unknown_fields_are_named() {
    let world = World::builder().start().await;
    let ada = world.person("ada").await;
    let (_, channel) = ada.create_guild("Input").await;
    let flag = "🏳️‍🌈";
    ada.post(&channel, &flag.repeat(2000)).await;
    let long = ada.try_post(&channel, &"ä".repeat(4001)).await;
    assert_eq!(
        long.expect_error(400, "INVALID_REQUEST")["details"][0]["field"],
        "content"
    );
    let blank = ada.try_post(&channel, " \n\u{200b}").await;
    assert_eq!(
        blank.expect_error(400, "INVALID_REQUEST")["details"][0]["field"],
        "content"
    );
    let path = format!("/api/v1/channels/{channel}/messages");
    let unknown = ada
        .client()
        .post(&path, &json!({"content": "hi", "colour": "red"}))
        .await;
    assert_eq!(
        unknown.expect_error(400, "INVALID_REQUEST")["details"][0]["field"],
        "colour"
    );
    world.finish().await;
}

#[tokio::test]
async fn a_forged_forwarding_header_does_not_reset_the_log_in_throttle() {
    let world = World::builder()
        .set("KITH_HTTP_TRUSTED_PROXIES", "192.0.2.0/24")
        .start()
        .await;
    world.api(0).register("ada").await;
    let http = reqwest::Client::new();
    let url = format!("{}/api/v1/auth/login", world.api(0).base());
    let body = json!({"username": "ada", "password": "not this one"});
    let mut throttled = false;
    // Far more attempts than any sensible throttle lets through, each with another forged address.
    for attempt in 0..60 {
        let answer = http
            .request(Method::POST, &url)
            .header("X-Forwarded-For", format!("198.51.100.{attempt}"))
            .header("X-Real-IP", format!("198.51.100.{attempt}"))
            .header("Forwarded", format!("for=198.51.100.{attempt}"))
            .json(&body)
            .send()
            .await
            .unwrap();
        if answer.status() == 429 {
            assert!(answer.headers().contains_key("retry-after"));
            throttled = true;
            break;
        }
        assert_eq!(answer.status(), 401);
    }
    assert!(throttled);
    world.finish().await;
}
