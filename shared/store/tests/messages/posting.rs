use kith_events::Aggregate;
use kith_store::{Standing, StoreError, messages};
use kith_wire::MessageChange;

use crate::place::{Place, Posted, new, process};

#[tokio::test]
async fn ten_posts_at_once_have_contiguous_seq_and_rev() {
    let place = Place::new().await;
    let posts = (0..10).map(|n| {
        let content = format!("number {n}");
        let place = &place;
        async move { place.post(place.ada, &content).await.seq }
    });
    let mut seqs = futures_util::future::join_all(posts).await;
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=10).collect::<Vec<_>>());
    let revs: Vec<i64> =
        sqlx::query_scalar("SELECT rev FROM outbox WHERE aggregate_id = $1 ORDER BY rev")
            .bind(place.channel.uuid())
            .fetch_all(&place.sql)
            .await
            .unwrap();
    assert_eq!(revs, (1..=10).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_event_says_exactly_what_the_answer_says() {
    let place = Place::new().await;
    let Posted::New(message, committed) = place
        .post_with(&place.store, place.ada, "hello @bob", Some("n1"))
        .await
        .unwrap()
    else {
        panic!("it is the first");
    };
    let mut events = Vec::new();
    committed.hand_over(|outgoing| events.extend(outgoing));
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].standing, Standing::Clear);
    let change: MessageChange = serde_json::from_slice(&events[0].event.payload).unwrap();
    assert_eq!(change.message, *message);
    assert_eq!((change.rev, message.seq), (1, 1));
    assert_eq!(events[0].event.head.access_version, Some(1));
    // The relay would publish the same bytes.
    let relayed = place
        .store
        .unsettled(place.store.now().plus_seconds(1), 10, 10)
        .await
        .unwrap();
    assert_eq!(relayed[0].payload, events[0].event.payload);
    assert_eq!(relayed[0].head, events[0].event.head);
}

#[tokio::test]
async fn a_nonce_that_comes_again_writes_nothing_also_when_both_run_at_once() {
    let place = Place::new().await;
    let other = process(&place.database).await;
    for round in 0..5 {
        let nonce = format!("round{round}");
        let (one, two) = tokio::join!(
            place.post_with(&place.store, place.ada, "once", Some(&nonce)),
            place.post_with(&other, place.ada, "once", Some(&nonce)),
        );
        let posted = [one.unwrap(), two.unwrap()]
            .into_iter()
            .filter_map(|posted| match posted {
                Posted::New(message, committed) => {
                    committed.hand_over(drop);
                    Some(message)
                }
                Posted::NonceSeen => None,
            });
        let posted: Vec<_> = posted.collect();
        assert_eq!(posted.len(), 1);
        assert_eq!(posted[0].seq, round + 1);
        let nonce = kith_types::Nonce::parse(&nonce).unwrap();
        let first = place
            .store
            .message_by_nonce(Some(place.guild), place.ada.id, place.channel, &nonce)
            .await;
        let (first, hash) = first.unwrap().expect("it was posted");
        assert_eq!((first.id, hash), (posted[0].id, vec![4; 32]));
    }
}

#[tokio::test]
async fn a_post_is_refused_when_rights_changed_after_they_were_decided() {
    let place = Place::new().await;
    let facts = place.facts(&place.store, place.bob).await;
    let now = place.store.now();
    let granted = kith_policy::require(facts.access.as_ref(), now).unwrap();
    place.raise_access().await;
    let posted = place
        .post_granted(&place.store, &facts, &granted, "too late", None)
        .await;
    assert!(matches!(posted, Err(StoreError::AccessChanged)));
    let work = place
        .store
        .begin(&[Aggregate::Channel(place.channel)])
        .await
        .unwrap();
    assert!(matches!(
        work.require_unchanged(&granted),
        Err(StoreError::AccessChanged)
    ));
    drop(work);
    assert_eq!(
        new(place
            .post_with(&place.store, place.bob, "in time", None)
            .await
            .unwrap())
        .seq,
        1
    );
}

#[tokio::test]
async fn mentions_and_everyone_are_counted_until_they_are_read() {
    let place = Place::new().await;
    place.post(place.ada, "@bob look").await;
    place.post(place.ada, "@everyone tea").await;
    let gone = place.post(place.ada, "@bob again").await;
    let count = async |seq: i64| {
        let mut work = place
            .store
            .begin(&[Aggregate::User(place.bob.id)])
            .await
            .unwrap();
        let noted = messages::acknowledge(&mut work, place.bob.id, place.channel, seq)
            .await
            .unwrap();
        work.commit().await.unwrap().hand_over(drop);
        (
            noted.state.read_seq,
            noted.state.mention_count,
            noted.changed,
        )
    };
    assert_eq!(count(0).await, (0, 3, true));
    assert_eq!(count(1).await, (1, 2, true));
    let mut work = place
        .store
        .begin(&[Aggregate::Channel(place.channel)])
        .await
        .unwrap();
    messages::delete(&mut work, place.channel, gone.id)
        .await
        .unwrap();
    work.commit().await.unwrap().hand_over(drop);
    assert_eq!(count(1).await, (1, 1, false));
    // Nobody reads what is not there yet.
    assert_eq!(count(99).await, (3, 0, true));
}

#[tokio::test]
async fn what_was_said_before_one_came_what_is_gone_and_what_the_blocked_say_mentions_nobody() {
    let place = Place::new().await;
    let count = async || {
        let mut work = place
            .store
            .begin(&[Aggregate::User(place.bob.id)])
            .await
            .unwrap();
        let noted = messages::acknowledge(&mut work, place.bob.id, place.channel, 0).await;
        work.commit().await.unwrap().hand_over(drop);
        noted.unwrap().state.mention_count
    };
    let edited = place.post(place.ada, "@bob and @everyone").await;
    place.post(place.ada, "@everyone tea").await;
    place.post(place.ada, "@bob look").await;
    // Who is named beside everybody is mentioned once.
    assert_eq!(count().await, 3);
    // An edit that names nobody any more takes both back.
    let mut work = place
        .store
        .begin(&[Aggregate::Channel(place.channel)])
        .await
        .unwrap();
    let edit = messages::Edit {
        guild: Some(place.guild),
        channel: place.channel,
        message: edited.id,
        author: place.ada.id,
        content: "nobody",
        mentions: &[],
        mention_roles: &[],
        mention_everyone: false,
    };
    messages::edit(&mut work, &edit).await.unwrap().unwrap();
    work.commit().await.unwrap().hand_over(drop);
    assert_eq!(count().await, 2);
    let (bob, ada) = (place.bob.id.uuid(), place.ada.id.uuid());
    let run = async |statement: &'static str| {
        let done = sqlx::query(statement).bind(bob).bind(ada);
        done.execute(&place.sql).await.unwrap();
    };
    let block =
        "INSERT INTO blocks (user_id, blocked_id, created_at) VALUES ($1, $2, '2020-01-01')";
    run(block).await;
    assert_eq!(count().await, 0);
    run("DELETE FROM blocks WHERE user_id = $1 AND blocked_id = $2").await;
    assert_eq!(count().await, 2);
    // Who comes later, or again, begins with what is said from then on.
    let joined = "UPDATE members SET joined_at = now() + interval '100 years' WHERE user_id = $1 AND user_id <> $2";
    run(joined).await;
    assert_eq!(count().await, 0);
}
