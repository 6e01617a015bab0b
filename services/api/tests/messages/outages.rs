use kith_events::EventKind;
use kith_testkit::{Postgres, until};
use serde_json::json;

use crate::support::{Instance, guild, messages, post};

#[tokio::test]
async fn posts_are_answered_while_nats_is_away_and_come_in_order_when_it_is_back() {
    let mut instance = Instance::new().await;
    let api = instance.start().await;
    let ada = instance.account(&api, "ada").await;
    let (_, channel) = guild(&ada).await;
    let mut events = instance.events().await;
    post(&ada.client, &channel, "before").await;
    assert_eq!(events.messages(&channel, 1).await, ["before"]);
    instance.nats.kill();
    let mut expected = Vec::new();
    for n in 0..20 {
        let content = format!("away {n}");
        post(&ada.client, &channel, &content).await;
        expected.push(content);
    }
    instance.nats.restart().await;
    post(&ada.client, &channel, "back").await;
    expected.push(String::from("back"));
    assert_eq!(events.messages(&channel, 21).await, expected);
}

#[tokio::test]
async fn a_stream_that_comes_back_empty_gets_everything_again_under_a_new_epoch() {
    let mut instance = Instance::new().await;
    let api = instance.start().await;
    let ada = instance.account(&api, "ada").await;
    let (_, channel) = guild(&ada).await;
    let expected: Vec<_> = (0..5).map(|n| format!("number {n}")).collect();
    for content in &expected {
        post(&ada.client, &channel, content).await;
    }
    let store = instance.store().await;
    until("everything is settled", async || {
        match store.backlog().await?.events {
            0 => Ok(()),
            _ => Err(kith_store::StoreError::Gone),
        }
    })
    .await;
    let epoch = async || store.valid_sessions(&[], store.now()).await.unwrap().epoch;
    assert_eq!(epoch().await, 1);
    instance.nats.restart_empty().await;
    let mut events = instance.events().await;
    assert_eq!(events.messages(&channel, 5).await, expected);
    assert_eq!(epoch().await, 2);
    // And it goes on from there.
    post(&ada.client, &channel, "after").await;
    let next = events.next().await;
    assert_eq!(
        (next.head.kind, next.head.seq),
        (EventKind::MessageCreate, Some(6))
    );
}

#[tokio::test]
async fn while_postgres_is_away_nothing_is_acknowledged_and_the_answer_says_when_to_come_back() {
    let mut postgres = Postgres::start().await;
    let instance = Instance {
        database: postgres.database().await,
        ..Instance::new().await
    };
    let api = instance.start().await;
    let ada = instance.account(&api, "ada").await;
    let (_, channel) = guild(&ada).await;
    postgres.kill();
    let answer = ada
        .client
        .post(&messages(&channel), &json!({ "content": "lost" }))
        .await;
    answer.expect_error(503, "UNAVAILABLE");
    assert!(answer.retry_after().is_some());
    ada.client
        .get(&messages(&channel))
        .await
        .expect_error(503, "UNAVAILABLE");
    postgres.restart().await;
    until("it writes again", async || {
        let answer = ada
            .client
            .post(&messages(&channel), &json!({ "content": "back" }))
            .await;
        if answer.status == 201 {
            Ok(())
        } else {
            Err(answer.body)
        }
    })
    .await;
    let page = ada.client.get(&messages(&channel)).await;
    let texts: Vec<_> = page
        .expect(200)
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["content"])
        .collect();
    assert_eq!(texts, ["back"]);
}
