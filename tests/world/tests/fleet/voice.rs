//! Voice, with a real LiveKit server and real clients of it.

use kith_testkit::{LiveKit, VoiceClient};
use serde_json::{Value, json};

use kith_world::calls::{Call, arrives, claims, leaves, voice_channel};
use kith_world::people::text;
use kith_world::world::World;

const UPDATE: &str = "VOICE_STATE_UPDATE";
/// LiveKit's numbers of what may be sent.
const CAMERA: i32 = 1;
const MICROPHONE: i32 = 2;
const SCREEN: i32 = 3;
const SCREEN_AUDIO: i32 = 4;

#[tokio::test]
async fn who_may_not_connect_gets_no_token() {
    let call = Call::new(World::builder().voice().start().await).await;
    let Call {
        ada, bob, guild, ..
    } = &call;
    let outsider = call.world.person("outsider").await;
    call.ask(&outsider, &call.channel)
        .await
        .expect_error(404, "NOT_FOUND");

    let hidden = voice_channel(ada, guild, "hidden").await;
    ada.deny(&hidden, guild, "role", &["VIEW_CHANNEL"]).await;
    call.ask(bob, &hidden).await.expect_error(404, "NOT_FOUND");
    let closed = voice_channel(ada, guild, "closed").await;
    ada.deny(&closed, bob.id(), "member", &["CONNECT"]).await;
    call.ask(bob, &closed)
        .await
        .expect_error(403, "MISSING_PERMISSION");

    let written = ada.create_channel(guild, "written").await;
    call.ask(bob, &written)
        .await
        .expect_error(400, "INVALID_REQUEST");

    let member = format!("/api/v1/guilds/{guild}/members/{}", bob.id());
    let soon = json!({"timed_out_until": kith_types::Timestamp::from_millis(kith_types::Clock::now(&kith_types::SystemClock).millis() + 60_000)});
    ada.client().patch(&member, &soon).await.expect(200);
    call.ask(bob, &call.channel)
        .await
        .expect_error(403, "MISSING_PERMISSION");
    ada.ban(guild, bob.id()).await;
    call.ask(bob, &call.channel)
        .await
        .expect_error(404, "NOT_FOUND");
    assert_eq!(
        call.world.count("SELECT count(*) FROM voice_states").await,
        0
    );
    call.world.finish().await;
}

#[tokio::test]
async fn a_token_says_exactly_what_the_rights_in_the_channel_are() {
    let call = Call::new(World::builder().voice().start().await).await;
    let Call {
        ada, bob, guild, ..
    } = &call;
    let expected: [(&[&str], &[&str]); 4] = [
        (
            &[],
            &["microphone", "camera", "screen_share", "screen_share_audio"],
        ),
        (
            &["SPEAK"],
            &["camera", "screen_share", "screen_share_audio"],
        ),
        (&["STREAM"], &["microphone"]),
        (&["SPEAK", "STREAM"], &[]),
    ];
    for (denied, sources) in expected {
        let channel = voice_channel(ada, guild, "some").await;
        if !denied.is_empty() {
            ada.deny(&channel, guild, "role", denied).await;
        }
        let ticket = call.ask(bob, &channel).await.expect(200).clone();
        let claims = claims(&ticket);
        let mut video = json!({
            "roomJoin": true, "room": channel, "canPublish": !sources.is_empty(), "canSubscribe": true,
            "canPublishData": false, "canUpdateOwnMetadata": false,
        });
        if !sources.is_empty() {
            video["canPublishSources"] = json!(sources);
        }
        assert_eq!(claims["video"], video, "without {denied:?}");
        let connection = text(&ticket["connection_id"]);
        assert_eq!(claims["sub"], format!("{}:{connection}", bob.id()));
        let lasts = claims["exp"].as_i64().unwrap() - claims["nbf"].as_i64().unwrap();
        assert!((59..=61).contains(&lasts), "{lasts} s");
        assert!(
            claims.get("sip").is_none() && claims.get("agent").is_none(),
            "{claims}"
        );
        // Nobody is told before they are there.
        call.is_in(bob, None).await;
    }
    call.world.finish().await;
}

