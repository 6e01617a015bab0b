//! Who is online, over the whole fleet, while parts of it die. Times are short here, and each test waits for what it
//! observes.

use kith_testkit::{Gateway, until};
use reqwest::Method;
use serde_json::{Value, json};

use kith_world::people::{Person, text};
use kith_world::world::{Builder, World};

/// How long presence takes to find out that a gateway is gone.
const TTL_MS: &str = "2000";

pub(crate) fn world() -> Builder {
    World::builder()
        .presences(1)
        .gateways(2)
        .set("KITH_PRESENCE_TTL_MS", TTL_MS)
        .set("KITH_PRESENCE_BEAT_INTERVAL_MS", "500")
        .set("KITH_PRESENCE_REAP_INTERVAL_MS", "300")
}

/// Two people in a guild; the second one's socket looks at its member list.
pub(crate) struct Two {
    pub(crate) ada: Person,
    pub(crate) bob: Person,
    pub(crate) guild: String,
    pub(crate) at_bob: Gateway,
}

impl Two {
    /// Bob sits at the second gateway.
    pub(crate) async fn meet(world: &World) -> Self {
        let (ada, bob) = (world.person("ada").await, world.person("bob").await);
        let (guild, _) = ada.create_guild("Seen").await;
        ada.bring(&guild, &bob).await;
        let mut at_bob = world.socket(&bob, 1).await;
        look(&mut at_bob, &guild).await;
        Self {
            ada,
            bob,
            guild,
            at_bob,
        }
    }

    pub(crate) async fn sees_ada(&mut self, status: &str) {
        sees(&mut self.at_bob, self.ada.id(), status).await;
    }

    /// How Bob was told that Ada is seen, from the beginning.
    pub(crate) fn told(&self) -> Vec<&str> {
        let all = self.at_bob.dispatches("PRESENCE_UPDATE");
        let hers = all.iter().filter(|it| it["d"]["user_id"] == self.ada.id());
        hers.filter_map(|it| it["d"]["status"].as_str()).collect()
    }
}

pub(crate) async fn look(socket: &mut Gateway, guild: &str) -> Value {
    let question = json!({"guild_id": guild, "ranges": [[0, 99]]});
    socket
        .send(&json!({"op": "REQUEST_MEMBERS", "d": question}))
        .await;
    socket.expect("GUILD_MEMBERS").await["d"].clone()
}

pub(crate) async fn sees(socket: &mut Gateway, who: &str, status: &str) {
    socket
        .expect_where("PRESENCE_UPDATE", |d| {
            d["user_id"] == who && d["status"] == status
        })
        .await;
}

pub(crate) async fn choose(person: &Person, body: Value) -> Value {
    let path = "/api/v1/users/@me/presence";
    let answer = person.client().send(Method::PATCH, path, Some(&body)).await;
    answer.expect(200).clone()
}

/// Something that everybody who looks hears after what came before it: the fence behind which silence means something.
pub(crate) async fn fence(two: &mut Two, words: &str) {
    let custom = json!({"custom_status": {"text": words}});
    choose(&two.bob, custom).await;
    let bob = two.bob.id().to_owned();
    two.at_bob
        .expect_where("PRESENCE_UPDATE", |d| {
            d["user_id"] == bob.as_str() && d["custom_status"]["text"] == words
        })
        .await;
}

#[tokio::test]
async fn people_of_a_guild_see_each_other_come_change_and_go_over_two_gateways() {
    let world = world().start().await;
    let mut two = Two::meet(&world).await;
    let mut at_ada = world.socket(&two.ada, 0).await;
    two.sees_ada("online").await;
    at_ada
        .send(&json!({"op": "PRESENCE", "d": {"status": "idle"}}))
        .await;
    two.sees_ada("idle").await;
    let settings = json!({"status": "dnd", "custom_status": {"text": "busy", "expires_at": null}});
    assert_eq!(choose(&two.ada, settings.clone()).await, settings);
    let ada = two.ada.id().to_owned();
    let update = two
        .at_bob
        .expect_where("PRESENCE_UPDATE", |d| {
            d["user_id"] == ada.as_str() && d["status"] == "dnd"
        })
        .await;
    assert_eq!(update["d"]["custom_status"]["text"], "busy");
    at_ada.expect("PRESENCE_SETTINGS_UPDATE").await;
    choose(&two.ada, json!({"status": "invisible"})).await;
    two.sees_ada("offline").await;
    at_ada
        .send(&json!({"op": "PRESENCE", "d": {"status": "online"}}))
        .await;
    // Chosen once, it stays: on the next device too.
    at_ada.abandon();
    let (_at_ada, ready) =
        Gateway::ready(&world.gateway_url(0), &two.ada.account.access_token).await;
    assert_eq!(ready["d"]["presence"]["status"], "invisible");
    fence(&mut two, "after").await;
    assert_eq!(two.told(), ["online", "idle", "dnd", "offline"]);
    choose(&two.ada, json!({"status": "online", "custom_status": null})).await;
    two.sees_ada("online").await;
    world.finish().await;
}

