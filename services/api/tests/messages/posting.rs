use kith_events::EventKind;
use serde_json::json;

use crate::support::{Instance, guild, join, messages, post, text};

#[tokio::test]
async fn a_post_is_answered_and_reaches_the_stream_with_the_same_content() {
    let instance = Instance::new().await;
    let api = instance.start().await;
    let ada = instance.account(&api, "ada").await;
    let (_, channel) = guild(&ada).await;
    let mut events = instance.events().await;
    let message = post(&ada.client, &channel, "  hello  ").await;
    assert_eq!(message["content"], "hello");
    assert_eq!(message["seq"], 1);
    assert_eq!(message["author"]["username"], "ada");
    let event = loop {
        let event = events.next().await;
        if event.head.kind == EventKind::MessageCreate {
            break event;
        }
    };
    let payload: serde_json::Value = serde_json::from_slice(&event.payload).unwrap();
    assert_eq!(payload["message"], message);
    assert_eq!((event.head.seq, event.head.rev), (Some(1), 1));
}

#[tokio::test]
async fn the_same_nonce_gives_the_first_message_also_when_all_come_at_once() {
    let instance = Instance::new().await;
    let (one, two) = (instance.start().await, instance.start().await);
    let ada = instance.account(&one, "ada").await;
    let (_, channel) = guild(&ada).await;
    let elsewhere = two.client.with_token(&ada.access_token);
    let body = json!({ "content": "once", "nonce": "n-1" });
    let path = messages(&channel);
    let posts =
        (0..8).map(|n| if n % 2 == 0 { &ada.client } else { &elsewhere }.post(&path, &body));
    let answers = futures_util::future::join_all(posts).await;
    let mut created = 0;
    for answer in &answers {
        assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
        created += usize::from(answer.status == 201);
        assert_eq!(answer.body["data"]["id"], answers[0].body["data"]["id"]);
    }
    assert_eq!(created, 1);
    let other = ada
        .client
        .post(&path, &json!({ "content": "twice", "nonce": "n-1" }))
        .await;
    other.expect_error(409, "NONCE_REUSED");
    assert_eq!(post(&ada.client, &channel, "next").await["seq"], 2);
}

#[tokio::test]
async fn posts_that_come_at_once_each_get_their_own_answer_and_reach_the_stream_in_order() {
    let instance = Instance::new().await;
    let api = instance.start().await;
    let ada = instance.account(&api, "ada").await;
    let (_, channel) = guild(&ada).await;
    let mut events = instance.events().await;
    // Five nonces, each twelve times, among others without one.
    let posts = (0..60).flat_map(|n| {
        let nonce = format!("n-{}", n % 5);
        let once = json!({ "content": format!("nonce {nonce}"), "nonce": nonce });
        [once, json!({ "content": format!("number {n}") })]
    });
    let (ada, path) = (&ada.client, messages(&channel));
    let path = &path;
    let posts =
        posts.map(|body| async move { (body["content"].clone(), ada.post(path, &body).await) });
    let answers = futures_util::future::join_all(posts).await;
    let mut created = Vec::new();
    for (content, answer) in &answers {
        assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
        assert_eq!(answer.body["data"]["content"], *content);
        if answer.status == 201 {
            created.push((answer.body["data"]["seq"].as_i64(), text(content)));
        }
    }
    created.sort_unstable();
    let seqs: Vec<_> = created.iter().map(|(seq, _)| *seq).collect();
    assert_eq!(seqs, (1..=65).map(Some).collect::<Vec<_>>());
    let contents: Vec<_> = created.into_iter().map(|(_, content)| content).collect();
    assert_eq!(events.messages(&channel, 65).await, contents);
}

