use kith_events::Aggregate;
use kith_store::{Outgoing, Reconciled, Settled, Standing, StreamSeen};

use crate::place::{Place, Posted, process};

async fn outgoing(place: &Place, store: &kith_store::Store) -> Outgoing {
    let posted = place
        .post_with(store, place.ada, "hello", None)
        .await
        .expect("the database answers");
    let Posted::New(_, committed) = posted else {
        panic!("there is no nonce")
    };
    let mut events = Vec::new();
    committed.hand_over(|outgoing| events.extend(outgoing));
    events.pop().expect("a post is one event")
}

fn settled(outgoing: &Outgoing, stream_seq: u64) -> Settled {
    Settled {
        aggregate: outgoing.event.head.aggregate(),
        rev: outgoing.event.head.rev,
        stream_seq,
    }
}

#[tokio::test]
async fn two_processes_on_one_channel_never_overtake_each_other() {
    let place = Place::new().await;
    let other = process(&place.database).await;
    let aggregate = Aggregate::Channel(place.channel);
    let take = |store: &kith_store::Store, one: &Outgoing| {
        store
            .carried()
            .take(aggregate, one.event.head.rev, one.standing, || true)
    };

    let first = outgoing(&place, &place.store).await;
    assert!(take(&place.store, &first));
    // The other process sees an unsettled event that it does not carry.
    let second = outgoing(&place, &other).await;
    assert!(matches!(second.standing, Standing::From(1, _)));
    assert!(!take(&other, &second));
    // And so does the first one now.
    let third = outgoing(&place, &place.store).await;
    assert!(!take(&place.store, &third));
    // They are marked for the relay, which takes them without waiting, with the one before them.
    let due = place
        .store
        .unsettled(place.store.now().plus_seconds(-60), 10, 10)
        .await
        .unwrap();
    assert_eq!(
        due.iter().map(|event| event.head.rev).collect::<Vec<_>>(),
        [1, 2, 3]
    );

    let all = [settled(&first, 1), settled(&second, 2), settled(&third, 3)];
    place.store.settle(&all).await.unwrap();
    place.store.carried().settled(aggregate, 1);
    let fourth = outgoing(&place, &other).await;
    assert_eq!(fourth.standing, Standing::Clear);
    assert!(take(&other, &fourth));
    let fifth = outgoing(&place, &other).await;
    assert!(matches!(fifth.standing, Standing::From(4, _)));
    assert!(take(&other, &fifth));
    let due = place
        .store
        .unsettled(place.store.now().plus_seconds(-60), 10, 10)
        .await
        .unwrap();
    assert!(
        due.is_empty(),
        "what a living process carries is left to it"
    );
}

#[tokio::test]
async fn one_process_alone_never_needs_the_relay_however_its_settling_falls() {
    let place = Place::new().await;
    let store = &place.store;
    let aggregate = Aggregate::Channel(place.channel);
    let (acknowledge, mut acknowledged) = tokio::sync::mpsc::unbounded_channel();
    let posting = async {
        for rev in 1..=200 {
            let one = outgoing(&place, store).await;
            let taken = store.carried().take(aggregate, rev, one.standing, || true);
            assert!(taken, "{rev}: {:?}", one.standing);
            acknowledge
                .send(settled(&one, rev as u64))
                .expect("it is received");
        }
        drop(acknowledge);
    };
    let settling = async {
        while let Some(one) = acknowledged.recv().await {
            store.settle(&[one]).await.expect("the database answers");
            store.carried().settled(aggregate, one.rev);
        }
    };
    tokio::join!(posting, settling);
    let left = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM outbox WHERE writer = -1");
    assert_eq!(left.fetch_one(&place.sql).await.unwrap(), 0);
}