#[tokio::test]
async fn closing_the_second_tab_does_not_show_offline_and_closing_the_last_one_does() {
    let world = world().start().await;
    let mut two = Two::meet(&world).await;
    let first = world.socket(&two.ada, 0).await;
    two.sees_ada("online").await;
    let second = world.socket(&two.ada, 1).await;
    second.abandon();
    // Longer than a connection that has ended counts: until the third one has come and gone as well.
    let third = world.person("cyd").await;
    two.ada.bring(&two.guild, &third).await;
    two.at_bob.expect("GUILD_MEMBER_ADD").await;
    let at_third = world.socket(&third, 1).await;
    sees(&mut two.at_bob, third.id(), "online").await;
    at_third.abandon();
    sees(&mut two.at_bob, third.id(), "offline").await;
    assert_eq!(two.told(), ["online"]);
    first.abandon();
    two.sees_ada("offline").await;
    world.finish().await;
}

#[tokio::test]
async fn a_killed_gateways_people_go_offline_and_who_comes_back_is_online() {
    let mut world = world().presences(2).start().await;
    let mut two = Two::meet(&world).await;
    let _at_ada = world.socket(&two.ada, 0).await;
    two.sees_ada("online").await;
    world.gateways[0].process.kill();
    two.sees_ada("offline").await;
    let _again = world.socket(&two.ada, 1).await;
    two.sees_ada("online").await;
    world.gateways.remove(0);
    world.finish().await;
}

#[tokio::test]
async fn an_emptied_cache_is_filled_by_the_next_beat_and_nobody_sees_a_thing() {
    let world = world().start().await;
    let mut two = Two::meet(&world).await;
    let at_ada = world.socket(&two.ada, 0).await;
    two.sees_ada("online").await;
    for round in 0..3 {
        world.redis.flush().await;
        fence(&mut two, &format!("flushed {round}")).await;
    }
    let list = look(&mut two.at_bob, &two.guild).await;
    assert_eq!(
        list["presences"].as_array().map(Vec::len),
        Some(2),
        "{list}"
    );
    assert_eq!(two.told(), ["online"]);
    at_ada.abandon();
    two.sees_ada("offline").await;
    world.finish().await;
}

#[tokio::test]
async fn a_cache_that_was_away_is_rebuilt_and_what_happened_meanwhile_is_seen() {
    let mut world = world().start().await;
    let mut two = Two::meet(&world).await;
    let at_ada = world.socket(&two.ada, 0).await;
    two.sees_ada("online").await;
    world.redis.kill();
    // Everything else works.
    two.ada.create_guild("Meanwhile").await;
    at_ada.abandon();
    let cyd = world.person("cyd").await;
    two.ada.bring(&two.guild, &cyd).await;
    let _at_cyd = world.socket(&cyd, 0).await;
    world.redis.restart().await;
    sees(&mut two.at_bob, cyd.id(), "online").await;
    two.sees_ada("offline").await;
    world.finish().await;
}

#[tokio::test]
async fn a_killed_presence_process_is_missed_by_nobody_for_long() {
    let mut world = world().presences(2).start().await;
    let mut two = Two::meet(&world).await;
    let _at_ada = world.socket(&two.ada, 0).await;
    two.sees_ada("online").await;
    world.presences[0].process.kill();
    choose(&two.ada, json!({"status": "dnd"})).await;
    two.sees_ada("dnd").await;
    world.presences[1].process.kill();
    choose(&two.ada, json!({"status": "idle"})).await;
    world.presences[0].process.restart();
    world.presences[0].ready().await;
    two.sees_ada("idle").await;
    assert!(!two.told().contains(&"offline"), "{:?}", two.told());
    world.presences.remove(1);
    world.finish().await;
}

#[tokio::test]
async fn nats_that_was_away_takes_nobody_offline() {
    let mut world = world().start().await;
    let mut two = Two::meet(&world).await;
    let _at_ada = world.socket(&two.ada, 0).await;
    two.sees_ada("online").await;
    world.nats.kill();
    // Longer than somebody may be silent.
    until("beats were not heard for long", async || {
        let metrics = world.gateways[0].metrics().await;
        let failed = "kith_gateway_beats_total{outcome=\"failed\"} ";
        let line = metrics.lines().find_map(|line| line.strip_prefix(failed));
        match line.and_then(|count| count.parse::<u64>().ok()) {
            Some(6..) => Ok(()),
            other => Err(format!("{other:?} beats have failed")),
        }
    })
    .await;
    world.nats.restart().await;
    fence(&mut two, "back").await;
    choose(&two.ada, json!({"status": "dnd"})).await;
    two.sees_ada("dnd").await;
    assert_eq!(two.told(), ["online", "dnd"]);
    world.finish().await;
}