#[tokio::test]
async fn texts_are_checked_by_graphemes_and_unknown_fields_are_named() {
    let instance = Instance::new().await;
    let api = instance.start().await;
    let ada = instance.account(&api, "ada").await;
    let (_, channel) = guild(&ada).await;
    let send = async |body: serde_json::Value| ada.client.post(&messages(&channel), &body).await;
    send(json!({ "content": "👩‍👩‍👧‍👦".repeat(1200) }))
        .await
        .expect(201);
    let long = send(json!({ "content": "é".repeat(4001) })).await;
    assert_eq!(
        long.expect_error(400, "INVALID_REQUEST")["details"][0]["field"],
        "content"
    );
    send(json!({ "content": " \u{200B}\n" }))
        .await
        .expect_error(400, "INVALID_REQUEST");
    let unknown = send(json!({ "content": "a", "colour": "red" })).await;
    assert_eq!(
        unknown.expect_error(400, "INVALID_REQUEST")["details"][0]["field"],
        "colour"
    );
    let joined = send(json!({ "content": "cafe\u{301}" })).await;
    assert_eq!(joined.expect(201)["content"], "caf\u{e9}");
}

#[tokio::test]
async fn only_those_who_may_be_mentioned_are_mentioned() {
    let instance = Instance::new().await;
    let api = instance.start().await;
    let (ada, bob) = (
        instance.account(&api, "ada").await,
        instance.account(&api, "bob").await,
    );
    let stranger = instance.account(&api, "stranger").await;
    let (place, channel) = guild(&ada).await;
    join(&ada, &place, &bob).await;
    let role = async |mentionable: bool| {
        let body = json!({ "name": "crew", "mentionable": mentionable });
        let role = ada
            .client
            .post(&format!("/api/v1/guilds/{place}/roles"), &body)
            .await;
        text(&role.expect(201)["id"])
    };
    let (open, closed) = (role(true).await, role(false).await);
    let give = format!("/api/v1/guilds/{place}/members/{}/roles/{open}", ada.id);
    ada.client.put(&give, &json!({})).await.expect(204);
    let content = format!(
        "<@{}> <@{}> <@&{open}> <@&{closed}> @everyone",
        ada.id, stranger.id
    );

    let from_bob = post(&bob.client, &channel, &content).await;
    assert_eq!(from_bob["mentions"], json!([ada.id]));
    assert_eq!(from_bob["mention_roles"], json!([open]));
    assert_eq!(from_bob["mention_everyone"], false);
    let from_ada = post(&ada.client, &channel, &content).await;
    assert_eq!(from_ada["mention_roles"].as_array().unwrap().len(), 2);
    assert_eq!(from_ada["mention_everyone"], true);

    let read = async |who: &kith_testkit::Account, seq: i64| {
        let path = format!("/api/v1/channels/{channel}/read");
        who.client
            .put(&path, &json!({ "seq": seq }))
            .await
            .expect(200)["mention_count"]
            .clone()
    };
    assert_eq!(read(&ada, 0).await, 1, "by name and by role is one mention");
    assert_eq!(read(&bob, 0).await, 1, "everyone");
    assert_eq!(read(&bob, 2).await, 0);
}

#[tokio::test]
async fn who_posts_too_fast_is_told_when_to_come_back_and_others_are_not() {
    let instance = Instance::new().await;
    let api = instance.start().await;
    let ada = api.client.register("ada").await;
    let (place, channel) = guild(&ada).await;
    let mut limited = None;
    for n in 0..60 {
        let answer = ada
            .client
            .post(&messages(&channel), &json!({ "content": format!("{n}") }))
            .await;
        if answer.status == 429 {
            limited = Some(answer);
            break;
        }
        answer.expect(201);
    }
    let limited = limited.expect("sixty at once are too many");
    limited.expect_error(429, "RATE_LIMITED");
    assert!((1..=10).contains(&limited.retry_after().unwrap()));
    // Reading is counted apart, and so are others.
    ada.client.get(&messages(&channel)).await.expect(200);
    let bob = instance.account(&api, "bob").await;
    join(&ada, &place, &bob).await;
    for n in 0..40 {
        post(&bob.client, &channel, &format!("unlimited {n}")).await;
    }
}
