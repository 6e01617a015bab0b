//! The largest of everything that may be written, and what is larger than anything that may: who is in it, and everybody else.

use kith_testkit::{Gateway, until};
use kith_world::neighbour::Neighbour;
use kith_world::people::{Person, says, text};
use kith_world::world::World;
use reqwest::Method;
use serde_json::{Value, json};

/// As many channels, roles and overwrites as a guild may have, of names and topics that fill it to its weight.
const FILL_GUILD: &str = "
    WITH guild AS (SELECT id FROM guilds WHERE name = 'Largest'),
    role AS (
        INSERT INTO roles (id, guild_id, name, position, permissions)
        SELECT gen_random_uuid(), guild.id, repeat('r', 100), number, 15 FROM guild, generate_series(1, 249) AS number
    ),
    channel AS (
        INSERT INTO channels (id, guild_id, kind, name, topic, position, created_at)
        SELECT gen_random_uuid(), guild.id, 0, repeat('c', 100), repeat('t', 1000), number, now()
        FROM guild, generate_series(1, 499) AS number RETURNING id
    )
    INSERT INTO overwrites (channel_id, target_id, target_kind, allow, deny)
    SELECT channel.id, gen_random_uuid(), 1, 0, 1 << 10 FROM channel, generate_series(1, 4)";

/// As many direct messages as a client is told of when it connects, with people whose names are as long as they may be.
const FILL_DIRECTS: &str = "
    WITH bob AS (SELECT id FROM users WHERE username = 'bob'),
    other AS (
        INSERT INTO users (id, username, display_name, created_at)
        SELECT ('ffffffff-0000-0000-0000-' || lpad(number::text, 12, '0'))::uuid, 'pen_friend_' || number,
            repeat(E'\\U0001F1E9\\U0001F1EA', 32), now()
        FROM generate_series(1, 210) AS number RETURNING id
    ),
    direct AS (
        INSERT INTO channels (id, kind, created_at)
        SELECT ('00000000-0000-4000-8000-' || right(id::text, 12))::uuid, 1, now() FROM other RETURNING id
    )
    INSERT INTO direct_channels (channel_id, user_a, user_b)
    SELECT direct.id, bob.id, ('ffffffff-0000-0000-0000-' || right(direct.id::text, 12))::uuid FROM direct, bob";

/// Somebody has read everything.
const READ_ALL: &str = "
    INSERT INTO read_states (user_id, channel_id, read_seq)
    SELECT users.id, channels.id, 1000000000 FROM users, channels WHERE username = 'bob' ON CONFLICT DO NOTHING";

/// Members who all have all roles.
const FILL_MEMBERS: &str = "
    WITH guild AS (SELECT id FROM guilds WHERE name = 'Largest'),
    held AS (SELECT array_agg(roles.id) AS ids FROM roles, guild WHERE guild_id = guild.id AND position > 0)
    INSERT INTO members (guild_id, user_id, role_ids, nick, joined_at)
    SELECT guild.id, users.id, held.ids, repeat('n', 32), now() FROM users, guild, held WHERE username LIKE 'pen_friend_%'";

/// What nobody can write any more: topics of a megabyte in all places.
const BLOAT: &str = "
    INSERT INTO channels (id, guild_id, kind, name, topic, position, created_at)
    SELECT gen_random_uuid(), guilds.id, 0, 'bloat', repeat('t', 50000), number, now()
    FROM guilds, generate_series(1, 400) AS number WHERE name = 'Bloated'";

fn is_away(guild: &str) -> impl Fn(&Value) -> bool {
    move |d| d["guild_id"] == guild && d["unavailable"] == true
}

async fn resumed(world: &World, person: &Person, before: Gateway) -> Gateway {
    let (session, s) = (before.session_id(), before.last_s());
    let (session, s) = (
        session.expect("READY came").to_owned(),
        s.expect("it has one"),
    );
    before.abandon();
    let url = world.gateway_url(0);
    let mut after = Gateway::resume(&url, &person.account.access_token, &session, s).await;
    after.expect_op("RESUMED").await;
    after
}

