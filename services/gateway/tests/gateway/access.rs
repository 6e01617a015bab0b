//! Access follows what was decided, and fails closed.

use kith_types::{Clock, Permissions, SystemClock};
use serde_json::json;

use crate::fleet::{Fleet, contents, hears};
use crate::truth::{Truth, channel, guild, role};

fn two_guilds() -> Truth {
    let mut truth = Truth::new();
    truth.found(1, &[1, 2, 3], 2);
    truth.found(2, &[1, 2, 3], 1);
    truth
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_banned_gets_nothing_that_comes_later() {
    let fleet = Fleet::start(two_guilds()).await;
    let gateway = fleet.gateway().await;
    let (mut third, mut banned) = (gateway.ready(3).await, gateway.ready(2).await);
    fleet.does(|it| it.remove(1, 2)).await;
    fleet.does(|it| it.post(1, 0, "among us")).await;
    hears(&mut third, "among us").await;
    assert_eq!(third.dispatches("GUILD_MEMBER_REMOVE").len(), 1);
    fleet.does(|it| it.read(2, 1)).await;
    banned.expect("READ_STATE_UPDATE").await;
    assert_eq!(contents(&banned), [""; 0]);
    assert_eq!(
        banned.dispatches("GUILD_DELETE")[0]["d"]["guild_id"],
        json!(guild(1))
    );
    assert_eq!(banned.dispatches("GUILD_MEMBER_REMOVE").len(), 0);
    fleet.does(|it| it.post(2, 0, "still here")).await;
    hears(&mut banned, "still here").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_overtakes_the_ban_does_not_reach_the_banned() {
    let fleet = Fleet::start(two_guilds()).await;
    let gateway = fleet.gateway().await;
    let (mut third, mut banned) = (gateway.ready(3).await, gateway.ready(2).await);
    let ban = fleet.keeps(|it| it.remove(1, 2));
    fleet.does(|it| it.post(1, 0, "among us")).await;
    hears(&mut third, "among us").await;
    fleet.publish(&ban).await;
    third.expect("GUILD_MEMBER_REMOVE").await;
    banned.expect("GUILD_DELETE").await;
    fleet.does(|it| it.read(2, 1)).await;
    banned.expect("READ_STATE_UPDATE").await;
    assert_eq!(contents(&banned), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_newer_than_the_facts_waits_for_them_and_other_guilds_go_on() {
    let fleet = Fleet::start(two_guilds()).await;
    let gateway = fleet.gateway().await;
    let (mut one, mut two) = (gateway.ready(1).await, gateway.ready(2).await);
    fleet.describe(false);
    let hidden = fleet
        .does(|it| it.overwrite(1, 1, Permissions::VIEW_CHANNEL))
        .await;
    fleet.does(|it| it.post(1, 1, "hidden")).await;
    fleet.does(|it| it.post(1, 0, "open")).await;
    fleet.does(|it| it.post(2, 0, "elsewhere")).await;
    let elsewhere = hears(&mut two, "elsewhere").await;
    // Not everything before it has been sent, so it does not say so.
    assert_eq!(elsewhere.get("s"), None);
    assert!(two.last_s().unwrap() < hidden);
    assert_eq!(contents(&two), ["elsewhere"]);
    fleet.describe(true);
    let sync = two.expect("GUILD_SYNC").await;
    assert_eq!(sync["d"]["channels"].as_array().unwrap().len(), 1);
    hears(&mut two, "open").await;
    hears(&mut one, "open").await;
    assert_eq!(contents(&two), ["elsewhere", "open"]);
    assert_eq!(contents(&one), ["elsewhere", "hidden", "open"]);
    let last = fleet.does(|it| it.post(1, 0, "last")).await;
    assert_eq!(hears(&mut two, "last").await["s"], last);
    assert_eq!(hears(&mut one, "last").await["s"], last);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_breaks_off_while_a_guild_waits_misses_nothing() {
    let fleet = Fleet::start(two_guilds()).await;
    let (first, second) = (fleet.gateway().await, fleet.gateway().await);
    let mut client = first.ready(2).await;
    fleet.describe(false);
    fleet
        .does(|it| it.update_role(1, 1, Permissions::MANAGE_MESSAGES))
        .await;
    fleet.does(|it| it.post(1, 0, "waits")).await;
    fleet.does(|it| it.post(2, 0, "elsewhere")).await;
    hears(&mut client, "elsewhere").await;
    let place = crate::fleet::leave(client);
    fleet.describe(true);
    let mut client = second.resume(2, &place).await;
    client.expect_op("RESUMED").await;
    // The guild with the change comes as a whole: its history is read again.
    assert_eq!(client.dispatches("GUILD_SYNC").len(), 1);
    fleet.does(|it| it.post(1, 0, "live")).await;
    hears(&mut client, "live").await;
    assert_eq!(contents(&client), ["elsewhere", "live"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_joins_has_the_guild_at_once_and_nothing_of_it_is_missed() {
    let mut truth = two_guilds();
    truth.found(3, &[1], 1);
    let fleet = Fleet::start(truth).await;
    let gateway = fleet.gateway().await;
    let (mut owner, mut comes) = (gateway.ready(1).await, gateway.ready(2).await);
    fleet.does(|it| it.join(3, 2)).await;
    for number in 0..10 {
        fleet
            .does(|it| it.post(3, 0, &format!("welcome {number}")))
            .await;
    }
    let create = comes
        .expect_where("GUILD_CREATE", |d| d["guild"]["id"] == json!(guild(3)))
        .await;
    assert_eq!(create["d"]["member"]["user"]["username"], "person2");
    owner.expect("GUILD_MEMBER_ADD").await;
    hears(&mut comes, "welcome 9").await;
    hears(&mut owner, "welcome 9").await;
    assert_eq!(contents(&comes), contents(&owner));
    let order: Vec<_> = comes
        .received()
        .iter()
        .filter_map(|frame| frame["t"].as_str())
        .collect();
    let created = order.iter().rposition(|t| *t == "GUILD_CREATE").unwrap();
    assert!(order[..created].iter().all(|t| *t != "MESSAGE_CREATE"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_guild_is_there_at_once() {
    let fleet = Fleet::start(Truth::new()).await;
    let gateway = fleet.gateway().await;
    let mut founder = gateway.ready(1).await;
    fleet
        .does(|it| {
            it.found(1, &[1], 1);
            it.join(1, 1)
        })
        .await;
    founder.expect("GUILD_CREATE").await;
    fleet.does(|it| it.post(1, 0, "first words")).await;
    hears(&mut founder, "first words").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_and_sight_change_on_open_sockets() {
    let fleet = Fleet::start(two_guilds()).await;
    let gateway = fleet.gateway().await;
    let mut client = gateway.ready(2).await;
    fleet
        .does(|it| it.update_member(1, 2, |member| member.roles = vec![role(1, 1)]))
        .await;
    client.expect("GUILD_MEMBER_UPDATE").await;
    assert_eq!(
        client.dispatches("PERMISSIONS_UPDATE").len(),
        0,
        "the role gives nothing yet"
    );

    fleet
        .does(|it| it.update_role(1, 1, Permissions::MANAGE_MESSAGES))
        .await;
    let update = client.expect("PERMISSIONS_UPDATE").await;
    assert!(
        update["d"]["permissions"]["guild"]
            .as_array()
            .unwrap()
            .contains(&json!("MANAGE_MESSAGES"))
    );

    fleet
        .does(|it| it.overwrite(1, 0, Permissions::VIEW_CHANNEL))
        .await;
    let sync = client.expect("GUILD_SYNC").await;
    assert_eq!(sync["d"]["channels"][0]["id"], json!(channel(1, 1)));
    fleet.does(|it| it.post(1, 0, "hidden")).await;
    fleet
        .does(|it| it.overwrite(1, 0, Permissions::empty()))
        .await;
    let sync = client.expect("GUILD_SYNC").await;
    assert_eq!(sync["d"]["channels"].as_array().unwrap().len(), 2);
    fleet.does(|it| it.post(1, 0, "open again")).await;
    hears(&mut client, "open again").await;
    assert_eq!(contents(&client), ["open again"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn channels_come_and_go_by_their_own_events() {
    let fleet = Fleet::start(two_guilds()).await;
    let gateway = fleet.gateway().await;
    let mut client = gateway.ready(2).await;
    fleet.does(|it| it.create_channel(1, 5)).await;
    fleet.does(|it| it.post(1, 5, "in the new one")).await;
    client.expect("CHANNEL_CREATE").await;
    hears(&mut client, "in the new one").await;
    let rights = client.dispatches("PERMISSIONS_UPDATE");
    assert_eq!(
        rights[0]["d"]["permissions"]["channels"]
            .as_object()
            .unwrap()
            .len(),
        3
    );
    fleet.does(|it| it.delete_channel(1, 5)).await;
    let deleted = client.expect("CHANNEL_DELETE").await;
    assert_eq!(deleted["d"]["channel_id"], json!(channel(1, 5)));
    assert_eq!(client.dispatches("GUILD_SYNC").len(), 0);
    fleet.does(|it| it.delete_guild(1)).await;
    client.expect("GUILD_DELETE").await;
    fleet.does(|it| it.post(2, 0, "elsewhere")).await;
    hears(&mut client, "elsewhere").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_channel_that_is_deleted_is_not_told_of() {
    let mut truth = two_guilds();
    let _ = truth.overwrite(1, 1, Permissions::VIEW_CHANNEL);
    let fleet = Fleet::start(truth).await;
    let gateway = fleet.gateway().await;
    let (mut owner, mut member) = (gateway.ready(1).await, gateway.ready(2).await);
    fleet.does(|it| it.delete_channel(1, 1)).await;
    fleet.does(|it| it.post(1, 0, "fence")).await;
    owner.expect("CHANNEL_DELETE").await;
    hears(&mut member, "fence").await;
    assert_eq!(member.dispatches("CHANNEL_DELETE").len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_time_out_gives_the_rights_back() {
    let fleet = Fleet::start(two_guilds()).await;
    let gateway = fleet.gateway().await;
    let mut client = gateway.ready(2).await;
    let until = SystemClock.now().plus_seconds(2);
    fleet
        .does(|it| it.update_member(1, 2, |member| member.timed_out_until = Some(until)))
        .await;
    let silenced = client.expect("PERMISSIONS_UPDATE").await;
    let may_write = |frame: &serde_json::Value| {
        let rights = &frame["d"]["permissions"]["channels"][channel(1, 0).to_string()];
        rights.as_array().unwrap().contains(&json!("SEND_MESSAGES"))
    };
    assert!(!may_write(&silenced));
    let free = client.expect("PERMISSIONS_UPDATE").await;
    assert!(may_write(&free));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_somebody_who_is_elsewhere_asks_nothing() {
    let fleet = Fleet::start(two_guilds()).await;
    let gateway = fleet.gateway().await;
    let mut client = gateway.ready(2).await;
    let before = fleet.truth.lock().unwrap().described;
    for who in 10..30 {
        fleet.does(|it| it.join(1, who)).await;
    }
    fleet.does(|it| it.post(1, 0, "fence")).await;
    hears(&mut client, "fence").await;
    assert_eq!(client.dispatches("GUILD_MEMBER_ADD").len(), 20);
    assert_eq!(fleet.truth.lock().unwrap().described, before);
}
