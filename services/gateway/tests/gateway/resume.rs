//! Going on where a connection broke off.

use kith_testkit::{Gateway, GatewayEnd};
use kith_types::Permissions;
use serde_json::json;

use crate::fleet::{Fleet, Place, contents, hears, leave};
use crate::truth::{Truth, guild, role, token};

fn two_guilds() -> Truth {
    let mut truth = Truth::new();
    truth.found(1, &[1, 2, 3], 2);
    truth.found(2, &[1, 2], 1);
    truth
}

#[tokio::test(flavor = "multi_thread")]
async fn another_gateway_sends_what_was_missed_once_and_in_order() {
    let fleet = Fleet::start(two_guilds()).await;
    let (first, second) = (fleet.gateway().await, fleet.gateway().await);
    let mut client = first.ready(3).await;
    fleet.does(|it| it.post(1, 0, "seen")).await;
    hears(&mut client, "seen").await;
    let place = leave(client);
    for number in 0..20 {
        fleet
            .does(|it| it.post(1, number % 2, &format!("missed {number}")))
            .await;
        fleet.does(|it| it.post(2, 0, "not for three")).await;
    }
    let mut client = second.resume(3, &place).await;
    let resumed = client.expect_op("RESUMED").await;
    assert_eq!(resumed["s"], place.s + 40);
    fleet.does(|it| it.post(1, 0, "live")).await;
    hears(&mut client, "live").await;
    let mut expected: Vec<_> = (0..20).map(|number| format!("missed {number}")).collect();
    expected.push("live".to_owned());
    assert_eq!(contents(&client), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_was_started_later_resumes_as_well() {
    let fleet = Fleet::start(two_guilds()).await;
    let first = fleet.gateway().await;
    let place = leave(first.ready(1).await);
    fleet.does(|it| it.post(1, 0, "missed")).await;
    drop(first);
    let second = fleet.gateway().await;
    let mut client = second.resume(1, &place).await;
    client.expect_op("RESUMED").await;
    assert_eq!(contents(&client), ["missed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn much_that_was_missed_comes_as_fast_as_it_is_read() {
    let fleet = Fleet::with(
        two_guilds(),
        &[("KITH_GATEWAY_SESSION_BUFFER_KILOBYTES", "64")],
    )
    .await;
    let gateway = fleet.gateway().await;
    let place = leave(gateway.ready(1).await);
    let long = "x".repeat(3000);
    for number in 0..400 {
        fleet
            .does(|it| it.post(1, 0, &format!("{number} {long}")))
            .await;
    }
    let mut client = gateway.resume(1, &place).await;
    client.expect_op("RESUMED").await;
    let numbers: Vec<i32> = contents(&client)
        .iter()
        .map(|it| it.split(' ').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(numbers, (0..400).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guild_whose_access_changed_is_not_replayed_but_synced() {
    let fleet = Fleet::start(two_guilds()).await;
    let (first, second) = (fleet.gateway().await, fleet.gateway().await);
    let place = leave(first.ready(2).await);
    fleet
        .does(|it| it.post(1, 1, "said before it was hidden"))
        .await;
    fleet
        .does(|it| it.overwrite(1, 1, Permissions::VIEW_CHANNEL))
        .await;
    fleet.does(|it| it.post(2, 0, "elsewhere")).await;
    let mut client = second.resume(2, &place).await;
    client.expect_op("RESUMED").await;
    assert_eq!(contents(&client), ["elsewhere"]);
    let synced = client.dispatches("GUILD_SYNC");
    assert_eq!(synced.len(), 1);
    assert_eq!(synced[0]["d"]["guild"]["id"], json!(guild(1)));
    assert_eq!(synced[0]["d"]["channels"].as_array().unwrap().len(), 1);
    fleet.does(|it| it.post(1, 0, "live again")).await;
    hears(&mut client, "live again").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_somebody_else_is_replayed() {
    let fleet = Fleet::start(two_guilds()).await;
    let gateway = fleet.gateway().await;
    let place = leave(gateway.ready(2).await);
    fleet
        .does(|it| it.update_member(1, 3, |member| member.roles = vec![role(1, 1)]))
        .await;
    fleet.does(|it| it.join(1, 4)).await;
    fleet.does(|it| it.post(1, 0, "missed")).await;
    let mut client = gateway.resume(2, &place).await;
    client.expect_op("RESUMED").await;
    let kinds: Vec<_> = client
        .received()
        .iter()
        .filter_map(|frame| frame["t"].as_str())
        .filter(|t| *t != "GUILD_CREATE")
        .collect();
    assert_eq!(
        kinds,
        ["GUILD_MEMBER_UPDATE", "GUILD_MEMBER_ADD", "MESSAGE_CREATE"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_removed_meanwhile_is_told_so_and_gets_nothing_of_it() {
    let fleet = Fleet::start(two_guilds()).await;
    let gateway = fleet.gateway().await;
    let place = leave(gateway.ready(2).await);
    fleet.does(|it| it.post(1, 0, "before the ban")).await;
    fleet.does(|it| it.remove(1, 2)).await;
    fleet.does(|it| it.post(1, 0, "after the ban")).await;
    fleet.does(|it| it.post(2, 0, "elsewhere")).await;
    let mut client = gateway.resume(2, &place).await;
    client.expect_op("RESUMED").await;
    assert_eq!(contents(&client), ["elsewhere"]);
    assert_eq!(
        client.dispatches("GUILD_DELETE")[0]["d"]["guild_id"],
        json!(guild(1))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_joined_meanwhile_is_given_the_guild() {
    let mut truth = two_guilds();
    truth.found(3, &[3], 1);
    let fleet = Fleet::start(truth).await;
    let gateway = fleet.gateway().await;
    let place = leave(gateway.ready(1).await);
    fleet.does(|it| it.join(3, 1)).await;
    let mut client = gateway.resume(1, &place).await;
    client.expect_op("RESUMED").await;
    let created = client.dispatches("GUILD_CREATE");
    assert!(
        created
            .iter()
            .any(|frame| frame["d"]["guild"]["id"] == json!(guild(3)))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_joined_meanwhile_hears_nothing_of_the_guild_before_the_guild_itself() {
    let mut truth = two_guilds();
    truth.found(3, &[3], 1);
    let fleet = Fleet::start(truth).await;
    let gateway = fleet.gateway().await;
    let mut witness = gateway.ready(3).await;
    // A change that the stream has told of, so that the gateway knows how far it has come with the guild.
    fleet.does(|it| it.join(3, 2)).await;
    witness.expect("GUILD_MEMBER_ADD").await;
    let mut client = gateway.ready(1).await;
    fleet.does(|it| it.post(1, 0, "seen")).await;
    hears(&mut client, "seen").await;
    let place = leave(client);
    // What is written under the new rights is in the stream before the event that tells of them.
    let joined = fleet.keeps(|it| it.join(3, 1));
    fleet.does(|it| it.post(3, 0, "overtakes")).await;
    let mut client = gateway.resume(1, &place).await;
    client.expect_op("RESUMED").await;
    fleet.publish(&joined).await;
    fleet.does(|it| it.post(3, 0, "fence")).await;
    hears(&mut client, "fence").await;
    let of_guild = client.received().iter().find(|frame| {
        let d = &frame["d"];
        d["guild"]["id"] == json!(guild(3)) || d["message"]["guild_id"] == json!(guild(3))
    });
    let first = of_guild.expect("the fence is of the guild");
    assert!(first["d"]["guild"].is_object(), "{first}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_resumed_begins_anew_on_the_same_connection() {
    let fleet = Fleet::with(two_guilds(), &[("KITH_GATEWAY_RING_MEGABYTES", "1")]).await;
    let gateway = fleet.gateway().await;
    let mut witness = gateway.ready(3).await;
    let place = leave(gateway.ready(1).await);
    let long = "x".repeat(3000);
    for number in 0..500 {
        fleet
            .does(|it| it.post(1, 0, &format!("{number} {long}")))
            .await;
    }
    fleet.does(|it| it.post(1, 0, "fence")).await;
    hears(&mut witness, "fence").await;
    let mut client = gateway.resume(1, &place).await;
    let invalid = client.expect_op("INVALID_SESSION").await;
    assert_eq!(invalid["d"]["resumable"], false);
    client
        .send(&json!({"op": "IDENTIFY", "d": {"token": token(1)}}))
        .await;
    client.expect("READY").await;
    fleet.does(|it| it.post(1, 0, "live")).await;
    hears(&mut client, "live").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_somebody_else_of_another_stream_or_forged_is_invalid() {
    let fleet = Fleet::start(two_guilds()).await;
    let gateway = fleet.gateway().await;
    let place = leave(gateway.ready(1).await);
    let mut forged = place.session_id.clone();
    forged.replace_range(30..31, if &forged[30..31] == "A" { "B" } else { "A" });
    for (who, session_id) in [(2, &place.session_id), (1, &forged), (1, &String::new())] {
        let mut client = Gateway::resume(&gateway.url, &token(who), session_id, place.s).await;
        let invalid = client.expect_op("INVALID_SESSION").await;
        assert_eq!(invalid["d"]["resumable"], false);
    }
    fleet.truth.lock().unwrap().epoch = 2;
    let mut client = gateway.resume(1, &place).await;
    client.expect_op("INVALID_SESSION").await;
    fleet.does(|it| it.log_out(1)).await;
    let mut client = gateway.resume(1, &place).await;
    assert_eq!(client.end().await, GatewayEnd::Closed(4004));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_broke_off_right_after_ready_is_given_all_guilds_again() {
    let fleet = Fleet::start(two_guilds()).await;
    let (first, second) = (fleet.gateway().await, fleet.gateway().await);
    let place = leave(first.ready(1).await);
    fleet.does(|it| it.post(1, 0, "missed")).await;
    let mut client = second.resume(1, &place).await;
    client.expect_op("RESUMED").await;
    assert_eq!(client.dispatches("GUILD_CREATE").len(), 2);
    assert_eq!(contents(&client), ["missed"]);
    // From then on nothing of that is needed.
    let place = Place {
        s: client.last_s().unwrap(),
        ..place
    };
    drop(client);
    let mut client = second.resume(1, &place).await;
    client.expect_op("RESUMED").await;
    assert_eq!(client.dispatches("GUILD_CREATE").len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hears_nothing_for_long_can_still_resume() {
    let settings = [
        ("KITH_GATEWAY_RING_MEGABYTES", "1"),
        ("KITH_GATEWAY_HEARTBEAT_INTERVAL_MS", "1000"),
    ];
    let fleet = Fleet::with(two_guilds(), &settings).await;
    let gateway = fleet.gateway().await;
    let (mut quiet, mut witness) = (gateway.ready(3).await, gateway.ready(1).await);
    let long = "x".repeat(3000);
    for number in 0..500 {
        fleet
            .does(|it| it.post(2, 0, &format!("{number} {long}")))
            .await;
    }
    let last = fleet.does(|it| it.post(2, 0, "fence")).await;
    hears(&mut witness, "fence").await;
    // The acknowledgement of its heartbeats tells how far it has come.
    while quiet.last_s().unwrap() < last {
        let _ = tokio::time::timeout(std::time::Duration::from_millis(200), quiet.frame()).await;
    }
    let place = leave(quiet);
    fleet.does(|it| it.post(1, 0, "missed")).await;
    let mut quiet = gateway.resume(3, &place).await;
    quiet.expect_op("RESUMED").await;
    assert_eq!(contents(&quiet), ["missed"]);
    assert_eq!(quiet.dispatches("GUILD_CREATE").len(), 0);
}
