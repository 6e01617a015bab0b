//! Who is online, as a gateway tells it to those who may know, and as it tells presence of its own clients.

use kith_events::rpc::Connected;
use kith_testkit::{Gateway, GatewayEnd};
use kith_wire::{ChosenStatus, PresenceSettings, Status};
use serde_json::{Value, json};

use crate::fleet::{Fleet, hears};
use crate::truth::{Truth, guild, user};

fn three_friends() -> Truth {
    let mut truth = Truth::new();
    truth.found(1, &[1, 2, 3], 1);
    truth.found(2, &[1, 4], 1);
    truth
}

async fn looks(client: &mut Gateway, number: u8, ranges: Value) -> Value {
    let question = json!({ "guild_id": guild(number), "ranges": ranges });
    client
        .send(&json!({ "op": "REQUEST_MEMBERS", "d": question }))
        .await;
    client.expect("GUILD_MEMBERS").await["d"].clone()
}

async fn sees(client: &mut Gateway, who: u8, status: &str) {
    let id = json!(user(who));
    client
        .expect_where("PRESENCE_UPDATE", |d| {
            d["user_id"] == id && d["status"] == status
        })
        .await;
}

/// Whom the client was told of, as what, in order.
fn told(client: &Gateway) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    client
        .dispatches("PRESENCE_UPDATE")
        .iter()
        .map(|frame| (text(&frame["d"]["user_id"]), text(&frame["d"]["status"])))
        .collect()
}