#[tokio::test]
async fn posts_of_two_processes_at_once_stay_contiguous_and_know_what_they_could_not_see() {
    let place = Place::new().await;
    let other = process(&place.database).await;
    let mut all = Vec::new();
    for _ in 0..20 {
        let (one, two) = tokio::join!(outgoing(&place, &place.store), outgoing(&place, &other));
        all.extend([one, two]);
    }
    all.sort_by_key(|one| one.event.head.rev);
    for (at, one) in all.iter().enumerate() {
        let rev = at as i64 + 1;
        assert_eq!((one.event.head.rev, one.event.head.seq), (rev, Some(rev)));
        // Nothing was settled: whoever could see says so, and nobody takes the way for clear.
        match one.standing {
            Standing::Clear => assert_eq!(rev, 1),
            Standing::From(oldest, _) => assert_eq!(oldest, 1),
            Standing::Unknown => {}
        }
    }
}

#[tokio::test]
async fn a_stream_that_lost_its_tail_or_was_made_anew_gets_it_again() {
    let place = Place::new().await;
    let store = &place.store;
    let mut all = Vec::new();
    for seq in 1..=4 {
        let one = outgoing(&place, store).await;
        store.settle(&[settled(&one, seq)]).await.unwrap();
        all.push(one);
    }
    let created = store.now();
    let reconcile = async |created, last_seq| {
        let newest = store.newest_settled().await.unwrap();
        let highest = newest.map(|it| it.stream_seq);
        store
            .reconcile(highest, StreamSeen { created, last_seq })
            .await
            .unwrap()
    };
    let due = async || {
        let events = store
            .unsettled(store.now().plus_seconds(-60), 10, 10)
            .await
            .unwrap();
        events
            .iter()
            .map(|event| event.head.rev)
            .collect::<Vec<_>>()
    };
    assert_eq!(reconcile(created, 4).await, Reconciled::Complete);
    assert_eq!(reconcile(created, 9).await, Reconciled::Complete);
    assert_eq!(due().await, [0; 0]);

    assert_eq!(
        reconcile(created, 2).await,
        Reconciled::Lost {
            events: 2,
            epoch: 2
        }
    );
    assert_eq!(due().await, [3, 4]);
    store
        .settle(&[settled(&all[2], 3), settled(&all[3], 4)])
        .await
        .unwrap();
    assert_eq!(reconcile(created, 4).await, Reconciled::Complete);

    let anew = created.plus_seconds(5);
    assert_eq!(
        reconcile(anew, 0).await,
        Reconciled::Lost {
            events: 4,
            epoch: 3
        }
    );
    assert_eq!(due().await, [1, 2, 3, 4]);
    assert_eq!(reconcile(anew, 0).await, Reconciled::Complete);
}

#[tokio::test]
async fn one_process_at_a_time_holds_a_lease_and_each_has_its_own_worker_number() {
    let place = Place::new().await;
    let other = process(&place.database).await;
    let soon = place.store.now().plus_seconds(30);
    assert!(place.store.hold_lease("relay", soon).await.unwrap());
    assert!(!other.hold_lease("relay", soon).await.unwrap());
    assert!(
        place
            .store
            .hold_lease("relay", place.store.now().plus_seconds(-1))
            .await
            .unwrap()
    );
    assert!(other.hold_lease("relay", soon).await.unwrap());
    place.store.release_lease("relay").await.unwrap();
    assert!(!place.store.hold_lease("relay", soon).await.unwrap());

    let numbers: Vec<i16> = sqlx::query_scalar("SELECT id FROM workers ORDER BY id")
        .fetch_all(&place.sql)
        .await
        .unwrap();
    assert_eq!(numbers, [0, 1]);
    place.store.release_worker().await.unwrap();
    assert_eq!(
        process(&place.database)
            .await
            .mint::<uuid::Uuid>()
            .unwrap()
            .as_u128()
            >> 70
            & 1023,
        0
    );
}

#[tokio::test]
async fn a_worker_number_that_was_lost_is_not_used_again() {
    let place = Place::new().await;
    let worker = |id: uuid::Uuid| id.as_u128() >> 70 & 1023;
    let before: uuid::Uuid = place.store.mint().unwrap();
    // Cut off for a minute: another process took the number over.
    sqlx::query("UPDATE workers SET holder = $1")
        .bind(before)
        .execute(&place.sql)
        .await
        .unwrap();
    place.store.renew_worker().await.unwrap();
    let after: uuid::Uuid = place.store.mint().unwrap();
    assert_eq!((worker(before), worker(after)), (0, 1));
}