#[tokio::test]
async fn everybody_who_may_view_a_channel_learns_who_is_in_it_and_nobody_else() {
    let world = World::builder().voice().gateways(2).start().await;
    let call = Call::new(world).await;
    let Call {
        ada,
        bob,
        guild,
        channel,
        world,
    } = &call;
    let (cyd, dan) = (world.person("cyd").await, world.person("dan").await);
    ada.bring(guild, &cyd).await;
    ada.bring(guild, &dan).await;
    ada.deny(channel, dan.id(), "member", &["VIEW_CHANNEL"])
        .await;
    let mut at_bob = world.socket(bob, 0).await;
    let mut at_cyd = world.socket(&cyd, 1).await;
    let mut at_dan = world.socket(&dan, 1).await;

    let device = call.join(bob, channel).await;
    for socket in [&mut at_bob, &mut at_cyd] {
        let frame = socket.expect_where(UPDATE, arrives(bob, channel)).await;
        let state = &frame["d"]["voice_state"];
        assert_eq!(state["connection_id"], device.connection().as_str());
        assert_eq!(
            (&state["self_mute"], &state["mute"], &state["suppress"]),
            (&json!(false), &json!(false), &json!(false))
        );
    }
    let own = format!("/api/v1/users/@me/voice/{}", device.connection());
    let at_media = bob.at(&world.media_door(0));
    at_media
        .client()
        .patch(&own, &json!({"self_mute": true, "self_deaf": true}))
        .await
        .expect(204);
    let quiet =
        |d: &Value| d["voice_state"]["self_mute"] == true && d["voice_state"]["self_deaf"] == true;
    at_cyd.expect_where(UPDATE, quiet).await;

    // Who connects later sees it in the guild's snapshot, if they may.
    let seen = |socket: &kith_testkit::Gateway| {
        socket.dispatches("GUILD_CREATE")[0]["d"]["voice_states"].clone()
    };
    let late = world.socket(&cyd, 0).await;
    assert_eq!(seen(&late)[0]["user_id"], bob.id());
    let blind = world.socket(&dan, 0).await;
    assert_eq!(seen(&blind), json!([]));

    at_media.client().delete(&own).await.expect(204);
    at_cyd.expect_where(UPDATE, leaves(bob, channel)).await;
    at_media
        .client()
        .delete(&own)
        .await
        .expect_error(404, "NOT_FOUND");
    // The fence: what comes later has come, so what dan may not see would have come too.
    let open = ada.create_channel(guild, "fence").await;
    at_dan
        .expect_where("CHANNEL_CREATE", |d| d["channel"]["id"] == open)
        .await;
    assert_eq!(at_dan.dispatches(UPDATE).len(), 0);
    call.world.finish().await;
}

#[tokio::test]
async fn a_ban_in_the_middle_of_a_call_takes_the_banned_out_of_it() {
    let call = Call::new(World::builder().voice().start().await).await;
    let Call {
        ada,
        bob,
        guild,
        channel,
        world,
    } = &call;
    let mut at_ada = world.socket(ada, 0).await;
    let listening = call.join(ada, channel).await;
    let mut device = call.join(bob, channel).await;
    call.is_in(bob, Some(channel)).await;
    listening.client.hears().await;
    device.client.hears().await;

    ada.ban(guild, bob.id()).await;
    device.client.ended().await;
    at_ada.expect_where(UPDATE, leaves(bob, channel)).await;
    assert_eq!(call.in_room(channel).await, [listening.identity()]);
    // The token is good for a minute still, but not for staying.
    let mut again =
        VoiceClient::start(&text(&device.ticket["url"]), &text(&device.ticket["token"]));
    again.ended().await;
    assert_eq!(call.in_room(channel).await, [listening.identity()]);
    call.is_in(bob, None).await;
    call.is_in(ada, Some(channel)).await;
    call.world.finish().await;
}

#[tokio::test]
async fn rights_that_are_taken_away_are_gone_from_the_call_at_once() {
    let call = Call::new(World::builder().voice().start().await).await;
    let Call {
        ada,
        bob,
        guild,
        channel,
        world,
    } = &call;
    let cyd = world.person("cyd").await;
    ada.bring(guild, &cyd).await;
    let mut at_ada = world.socket(ada, 0).await;
    let device = call.join(bob, channel).await;
    let mut other = call.join(&cyd, channel).await;
    call.is_in(bob, Some(channel)).await;
    call.is_in(&cyd, Some(channel)).await;
    call.has_rights(&device, &[MICROPHONE, CAMERA, SCREEN, SCREEN_AUDIO], true)
        .await;

    // By an overwrite: not to be heard any more, and others see why.
    ada.deny(channel, bob.id(), "member", &["SPEAK", "STREAM"])
        .await;
    call.has_rights(&device, &[], true).await;
    at_ada
        .expect_where(UPDATE, |d| {
            d["user_id"] == bob.id() && d["voice_state"]["suppress"] == true
        })
        .await;
    // By the role of all: not to be there any more.
    let role = format!("/api/v1/guilds/{guild}/roles/{guild}");
    let body = json!({"permissions": ["VIEW_CHANNEL", "SPEAK"]});
    ada.client().patch(&role, &body).await.expect(200);
    other.client.ended().await;
    at_ada.expect_where(UPDATE, leaves(&cyd, channel)).await;
    call.is_in(bob, None).await;
    assert_eq!(call.in_room(channel).await, [""; 0]);
    call.world.finish().await;
}