fn seen(who: u8, status: &str) -> (String, String) {
    (user(who).to_string(), status.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_looks_at_a_member_list_sees_who_is_there_and_every_change() {
    let fleet = Fleet::start(three_friends()).await;
    let gateway = fleet.gateway().await;
    let mut one = gateway.ready(1).await;
    fleet.shows(2, Status::Dnd).await;
    let list = looks(&mut one, 1, json!([[0, 1]])).await;
    assert_eq!((&list["total"], &list["whole"]), (&json!(3), &json!(true)));
    assert_eq!(list["ranges"][0]["members"].as_array().unwrap().len(), 2);
    assert_eq!(list["presences"].as_array().unwrap().len(), 1);
    assert_eq!(list["presences"][0]["user_id"], json!(user(2)));
    assert_eq!(list["presences"][0]["status"], "dnd");
    fleet.shows(3, Status::Online).await;
    fleet.shows(2, Status::Offline).await;
    sees(&mut one, 3, "online").await;
    sees(&mut one, 2, "offline").await;
    assert!(
        one.dispatches("PRESENCE_UPDATE")
            .iter()
            .all(|it| it.get("s").is_none())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_shares_nothing_with_somebody_never_learns_of_them() {
    let fleet = Fleet::start(three_friends()).await;
    let gateway = fleet.gateway().await;
    let (mut one, mut four) = (gateway.ready(1).await, gateway.ready(4).await);
    looks(&mut one, 1, json!([[0, 99]])).await;
    looks(&mut four, 2, json!([[0, 99]])).await;
    let question = json!({ "guild_id": guild(1), "ranges": [[0, 99]] });
    four.send(&json!({ "op": "REQUEST_MEMBERS", "d": question }))
        .await;
    let refused = four.expect("REQUEST_FAILED").await;
    let expected = json!({ "op": "REQUEST_MEMBERS", "guild_id": guild(1), "code": "NOT_FOUND" });
    assert_eq!(refused["d"], expected);
    fleet.shows(2, Status::Online).await;
    sees(&mut one, 2, "online").await;
    // A fence: what came before was not for them.
    fleet.shows(1, Status::Online).await;
    sees(&mut four, 1, "online").await;
    assert_eq!(told(&four), [seen(1, "online")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_looks_at_no_list_or_at_another_one_is_not_told() {
    let fleet = Fleet::start(three_friends()).await;
    let gateway = fleet.gateway().await;
    let (mut one, mut two) = (gateway.ready(1).await, gateway.ready(2).await);
    looks(&mut one, 1, json!([[0, 9]])).await;
    looks(&mut two, 1, json!([[0, 9]])).await;
    looks(&mut one, 2, json!([[0, 9]])).await;
    let nothing = json!({ "guild_id": guild(1), "ranges": [] });
    two.send(&json!({ "op": "REQUEST_MEMBERS", "d": nothing }))
        .await;
    fleet.shows(4, Status::Idle).await;
    sees(&mut one, 4, "idle").await;
    fleet.shows(3, Status::Online).await;
    fleet.shows(4, Status::Online).await;
    sees(&mut one, 4, "online").await;
    assert_eq!(told(&one), [seen(4, "idle"), seen(4, "online")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_large_guild_only_the_visible_range_is_told() {
    let settings = [("KITH_PRESENCE_WHOLE_GUILD_MEMBERS", "2")];
    let fleet = Fleet::with(three_friends(), &settings).await;
    let gateway = fleet.gateway().await;
    let mut one = gateway.ready(1).await;
    let list = looks(&mut one, 1, json!([[1, 1]])).await;
    assert_eq!((&list["total"], &list["whole"]), (&json!(3), &json!(false)));
    assert_eq!(list["ranges"][0]["start"], 1);
    assert_eq!(
        list["ranges"][0]["members"][0]["user"]["id"],
        json!(user(2))
    );
    fleet.shows(3, Status::Online).await;
    fleet.shows(2, Status::Online).await;
    sees(&mut one, 2, "online").await;
    assert_eq!(told(&one), [seen(2, "online")]);
    let list = looks(&mut one, 1, json!([[2, 2]])).await;
    assert_eq!(list["presences"][0]["user_id"], json!(user(3)));
    // By name, as who shows members in another order asks.
    let named = json!({ "guild_id": guild(1), "user_ids": [user(3), user(4)] });
    one.send(&json!({ "op": "REQUEST_MEMBERS", "d": named }))
        .await;
    let list = one.expect("GUILD_MEMBERS").await["d"].clone();
    assert_eq!(list["members"].as_array().unwrap().len(), 1);
    assert_eq!(list["members"][0]["user"]["id"], json!(user(3)));
    assert_eq!(list["presences"].as_array().unwrap().len(), 1);
    fleet.does(|it| it.remove(1, 3)).await;
    one.expect("GUILD_MEMBER_REMOVE").await;
    fleet.shows(3, Status::Dnd).await;
    looks(&mut one, 1, json!([[0, 1]])).await;
    fleet.shows(2, Status::Idle).await;
    sees(&mut one, 2, "idle").await;
    assert_eq!(told(&one), [seen(2, "online"), seen(2, "idle")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_sent_away_is_told_nothing_more_and_is_not_shown_any_more() {
    let fleet = Fleet::start(three_friends()).await;
    let gateway = fleet.gateway().await;
    let (mut one, mut two) = (gateway.ready(1).await, gateway.ready(2).await);
    looks(&mut one, 1, json!([[0, 9]])).await;
    looks(&mut two, 1, json!([[0, 9]])).await;
    fleet.does(|it| it.remove(1, 2)).await;
    one.expect("GUILD_MEMBER_REMOVE").await;
    two.expect("GUILD_DELETE").await;
    fleet.shows(2, Status::Online).await;
    fleet.shows(3, Status::Online).await;
    sees(&mut one, 3, "online").await;
    assert_eq!(told(&one), [seen(3, "online")]);
    fleet.does(|it| it.read(2, 1)).await;
    two.expect("READ_STATE_UPDATE").await;
    assert_eq!(told(&two), []);
    // Who comes back is seen again, by those who looked all the time.
    fleet.does(|it| it.join(1, 2)).await;
    one.expect("GUILD_MEMBER_ADD").await;
    fleet.shows(2, Status::Dnd).await;
    sees(&mut one, 2, "dnd").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_is_not_known_who_is_a_member_nobody_is_told_and_then_everybody_is() {
    let fleet = Fleet::start(three_friends()).await;
    let gateway = fleet.gateway().await;
    let mut one = gateway.ready(1).await;
    looks(&mut one, 1, json!([[0, 9]])).await;
    fleet.describe(false);
    fleet.does(|it| it.create_channel(1, 7)).await;
    // It waits for facts before what follows reaches the client.
    fleet.does(|it| it.read(1, 1)).await;
    one.expect("READ_STATE_UPDATE").await;
    fleet.shows(3, Status::Online).await;
    fleet.does(|it| it.read(1, 2)).await;
    one.expect("READ_STATE_UPDATE").await;
    assert_eq!(told(&one), []);
    fleet.describe(true);
    sees(&mut one, 3, "online").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_with_a_direct_message_see_each_other_without_asking() {
    let mut truth = Truth::new();
    truth.found(1, &[1], 1);
    truth.directs.push([5, 6]);
    let fleet = Fleet::start(truth).await;
    let gateway = fleet.gateway().await;
    fleet.is_seen(6, Status::Idle);
    let mut five = gateway.ready(5).await;
    sees(&mut five, 6, "idle").await;
    fleet.shows(6, Status::Dnd).await;
    sees(&mut five, 6, "dnd").await;
    // A new one, from its first event on.
    fleet.does(|it| it.whisper([5, 7], "hello")).await;
    hears(&mut five, "hello").await;
    fleet.shows(7, Status::Online).await;
    sees(&mut five, 7, "online").await;
    // The next device is told at once what is known.
    let mut again = gateway.ready(5).await;
    sees(&mut again, 6, "dnd").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_between_whom_a_block_stands_do_not_see_each_other() {
    let fleet = Fleet::start(three_friends()).await;
    let gateway = fleet.gateway().await;
    let (mut one, mut two) = (gateway.ready(1).await, gateway.ready(2).await);
    looks(&mut one, 1, json!([[0, 9]])).await;
    looks(&mut two, 1, json!([[0, 9]])).await;
    for who in [1, 2] {
        fleet.shows(who, Status::Online).await;
        sees(&mut one, who, "online").await;
        sees(&mut two, who, "online").await;
    }
    fleet.does(|it| it.block(1, 2, true)).await;
    sees(&mut one, 2, "offline").await;
    sees(&mut two, 1, "offline").await;
    for who in [1, 2] {
        fleet.shows(who, Status::Dnd).await;
    }
    fleet.shows(3, Status::Online).await;
    sees(&mut one, 3, "online").await;
    sees(&mut two, 3, "online").await;
    assert!(!told(&one).contains(&seen(2, "dnd")));
    assert!(!told(&two).contains(&seen(1, "dnd")));
    let list = looks(&mut two, 1, json!([[0, 9]])).await;
    let shown = list["presences"].as_array().unwrap();
    assert!(
        shown.iter().all(|it| it["user_id"] != json!(user(1))),
        "{list}"
    );
    fleet.does(|it| it.block(1, 2, false)).await;
    sees(&mut one, 2, "dnd").await;
    sees(&mut two, 1, "dnd").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_went_by_unheard_is_found_out_by_asking() {
    let settings = [
        ("KITH_PRESENCE_TTL_MS", "600"),
        ("KITH_PRESENCE_BEAT_INTERVAL_MS", "200"),
        ("KITH_PRESENCE_REAP_INTERVAL_MS", "200"),
    ];
    let fleet = Fleet::with(three_friends(), &settings).await;
    let gateway = fleet.gateway().await;
    let mut one = gateway.ready(1).await;
    looks(&mut one, 1, json!([[0, 9]])).await;
    fleet.is_seen(3, Status::Online);
    sees(&mut one, 3, "online").await;
    // A cache that was emptied knows nothing, and that says nothing.
    let mut before = {
        let mut truth = fleet.truth.lock().unwrap();
        truth.settled = false;
        std::mem::take(&mut truth.presences)
    };
    fleet.is_seen(2, Status::Idle);
    sees(&mut one, 2, "idle").await;
    assert_eq!(told(&one), [seen(3, "online"), seen(2, "idle")]);
    // Somebody whom it does not know when everybody has had the time to say so is gone.
    before.clear();
    fleet.truth.lock().unwrap().settled = true;
    sees(&mut one, 3, "offline").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn presence_is_told_of_every_connection_its_epochs_and_its_end() {
    let fleet = Fleet::start(three_friends()).await;
    let gateway = fleet.gateway().await;
    let (mut first, second) = (gateway.ready(1).await, gateway.ready(1).await);
    let (boot, one) = fleet.beat(|it| it.user == user(1)).await;
    assert_eq!(one.status, Some(ChosenStatus::Online));
    first
        .send(&json!({ "op": "PRESENCE", "d": { "status": "idle" } }))
        .await;
    let idle = |status: ChosenStatus| move |it: &Connected| it.status == Some(status);
    let (same, changed) = fleet.beat(idle(ChosenStatus::Idle)).await;
    assert_eq!(same, boot);
    let chosen = PresenceSettings {
        status: ChosenStatus::Invisible,
        custom_status: None,
    };
    fleet.does(|it| it.choose(1, chosen)).await;
    let update = first.expect("PRESENCE_SETTINGS_UPDATE").await;
    assert_eq!(update["d"]["presence"]["status"], "invisible");
    let (_, hidden) = fleet
        .beat(|it| {
            it.connection == changed.connection && it.status == Some(ChosenStatus::Invisible)
        })
        .await;
    assert!(hidden.epoch > changed.epoch);
    first.abandon();
    let (_, ended) = fleet.beat(|it| it.status.is_none()).await;
    assert_eq!(ended.connection, changed.connection);
    assert!(ended.epoch > hidden.epoch);
    drop(second);
    fleet
        .beat(|it| it.status.is_none() && it.connection != ended.connection)
        .await;
    // Another process is another run.
    let other = fleet.gateway().await;
    let _three = other.ready(3).await;
    assert_ne!(fleet.beat(|it| it.user == user(3)).await.0, boot);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_may_not_ask_closes_its_connection_with_the_reason() {
    let fleet = Fleet::start(three_friends()).await;
    let gateway = fleet.gateway().await;
    for (frame, code) in [
        (json!({ "op": "PRESENCE", "d": { "status": "away" } }), 4002),
        (
            json!({ "op": "REQUEST_MEMBERS", "d": { "guild_id": "x" } }),
            4002,
        ),
        (
            json!({ "op": "REQUEST_MEMBERS", "d": { "guild_id": guild(1), "ranges": [[0, 100]] } }),
            4002,
        ),
    ] {
        let mut client = gateway.ready(1).await;
        client.send(&frame).await;
        assert_eq!(client.end().await, GatewayEnd::Closed(code), "{frame}");
    }
    let mut stranger = Gateway::connect(&gateway.url).await;
    stranger.send(&json!({ "op": "PRESENCE", "d": {} })).await;
    assert_eq!(stranger.end().await, GatewayEnd::Closed(4003));
}