#[tokio::test]
async fn who_is_in_the_largest_of_everything_connects_resumes_and_lists_and_nobody_else_notices() {
    let world = World::builder().start().await;
    let mut neighbour = Neighbour::move_in(&world).await;
    let (mallory, bob) = (world.person("mallory").await, world.person("bob").await);
    let (guild, channel) = mallory.create_guild("Largest").await;
    mallory.bring(&guild, &bob).await;
    for statement in [FILL_GUILD, FILL_DIRECTS, FILL_MEMBERS, READ_ALL] {
        world.execute(statement).await;
    }
    let mut socket = world.socket(&bob, 0).await;
    let ready = socket.dispatches("READY")[0].clone();
    assert_eq!(
        ready["d"]["direct_channels"].as_array().map(Vec::len),
        Some(200)
    );
    assert_eq!(
        ready["d"]["read_states"].as_array().map(Vec::len),
        Some(200)
    );
    let create = &socket.dispatches("GUILD_CREATE")[0]["d"];
    assert_eq!(create["channels"].as_array().map(Vec::len), Some(500));
    assert_eq!(create["roles"].as_array().map(Vec::len), Some(250));
    assert_eq!(create["read_states"].as_array().map(Vec::len), Some(500));
    // Twice what one message over NATS may have.
    assert!(create.to_string().len() > 900_000);
    let list = json!({"op": "REQUEST_MEMBERS", "d": {"guild_id": guild, "ranges": [[0, 99]]}});
    socket.send(&list).await;
    let members = socket.expect("GUILD_MEMBERS").await;
    assert_eq!(
        members["d"]["ranges"][0]["members"]
            .as_array()
            .map(Vec::len),
        Some(100)
    );
    // Access in it changes, and those who are in it follow; whoever is elsewhere goes on as before, with its sockets still there.
    let path = format!("/api/v1/guilds/{guild}/roles/{guild}");
    for round in 0..10 {
        let speaks = ["VIEW_CHANNEL", "SEND_MESSAGES"];
        let rights = &speaks[..=round % 2];
        let body = json!({"permissions": rights});
        mallory.client().patch(&path, &body).await.expect(200);
        socket.expect("PERMISSIONS_UPDATE").await;
    }
    neighbour.notices_nothing().await;
    let mut socket = resumed(&world, &bob, socket).await;
    mallory.post(&channel, "and on it goes").await;
    socket
        .expect_where("MESSAGE_CREATE", says("and on it goes"))
        .await;
    world.finish().await;
}

#[tokio::test]
async fn a_guild_may_not_be_made_heavier_than_it_can_be_described_and_the_error_says_so() {
    let world = World::builder().start().await;
    let mallory = world.person("mallory").await;
    let (guild, channel) = mallory.create_guild("Heavy").await;
    let client = mallory.client();
    let channels = format!("/api/v1/guilds/{guild}/channels");
    // A cluster is one character, whatever it weighs.
    let tower = format!("a{}", "\u{301}".repeat(4000));
    let refused = client
        .post(&channels, &json!({"name": "x", "topic": tower.repeat(2)}))
        .await;
    let error = refused.expect_error(400, "INVALID_REQUEST");
    assert_eq!(error["details"][0]["field"], "topic");
    assert_eq!(
        error["details"][0]["message"],
        "must have at most 8192 bytes"
    );
    let topic = "\u{1F1E9}\u{1F1EA}".repeat(1024);
    let mut made = 0;
    let refused = loop {
        let answer = client
            .post(&channels, &json!({"name": "heavy", "topic": topic}))
            .await;
        if answer.status != 201 {
            break answer;
        }
        made += 1;
    };
    assert!((100..200).contains(&made), "{made} channels with 8 KB each");
    let error = refused.expect_error(422, "LIMIT_REACHED");
    assert!(text(&error["message"]).contains("1048576 bytes"), "{error}");
    // Roles, overwrites and other topics count together with it.
    let mut refused = 0;
    for number in 0..100 {
        let body = json!({"name": "\u{1F1E9}\u{1F1EA}".repeat(100), "permissions": []});
        let role = client
            .post(&format!("/api/v1/guilds/{guild}/roles"), &body)
            .await;
        refused += usize::from(role.status == 422);
        if number > 20 {
            break;
        }
    }
    assert!(refused > 0, "roles count as well");
    let path = format!("/api/v1/channels/{channel}");
    let body = json!({"topic": topic});
    client
        .patch(&path, &body)
        .await
        .expect_error(422, "LIMIT_REACHED");
    client
        .patch(&path, &json!({"topic": "short", "name": "s"}))
        .await
        .expect(200);
    // Everybody is told all of it, with the two channels that a guild begins with.
    let socket = world.socket(&mallory, 0).await;
    let create = &socket.dispatches("GUILD_CREATE")[0]["d"];
    assert_eq!(create["channels"].as_array().map(Vec::len), Some(made + 2));
    world.finish().await;
}