#[tokio::test]
async fn outsiders_the_banned_and_the_blocked_are_told_nothing() {
    let world = world().start().await;
    let mut two = Two::meet(&world).await;
    let (outsider, banned) = (world.person("outsider").await, world.person("banned").await);
    two.ada.bring(&two.guild, &banned).await;
    let mut at_banned = world.socket(&banned, 1).await;
    look(&mut at_banned, &two.guild).await;
    let mut at_outsider = world.socket(&outsider, 1).await;
    for range in [json!([[0, 0]]), json!([[0, 99]])] {
        let question = json!({"guild_id": two.guild, "ranges": range});
        at_outsider
            .send(&json!({"op": "REQUEST_MEMBERS", "d": question}))
            .await;
        let refused = at_outsider.expect("REQUEST_FAILED").await;
        assert_eq!(refused["d"]["code"], "NOT_FOUND");
    }
    two.ada.ban(&two.guild, banned.id()).await;
    at_banned.expect("GUILD_DELETE").await;
    let path = format!("/api/v1/users/@me/blocks/{}", two.bob.id());
    let put = two.ada.client().send(Method::PUT, &path, None::<&()>).await;
    put.expect(204);
    let _at_ada = world.socket(&two.ada, 0).await;
    let cyd = world.person("cyd").await;
    two.ada.bring(&two.guild, &cyd).await;
    let mut at_cyd = world.socket(&cyd, 1).await;
    look(&mut at_cyd, &two.guild).await;
    choose(&two.ada, json!({"status": "dnd"})).await;
    sees(&mut at_cyd, two.ada.id(), "dnd").await;
    fence(&mut two, "after").await;
    assert_eq!(two.told(), [""; 0]);
    // Something else reaches them, and nothing before it was of Ada.
    let (_, channel) = outsider.create_guild("Own").await;
    at_outsider.expect("GUILD_CREATE").await;
    outsider.post(&channel, "mine").await;
    at_outsider.expect("MESSAGE_CREATE").await;
    for socket in [&at_outsider, &at_banned] {
        let of_ada = socket.dispatches("PRESENCE_UPDATE");
        assert!(of_ada.iter().all(|it| it["d"]["user_id"] != two.ada.id()));
    }
    world.finish().await;
}

#[tokio::test]
async fn a_direct_message_is_enough_to_see_each_other() {
    let world = world().start().await;
    let mut two = Two::meet(&world).await;
    let body = json!({"recipient_id": two.bob.id()});
    let opened = two
        .ada
        .client()
        .post("/api/v1/users/@me/channels", &body)
        .await;
    let channel = text(&opened.expect(201)["id"]);
    two.at_bob.expect("CHANNEL_CREATE").await;
    let path = format!("/api/v1/users/@me/guilds/{}", two.guild);
    let left = two
        .bob
        .client()
        .send(Method::DELETE, &path, None::<&()>)
        .await;
    left.expect(204);
    two.at_bob.expect("GUILD_DELETE").await;
    let _at_ada = world.socket(&two.ada, 0).await;
    two.sees_ada("online").await;
    assert!(!channel.is_empty());
    world.finish().await;
}

#[tokio::test]
async fn a_chosen_presence_is_checked_and_kept() {
    let world = World::builder().start().await;
    let ada = world.person("ada").await;
    let path = "/api/v1/users/@me/presence";
    let nothing = json!({"status": "online", "custom_status": null});
    assert_eq!(*ada.client().get(path).await.expect(200), nothing);
    let mistakes = [
        (json!({"status": "away"}), "status"),
        (
            json!({"custom_status": {"text": " "}}),
            "custom_status.text",
        ),
        (
            json!({"custom_status": {"text": "x", "expires_at": "2020-01-01T00:00:00Z"}}),
            "custom_status.expires_at",
        ),
        (json!({"stauts": "idle"}), "stauts"),
    ];
    for (body, field) in mistakes {
        let answer = ada.client().send(Method::PATCH, path, Some(&body)).await;
        let error = answer.expect_error(400, "INVALID_REQUEST");
        assert!(
            error["details"].to_string().contains(field),
            "{body}: {error}"
        );
    }
    let words = json!({"text": "in the garden", "expires_at": "2099-01-01T00:00:00.000Z"});
    choose(&ada, json!({"custom_status": words})).await;
    let kept = choose(&ada, json!({"status": "idle"})).await;
    assert_eq!(kept, json!({"status": "idle", "custom_status": words}));
    assert_eq!(*ada.client().get(path).await.expect(200), kept);
    world.finish().await;
}
