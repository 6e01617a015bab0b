//! NATS goes away and comes back.

use kith_testkit::{Gateway, GatewayEnd};
use serde_json::json;

use crate::fleet::{Fleet, contents, hears};
use crate::truth::{Truth, token};

fn one_guild() -> Truth {
    let mut truth = Truth::new();
    truth.found(1, &[1, 2, 3], 1);
    truth
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_outlive_nats_and_everything_comes_once_and_in_order() {
    let mut fleet = Fleet::start(one_guild()).await;
    let gateway = fleet.gateway().await;
    let (mut one, mut two) = (gateway.ready(1).await, gateway.ready(2).await);
    for round in 0..3 {
        fleet
            .does(|it| it.post(1, 0, &format!("before {round}")))
            .await;
        fleet.nats.kill();
        let while_away: Vec<_> = (0..5)
            .map(|number| fleet.keeps(|it| it.post(1, 0, &format!("away {round} {number}"))))
            .collect();
        // Its sockets live on.
        one.send(&json!({"op": "HEARTBEAT", "d": {}})).await;
        fleet.nats.restart().await;
        for event in &while_away {
            fleet.publish(event).await;
        }
        fleet
            .does(|it| it.post(1, 0, &format!("after {round}")))
            .await;
    }
    let mut expected = Vec::new();
    for round in 0..3 {
        expected.push(format!("before {round}"));
        expected.extend((0..5).map(|number| format!("away {round} {number}")));
        expected.push(format!("after {round}"));
    }
    for client in [&mut one, &mut two] {
        hears(client, "after 2").await;
        assert_eq!(contents(client), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_shut_out_meanwhile_reads_nothing_of_what_was_missed() {
    let mut fleet = Fleet::start(one_guild()).await;
    let gateway = fleet.gateway().await;
    let (mut one, mut two, mut three) = (
        gateway.ready(1).await,
        gateway.ready(2).await,
        gateway.ready(3).await,
    );
    fleet.nats.kill();
    // The stream never tells of the log-out, and of the ban only after a message.
    let _ = fleet.keeps(|it| it.log_out(2));
    let ban = fleet.keeps(|it| it.remove(1, 3));
    let message = fleet.keeps(|it| it.post(1, 0, "among us"));
    fleet.nats.restart().await;
    fleet.publish(&message).await;
    fleet.publish(&ban).await;
    hears(&mut one, "among us").await;
    assert_eq!(two.end().await, GatewayEnd::Closed(4004));
    assert_eq!(contents(&two), [""; 0]);
    three.expect("GUILD_DELETE").await;
    assert_eq!(contents(&three), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_stream_ends_all_sessions_and_they_begin_anew() {
    let mut fleet = Fleet::start(one_guild()).await;
    let gateway = fleet.gateway().await;
    let mut client = gateway.ready(1).await;
    for number in 0..5 {
        fleet
            .does(|it| it.post(1, 0, &format!("old {number}")))
            .await;
    }
    hears(&mut client, "old 4").await;
    fleet.nats.restart_empty().await;
    fleet.make_stream().await;
    fleet.truth.lock().unwrap().epoch = 2;
    let invalid = client.expect_op("INVALID_SESSION").await;
    assert_eq!(invalid["d"]["resumable"], false);
    assert_eq!(client.end().await, GatewayEnd::Closed(4007));
    let mut client = gateway.ready(1).await;
    fleet.does(|it| it.post(1, 0, "new")).await;
    hears(&mut client, "new").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_while_nats_is_away_is_let_in_when_it_is_back() {
    let mut fleet = Fleet::start(one_guild()).await;
    let gateway = fleet.gateway().await;
    let mut witness = gateway.ready(2).await;
    fleet.does(|it| it.post(1, 0, "before")).await;
    hears(&mut witness, "before").await;
    fleet.nats.kill();
    let mut client = Gateway::connect(&gateway.url).await;
    client
        .send(&json!({"op": "IDENTIFY", "d": {"token": token(1)}}))
        .await;
    fleet.nats.restart().await;
    // It may have tried while the gateway had not noticed; then it is told to come again.
    let frame = client.frame().await.unwrap();
    if frame["op"] == "INVALID_SESSION" {
        client = gateway.ready(1).await;
    } else {
        assert_eq!(frame["t"], "READY");
    }
    fleet.does(|it| it.post(1, 0, "after")).await;
    hears(&mut client, "after").await;
}
