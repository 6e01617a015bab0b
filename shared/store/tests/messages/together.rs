use kith_events::Aggregate;
use kith_policy::{Granted, SendMessage, require};
use kith_store::messages::{Draft, Posted, Together};
use kith_store::{InChannel, Standing, StoreError};
use kith_wire::MessageChange;

use crate::place::{Person, Place};

async fn permitted(place: &Place, person: Person) -> (InChannel, Granted<SendMessage>) {
    let facts = place.facts(&place.store, person).await;
    let granted = require(facts.access.as_ref(), place.store.now()).expect("they may post");
    (facts, granted)
}

async fn draft(place: &Place, person: Person, content: &str, nonce: Option<&str>) -> Draft {
    let (facts, granted) = permitted(place, person).await;
    let draft = place.draft(&place.store, &facts, &granted, content, nonce);
    draft.expect("ids can be minted")
}

/// What a channel holds, by seq.
async fn contents(place: &Place) -> Vec<(i64, String)> {
    let rows = sqlx::query_as("SELECT seq, body FROM messages WHERE channel_id = $1 ORDER BY seq")
        .bind(place.channel.uuid())
        .fetch_all(&place.sql);
    rows.await.expect("the database answers")
}

async fn read_and_mentioned(place: &Place, person: Person) -> (i64, i64) {
    let row = sqlx::query_as(
        "SELECT coalesce((SELECT read_seq FROM read_states WHERE user_id = $1 AND channel_id = $2), 0), \
         (SELECT count(*) FROM mentions WHERE user_id = $1 AND channel_id = $2)",
    )
    .bind(person.id.uuid())
    .bind(place.channel.uuid())
    .fetch_one(&place.sql);
    row.await.expect("the database answers")
}

#[tokio::test]
async fn drafts_that_go_together_get_their_places_in_their_order_and_everything_that_one_alone_gets()
 {
    let place = Place::new().await;
    place.post(place.bob, "before").await;
    let drafts = [
        draft(&place, place.ada, "one @bob", Some("n1")).await,
        draft(&place, place.bob, "two", Some("n1")).await,
        draft(&place, place.ada, "three @bob", None).await,
    ];
    let Together { posted, committed } = place.store.post(&drafts).await.unwrap();
    let mut events = Vec::new();
    committed.hand_over(|outgoing| events.extend(outgoing));

    let expected = [(2, "one @bob"), (3, "two"), (4, "three @bob")];
    for (((seq, content), posted), outgoing) in expected.iter().zip(&posted).zip(&events) {
        let Posted::New(message) = posted else {
            panic!("{content} was not posted");
        };
        assert_eq!((message.seq, message.content.as_str()), (*seq, *content));
        let change: MessageChange = serde_json::from_slice(&outgoing.event.payload).unwrap();
        assert_eq!(change.message, **message);
        assert_eq!((change.rev, outgoing.event.head.seq), (*seq, Some(*seq)));
    }
    let found = contents(&place).await;
    let expected = expected.map(|(seq, content)| (seq, content.to_owned()));
    assert_eq!(found[1..], expected);
    // Ada's own messages are read, up to her last; bob's count as mentions until he reads.
    assert_eq!(read_and_mentioned(&place, place.ada).await, (4, 0));
    assert_eq!(read_and_mentioned(&place, place.bob).await, (3, 2));

    // The first event waits for what was there before (nobody has published that), the others for the first.
    let standing: Vec<_> = events.iter().map(|one| one.standing).collect();
    let from = |standing: &Standing| match standing {
        Standing::From(oldest, _) => *oldest,
        other => panic!("{other:?}"),
    };
    assert_eq!(standing.iter().map(from).collect::<Vec<_>>(), [1, 2, 2]);
    // The relay would publish the same bytes in the same order.
    let relayed = place
        .store
        .unsettled(place.store.now().plus_seconds(1), 10, 10);
    let relayed = relayed.await.unwrap();
    for (relayed, outgoing) in relayed[1..].iter().zip(&events) {
        assert_eq!(relayed.payload, outgoing.event.payload);
        assert_eq!(relayed.head, outgoing.event.head);
    }
}

#[tokio::test]
async fn a_process_alone_publishes_all_that_went_together_directly() {
    let place = Place::new().await;
    let aggregate = Aggregate::Channel(place.channel);
    let mut taken = 0;
    for round in 0..3 {
        let mut drafts = Vec::new();
        for n in 0..4 {
            drafts.push(draft(&place, place.ada, &format!("{round} {n}"), None).await);
        }
        let together = place.store.post(&drafts).await.unwrap();
        together.committed.hand_over(|outgoing| {
            for one in outgoing {
                let rev = one.event.head.rev;
                let carried = place.store.carried();
                taken += usize::from(carried.take(aggregate, rev, one.standing, || true));
            }
        });
    }
    assert_eq!(taken, 12);
    let left = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM outbox WHERE writer = -1");
    assert_eq!(left.fetch_one(&place.sql).await.unwrap(), 0);
}

#[tokio::test]
async fn whose_rights_changed_is_left_out_and_the_others_have_no_gap() {
    let place = Place::new().await;
    let late = draft(&place, place.bob, "too late", None).await;
    place.raise_access().await;
    let drafts = [
        draft(&place, place.ada, "one", None).await,
        late,
        draft(&place, place.ada, "two", None).await,
    ];
    let together = place.store.post(&drafts).await.unwrap();
    together.committed.hand_over(drop);
    assert!(matches!(
        together.posted[..],
        [Posted::New(_), Posted::AccessChanged, Posted::New(_)]
    ));
    let expected = [(1, "one".to_owned()), (2, "two".to_owned())];
    assert_eq!(contents(&place).await, expected);
}

#[tokio::test]
async fn a_nonce_that_comes_again_undoes_all_that_went_with_it_and_says_so() {
    let place = Place::new().await;
    place
        .post_with(&place.store, place.ada, "once", Some("n"))
        .await
        .map(drop)
        .unwrap();
    let drafts = [
        draft(&place, place.ada, "another", None).await,
        draft(&place, place.ada, "once", Some("n")).await,
    ];
    let refused = place.store.post(&drafts).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))));
    assert_eq!(contents(&place).await, [(1, "once".to_owned())]);
    // One by one each gets its own answer.
    let [other, again] = drafts;
    let posted = place.store.post(&[other]).await.unwrap();
    assert!(matches!(posted.posted[..], [Posted::New(_)]));
    drop(posted);
    let posted = place.store.post(&[again]).await.unwrap();
    assert!(matches!(posted.posted[..], [Posted::NonceSeen]));
}