#[tokio::test]
async fn whoever_logs_out_or_sees_the_channel_deleted_is_out_of_the_call() {
    let call = Call::new(World::builder().voice().start().await).await;
    let Call {
        ada, bob, channel, ..
    } = &call;
    let mut at_ada = call.world.socket(ada, 0).await;
    let mut device = call.join(bob, channel).await;
    let mut own = call.join(ada, channel).await;
    call.is_in(bob, Some(channel)).await;
    call.is_in(ada, Some(channel)).await;
    bob.client()
        .post("/api/v1/auth/logout", &json!({}))
        .await
        .expect(204);
    device.client.ended().await;
    at_ada.expect_where(UPDATE, leaves(bob, channel)).await;
    ada.client()
        .delete(&format!("/api/v1/channels/{channel}"))
        .await
        .expect(204);
    own.client.ended().await;
    call.is_in(ada, None).await;
    call.world.finish().await;
}

#[tokio::test]
async fn moderators_act_on_those_below_them_in_the_call_itself() {
    let call = Call::new(World::builder().voice().start().await).await;
    let Call {
        ada,
        bob,
        guild,
        channel,
        world,
    } = &call;
    let mut at_bob = world.socket(bob, 0).await;
    let other = voice_channel(ada, guild, "Other").await;
    call.moderate(ada, bob, json!({"mute": true}))
        .await
        .expect_error(404, "NOT_FOUND");
    let device = call.join(bob, channel).await;
    call.is_in(bob, Some(channel)).await;

    // A plain member may not, whoever it is; with the right, still not who is above.
    let cyd = world.person("cyd").await;
    ada.bring(guild, &cyd).await;
    call.moderate(&cyd, bob, json!({"mute": true}))
        .await
        .expect_error(403, "ROLE_HIERARCHY");
    let role = ada
        .create_role(guild, "moderators", &["MUTE_MEMBERS"])
        .await;
    ada.assign(guild, cyd.id(), &role).await.expect(204);
    let owners = call.join(ada, channel).await;
    call.is_in(ada, Some(channel)).await;
    call.moderate(&cyd, ada, json!({"mute": true}))
        .await
        .expect_error(403, "ROLE_HIERARCHY");
    call.moderate(&cyd, bob, json!({"deaf": true}))
        .await
        .expect_error(403, "MISSING_PERMISSION");
    call.moderate(&cyd, bob, json!({"channel_id": other}))
        .await
        .expect_error(403, "MISSING_PERMISSION");
    call.disconnect(&cyd, bob)
        .await
        .expect_error(403, "MISSING_PERMISSION");
    drop(owners);

    call.moderate(&cyd, bob, json!({"mute": true}))
        .await
        .expect(204);
    call.has_rights(&device, &[], true).await;
    at_bob
        .expect_where(UPDATE, |d| d["voice_state"]["mute"] == true)
        .await;
    call.moderate(ada, bob, json!({"deaf": true, "mute": false}))
        .await
        .expect(204);
    call.has_rights(&device, &[], false).await;
    // It outlasts the connection, and stands in the next token.
    let ticket = call.ask(bob, channel).await.expect(200).clone();
    let video = claims(&ticket)["video"].clone();
    assert_eq!(
        (&video["canPublish"], &video["canSubscribe"]),
        (&json!(false), &json!(false))
    );
    let device = call.join(bob, channel).await;
    call.is_in(bob, Some(channel)).await;
    call.moderate(ada, bob, json!({"deaf": false}))
        .await
        .expect(204);
    call.has_rights(&device, &[MICROPHONE, CAMERA, SCREEN, SCREEN_AUDIO], true)
        .await;

    call.world.finish().await;
}

