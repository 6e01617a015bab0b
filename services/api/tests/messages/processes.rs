use kith_policy::{SendMessage, require};
use kith_store::messages::{NewMessage, Posted};
use kith_store::{Named, TokenHash};
use sha2::{Digest, Sha256};

use crate::support::{Instance, guild, post};

#[tokio::test]
async fn two_processes_that_take_turns_in_one_channel_keep_its_order_in_the_stream() {
    let instance = Instance::new().await;
    let (one, two) = (instance.start().await, instance.start().await);
    let ada = instance.account(&one, "ada").await;
    let (_, channel) = guild(&ada).await;
    let elsewhere = two.client.with_token(&ada.access_token);
    let mut events = instance.events().await;
    let mut expected = Vec::new();
    for n in 0..40 {
        let content = format!("turn {n}");
        post(
            if n % 2 == 0 { &ada.client } else { &elsewhere },
            &channel,
            &content,
        )
        .await;
        expected.push(content);
    }
    assert_eq!(events.messages(&channel, 40).await, expected);
}

#[tokio::test]
async fn many_posts_at_once_through_two_processes_come_in_the_order_of_seq() {
    let instance = Instance::new().await;
    let (one, two) = (instance.start().await, instance.start().await);
    let ada = instance.account(&one, "ada").await;
    let (_, channel) = guild(&ada).await;
    let elsewhere = two.client.with_token(&ada.access_token);
    let mut events = instance.events().await;
    let posts = (0..100).map(|n| {
        let (client, channel) = (if n % 2 == 0 { &ada.client } else { &elsewhere }, &channel);
        async move { post(client, channel, &format!("number {n}")).await }
    });
    let mut posted = futures_util::future::join_all(posts).await;
    posted.sort_by_key(|message| message["seq"].as_i64());
    let expected: Vec<_> = posted
        .iter()
        .map(|message| message["content"].as_str().unwrap())
        .collect();
    assert_eq!(events.messages(&channel, 100).await, expected);
}

#[tokio::test]
async fn a_process_that_dies_between_commit_and_publish_loses_nothing() {
    let instance = Instance::new().await;
    let api = instance.start().await;
    let ada = instance.account(&api, "ada").await;
    let (_, channel) = guild(&ada).await;
    let mut events = instance.events().await;
    post(&ada.client, &channel, "before").await;
    {
        // This process commits and is gone before it publishes.
        let dying = instance.store().await;
        let token = TokenHash(Sha256::digest(&ada.access_token).into());
        let id = channel.parse().unwrap();
        let found = dying
            .naming_in_channel(&token, id, Named::default(), dying.now())
            .await
            .unwrap();
        let found = found.expect("the session is good");
        let granted = require::<SendMessage>(found.access.as_ref(), dying.now()).unwrap();
        let new = NewMessage {
            author: &found.actor.user,
            content: "last words",
            nonce: None,
            mentions: Vec::new(),
            mention_roles: Vec::new(),
            mention_everyone: false,
            attachments: Vec::new(),
            recipients: Vec::new(),
        };
        let draft = dying.draft(&granted, new).unwrap();
        let together = dying.post(&[draft]).await.unwrap();
        assert!(matches!(together.posted[..], [Posted::New(_)]));
    }
    // The next one may not overtake it.
    post(&ada.client, &channel, "after").await;
    assert_eq!(
        events.messages(&channel, 3).await,
        ["before", "last words", "after"]
    );
}
