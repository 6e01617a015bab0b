//! Who receives what, once and in order.

use kith_testkit::GatewayEnd;
use kith_types::Permissions;
use serde_json::json;

use crate::fleet::{Fleet, contents, hears};
use crate::truth::{DIRECT, Truth, channel, guild, token, user};

fn two_guilds() -> Truth {
    let mut truth = Truth::new();
    truth.found(1, &[1, 2, 3], 2);
    truth.found(2, &[2, 3], 1);
    truth
}

#[tokio::test(flavor = "multi_thread")]
async fn ready_comes_first_then_the_guilds_then_what_happens_in_order() {
    let fleet = Fleet::start(two_guilds()).await;
    let before = fleet.does(|it| it.post(1, 0, "before")).await;
    let gateway = fleet.gateway().await;
    let (mut client, ready) = kith_testkit::Gateway::ready(&gateway.url, &token(2)).await;
    assert_eq!(ready["s"], before);
    assert_eq!(ready["d"]["user"]["username"], "person2");
    let guilds = client.dispatches("GUILD_CREATE");
    let ids: Vec<_> = guilds
        .iter()
        .map(|frame| (&frame["d"]["guild"]["id"], &frame["s"]))
        .collect();
    assert_eq!(
        ids,
        [
            (&json!(guild(1)), &ready["s"]),
            (&json!(guild(2)), &ready["s"])
        ]
    );
    assert_eq!(guilds[0]["d"]["channels"].as_array().unwrap().len(), 2);
    assert_eq!(
        guilds[0]["d"]["permissions"]["channels"]
            .as_object()
            .unwrap()
            .len(),
        2
    );

    for number in 0..50 {
        let (to, place) = ((number % 2) + 1, 0);
        fleet
            .does(|it| it.post(to, place, &format!("message {number}")))
            .await;
    }
    let last = hears(&mut client, "message 49").await;
    assert_eq!(last["s"], before + 50);
    let expected: Vec<_> = (0..50).map(|number| format!("message {number}")).collect();
    assert_eq!(contents(&client), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_stream_has_twice_or_too_late_is_sent_once() {
    let fleet = Fleet::start(two_guilds()).await;
    let gateway = fleet.gateway().await;
    let mut client = gateway.ready(1).await;
    let first = fleet.keeps(|it| it.post(1, 0, "first"));
    let second = fleet.keeps(|it| it.post(1, 0, "second"));
    fleet.publish(&first).await;
    fleet.publish(&second).await;
    // The stream itself knows an event by its id for a while; a repeat after that has the same rev only.
    for mut again in [second, first] {
        again.head.id = uuid::Uuid::from_u128(again.head.id.uuid().as_u128() + 0xFF_0000).into();
        fleet.publish(&again).await;
    }
    fleet.does(|it| it.post(1, 0, "third")).await;
    hears(&mut client, "third").await;
    assert_eq!(contents(&client), ["first", "second", "third"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_one_may_not_view_is_silent() {
    let mut truth = two_guilds();
    let _ = truth.overwrite(1, 1, Permissions::VIEW_CHANNEL);
    let fleet = Fleet::start(truth).await;
    let gateway = fleet.gateway().await;
    let (mut owner, mut member) = (gateway.ready(1).await, gateway.ready(2).await);
    assert_eq!(
        member.dispatches("GUILD_CREATE")[0]["d"]["channels"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    fleet.does(|it| it.post(1, 1, "hidden")).await;
    fleet.does(|it| it.post(1, 0, "open")).await;
    hears(&mut owner, "open").await;
    hears(&mut member, "open").await;
    assert_eq!(contents(&owner), ["hidden", "open"]);
    assert_eq!(contents(&member), ["open"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn direct_messages_and_own_events_reach_their_people_on_all_devices() {
    let fleet = Fleet::start(two_guilds()).await;
    let gateway = fleet.gateway().await;
    let (mut one, mut two, mut second_device) = (
        gateway.ready(1).await,
        gateway.ready(2).await,
        gateway.ready(2).await,
    );
    let mut three = gateway.ready(3).await;
    fleet.does(|it| it.whisper([1, 2], "between us")).await;
    fleet.does(|it| it.read(2, 7)).await;
    fleet.does(|it| it.post(1, 0, "to all")).await;
    for client in [&mut one, &mut two, &mut second_device, &mut three] {
        hears(client, "to all").await;
    }
    for client in [&one, &two, &second_device] {
        assert_eq!(contents(client), ["between us", "to all"]);
    }
    assert_eq!(contents(&three), ["to all"]);
    let updates =
        [&one, &two, &second_device, &three].map(|it| it.dispatches("READ_STATE_UPDATE").len());
    assert_eq!(updates, [0, 1, 1, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_that_overtakes_a_ban_is_not_shown_to_who_is_banned() {
    let fleet = Fleet::start(two_guilds()).await;
    let gateway = fleet.gateway().await;
    let mut one = gateway.ready(1).await;
    let mut two = gateway.ready(2).await;
    kith_testkit::until("typing is heard", async || {
        fleet.types(Some(1), channel(1, 0), 1, &[]).await;
        let heard = tokio::time::timeout(std::time::Duration::from_millis(100), two.frame());
        heard.await.map_err(|_| "nothing came")
    })
    .await
    .unwrap();
    // Typing goes past the stream: it may well be there before what has happened before it.
    let banned = fleet.keeps(|it| it.remove(1, 2));
    fleet.types(Some(1), channel(1, 0), 3, &[]).await;
    fleet.publish(&banned).await;
    fleet.does(|it| it.whisper([1, 2], "fence")).await;
    for socket in [&mut one, &mut two] {
        socket.expect("MESSAGE_CREATE").await;
    }
    let of_three = |frame: &&serde_json::Value| frame["d"]["user_id"] == json!(user(3));
    let shown = two.dispatches("TYPING_START");
    assert_eq!(shown.into_iter().filter(of_three).count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_reaches_those_who_see_the_channel_but_not_who_types() {
    let mut truth = two_guilds();
    let _ = truth.overwrite(1, 1, Permissions::VIEW_CHANNEL);
    let fleet = Fleet::start(truth).await;
    let gateway = fleet.gateway().await;
    let (mut one, mut two, mut three) = (
        gateway.ready(1).await,
        gateway.ready(2).await,
        gateway.ready(3).await,
    );
    // The gateway listens for what passes from some moment on: until then it is said again.
    let heard = kith_testkit::until("typing is heard", async || {
        fleet.types(Some(1), channel(1, 0), 3, &[]).await;
        let heard = tokio::time::timeout(std::time::Duration::from_millis(100), one.frame());
        heard.await.map_err(|_| "nothing came")
    });
    let heard = heard.await.unwrap();
    assert_eq!(
        (&heard["t"], &heard["d"]["user_id"]),
        (&json!("TYPING_START"), &json!(user(3)))
    );
    assert_eq!(heard.get("s"), None);

    fleet.types(Some(1), channel(1, 1), 2, &[]).await;
    fleet.types(None, channel(DIRECT, 3), 1, &[1, 2]).await;
    let direct = two
        .expect_where("TYPING_START", |d| d["guild_id"].is_null())
        .await;
    assert_eq!(direct["d"]["user_id"], json!(user(1)));
    one.expect_where("TYPING_START", |d| d["channel_id"] == json!(channel(1, 1)))
        .await;

    fleet.does(|it| it.post(1, 0, "fence")).await;
    for client in [&mut two, &mut three] {
        hears(client, "fence").await;
    }
    let hidden = two.dispatches("TYPING_START");
    assert!(
        hidden
            .iter()
            .all(|frame| frame["d"]["channel_id"] != json!(channel(1, 1)))
    );
    assert_eq!(three.dispatches("TYPING_START").len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_does_not_read_is_closed_and_delays_nobody() {
    let fleet = Fleet::with(
        two_guilds(),
        &[("KITH_GATEWAY_SESSION_BUFFER_KILOBYTES", "64")],
    )
    .await;
    let gateway = fleet.gateway().await;
    // It stops to read once it has its guilds.
    let mut stalled = gateway.ready(2).await;
    let mut reader = gateway.ready(1).await;
    let long = "x".repeat(3000);
    let mut sent = 0;
    // More than the buffers of the two kernels' sockets and the session's own take. The reader hears each before the next
    // is sent, so that it never falls behind itself, however busy the machine is.
    while sent < 12_000_000 {
        let content = format!("{sent} {long}");
        fleet.does(|it| it.post(1, 0, &content)).await;
        hears(&mut reader, &content).await;
        sent += content.len();
    }
    fleet.does(|it| it.post(1, 0, "fence")).await;
    hears(&mut reader, "fence").await;
    let end = loop {
        if let Err(end) = stalled.frame().await {
            break end;
        }
    };
    assert!(
        matches!(end, GatewayEnd::Closed(4009) | GatewayEnd::Broken),
        "{end:?}"
    );
    let heard = contents(&stalled);
    assert_eq!(heard, contents(&reader)[..heard.len()]);
    assert!(!heard.contains(&"fence"));
}