#[tokio::test]
async fn a_guild_that_nobody_can_describe_is_unavailable_and_can_be_left_and_nobody_else_notices() {
    let world = World::builder().gateways(2).start().await;
    let mut neighbour = Neighbour::move_in(&world).await;
    let (mallory, bob) = (world.person("mallory").await, world.person("bob").await);
    let (bloated, channel) = mallory.create_guild("Bloated").await;
    let (_, at_home) = bob.create_guild("Home").await;
    mallory.bring(&bloated, &bob).await;
    let mut live = world.socket(&bob, 0).await;
    let owner = world.socket(&mallory, 0).await;
    world.execute(BLOAT).await;
    // Its members' gateway needs its facts, and others speak in it.
    let path = format!("/api/v1/guilds/{bloated}/roles/{bloated}");
    let body = json!({"permissions": ["VIEW_CHANNEL"]});
    mallory.client().patch(&path, &body).await.expect(200);
    mallory.post(&channel, "waits for nobody").await;
    live.expect_where("GUILD_DELETE", is_away(&bloated)).await;
    neighbour.notices_nothing().await;
    // Who comes or resumes has everything else.
    let mut comes = Gateway::connect(&world.gateway_url(1)).await;
    let token = &bob.account.access_token;
    comes
        .send(&json!({"op": "IDENTIFY", "d": {"token": token}}))
        .await;
    comes.expect_where("GUILD_DELETE", is_away(&bloated)).await;
    bob.post(&at_home, "at home").await;
    for socket in [&mut live, &mut comes] {
        let heard = socket.expect_where("MESSAGE_CREATE", says("at home")).await;
        assert!(heard["s"].is_u64(), "it says that everything was sent");
    }
    let mut live = resumed(&world, &bob, live).await;
    // It can be left, which ends it.
    let path = format!("/api/v1/users/@me/guilds/{bloated}");
    bob.client()
        .send(Method::DELETE, &path, None::<&()>)
        .await
        .expect(204);
    for socket in [&mut live, &mut comes] {
        let is_it = |d: &Value| d["guild_id"] == bloated && d["unavailable"] != true;
        socket.expect_where("GUILD_DELETE", is_it).await;
    }
    // With the last socket of a member the asking ends.
    owner.abandon();
    until("nobody waits for it any more", async || {
        for gateway in &world.gateways {
            let metrics = gateway.metrics().await;
            let waits = metrics
                .lines()
                .find(|line| line.starts_with("kith_gateway_guilds_unavailable "));
            match waits {
                Some("kith_gateway_guilds_unavailable 0") => {}
                other => return Err(format!("{other:?}")),
            }
        }
        Ok(())
    })
    .await;
    world.finish().await;
}