#[tokio::test]
async fn moderators_move_and_disconnect_in_the_call_itself_and_the_log_knows() {
    let call = Call::new(World::builder().voice().start().await).await;
    let Call {
        ada,
        bob,
        guild,
        channel,
        world,
    } = &call;
    let mut at_bob = world.socket(bob, 0).await;
    let other = voice_channel(ada, guild, "Other").await;
    let device = call.join(bob, channel).await;
    call.is_in(bob, Some(channel)).await;
    call.moderate(ada, bob, json!({"mute": true}))
        .await
        .expect(204);
    call.moderate(ada, bob, json!({"mute": false, "deaf": true}))
        .await
        .expect(204);

    // Only where both may go.
    let closed = voice_channel(ada, guild, "Closed").await;
    ada.deny(&closed, bob.id(), "member", &["CONNECT"]).await;
    call.moderate(ada, bob, json!({"channel_id": closed}))
        .await
        .expect_error(403, "MISSING_PERMISSION");
    call.moderate(ada, bob, json!({"channel_id": other}))
        .await
        .expect(204);
    at_bob.expect_where(UPDATE, leaves(bob, channel)).await;
    let moved = at_bob.expect_where(UPDATE, arrives(bob, &other)).await;
    assert_eq!(
        moved["d"]["voice_state"]["connection_id"],
        device.connection().as_str()
    );
    let mut device = device;
    device.client.ended().await;
    // Their device follows.
    let mut followed = call.join(bob, &other).await;
    call.is_in(bob, Some(&other)).await;
    call.disconnect(ada, bob).await.expect(204);
    followed.client.ended().await;
    call.is_in(bob, None).await;

    let log = ada
        .client()
        .get(&format!("/api/v1/guilds/{guild}/audit-log?limit=20"))
        .await;
    let entries = log.expect(200).as_array().unwrap().clone();
    let actions: Vec<_> = entries
        .iter()
        .map(|entry| text(&entry["action"]))
        .filter(|action| action.starts_with("voice"))
        .collect();
    assert_eq!(
        actions,
        [
            "voice_disconnect",
            "voice_move",
            "voice_deafen",
            "voice_mute",
            "voice_mute"
        ]
    );
    call.world.finish().await;
}

#[tokio::test]
async fn one_is_in_one_place_and_a_full_channel_lets_nobody_in() {
    let call = Call::new(World::builder().voice().start().await).await;
    let Call {
        ada,
        bob,
        guild,
        channel,
        ..
    } = &call;
    let path = format!("/api/v1/channels/{channel}");
    let limited = ada.client().patch(&path, &json!({"user_limit": 1})).await;
    assert_eq!(limited.expect(200)["user_limit"], 1);
    ada.client()
        .patch(&path, &json!({"user_limit": 100}))
        .await
        .expect_error(400, "INVALID_REQUEST");

    let mut first = call.join(bob, channel).await;
    call.is_in(bob, Some(channel)).await;
    call.ask(ada, channel)
        .await
        .expect_error(422, "LIMIT_REACHED");
    // On another device, in the same place: the first one ends, and it counts once.
    let mut second = call.join(bob, channel).await;
    first.client.ended().await;
    call.is_in(bob, Some(channel)).await;
    let other = voice_channel(ada, guild, "Other").await;
    let _third = call.join(bob, &other).await;
    second.client.ended().await;
    call.is_in(bob, Some(&other)).await;
    assert_eq!(call.in_room(channel).await, [""; 0]);
    call.ask(ada, channel).await.expect(200);
    call.world.finish().await;
}

#[tokio::test]
async fn only_livekit_itself_is_believed_and_only_once() {
    let call = Call::new(World::builder().voice().start().await).await;
    let Call { bob, channel, .. } = &call;
    let ticket = call.ask(bob, channel).await.expect(200).clone();
    let now = kith_types::Clock::now(&kith_types::SystemClock).millis() / 1000;
    let event = |id: &str, at: i64| {
        json!({
            "event": "participant_joined", "id": id, "createdAt": at.to_string(), "room": {"name": channel},
            "participant": {"sid": "PA_made_up", "identity": claims(&ticket)["sub"], "state": "ACTIVE"},
        })
    };
    let send =
        async |event: &Value, secret: &str| call.webhook(event, secret, &event.to_string()).await;
    let forged = "another secret that is long enough";
    assert_eq!(send(&event("EV_1", now), forged).await, 401);
    let altered = event("EV_2", now)
        .to_string()
        .replace("PA_made_up", "PA_altered");
    assert_eq!(
        call.webhook(&event("EV_2", now), LiveKit::SECRET, &altered)
            .await,
        401
    );
    assert_eq!(send(&event("EV_3", now - 600), LiveKit::SECRET).await, 401);
    assert_eq!(send(&event("EV_4", now + 600), LiveKit::SECRET).await, 401);
    assert_eq!(send(&event("", now), LiveKit::SECRET).await, 400);
    call.is_in(bob, None).await;

    let good = event("EV_5", now);
    assert_eq!(send(&good, LiveKit::SECRET).await, 200);
    assert_eq!(send(&good, LiveKit::SECRET).await, 409);
    // They are not in the room: what LiveKit has counts in the end.
    call.is_in(bob, None).await;
    assert_eq!(send(&good, LiveKit::SECRET).await, 409);
    call.world.finish().await;
}
