//! What is sent again, and what of it is not any more.

use serde_json::json;

use crate::fleet::{Fleet, contents, hears, leave};
use crate::truth::{Truth, role};

fn two_guilds() -> Truth {
    let mut truth = Truth::new();
    truth.found(1, &[1, 2, 3], 1);
    truth.found(2, &[1, 2], 1);
    truth.directs = vec![[1, 2]];
    truth
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_meanwhile_is_replayed_as_a_tombstone_without_its_text() {
    let fleet = Fleet::start(two_guilds()).await;
    let (first, second) = (fleet.gateway().await, fleet.gateway().await);
    let place = leave(first.ready(2).await);
    for to_guild in [true, false] {
        let secret = fleet.keeps(|it| {
            if to_guild {
                it.post(1, 0, "the secret")
            } else {
                it.whisper([1, 2], "the secret")
            }
        });
        fleet.publish(&secret).await;
        fleet.does(|it| it.erase(&secret)).await;
    }
    fleet.does(|it| it.post(1, 0, "what stays")).await;
    fleet.does(|it| it.post(2, 0, "elsewhere")).await;
    for gateway in [&first, &second] {
        let mut client = gateway.resume(2, &place).await;
        client.expect_op("RESUMED").await;
        assert_eq!(contents(&client), ["", "", "what stays", "elsewhere"]);
        for tombstone in &client.dispatches("MESSAGE_CREATE")[..2] {
            assert!(tombstone["d"]["message"]["deleted_at"].is_string());
            assert!(tombstone["s"].is_u64());
        }
        assert_eq!(client.dispatches("MESSAGE_DELETE").len(), 2);
        let all = json!(client.received()).to_string();
        assert!(!all.contains("the secret"), "{all}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_rename_everything_is_replayed_and_after_a_change_of_roles_it_is_not() {
    let fleet = Fleet::start(two_guilds()).await;
    let gateway = fleet.gateway().await;
    let mut client = gateway.ready(2).await;
    for number in 1..=2 {
        fleet.does(|it| it.post(number, 0, "before")).await;
        hears(&mut client, "before").await;
    }
    let place = leave(client);
    fleet.does(|it| it.rename(1, 2, "Somebody else")).await;
    fleet
        .does(|it| it.update_member(2, 2, |member| member.roles.push(role(2, 1))))
        .await;
    fleet.does(|it| it.post(1, 0, "missed")).await;
    fleet.does(|it| it.post(2, 0, "part of the history")).await;
    let mut client = gateway.resume(2, &place).await;
    client.expect_op("RESUMED").await;
    assert_eq!(contents(&client), ["missed"]);
    let renamed = client.dispatches("GUILD_MEMBER_UPDATE");
    assert_eq!(renamed[0]["d"]["member"]["nick"], "Somebody else");
    assert_eq!(client.dispatches("GUILD_SYNC").len(), 1);
}
