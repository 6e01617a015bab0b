//! The ingest, with a real server that is killed, frozen, emptied and robbed.

mod support;

use std::time::Duration;

use kith_bus::{Durable, IngestItem, Interruption, StartAt};
use kith_events::EventKind;
use kith_testkit::{Nats, Proxy};
use support::{
    Events, Reader, connect, ensure_stream, publish_many, publish_until_stored, with_stream,
};

/// The revs of the events among these items.
fn revs(items: &[IngestItem]) -> Vec<i64> {
    let rev = |item: &IngestItem| match item {
        IngestItem::Event(event) => Some(event.head.rev),
        _ => None,
    };
    items.iter().filter_map(rev).collect()
}

/// Reads until an event with this rev has come, and asserts that sequences and revs were contiguous, whatever else came.
async fn read_contiguously(reader: &mut Reader, last_rev: i64) -> Vec<IngestItem> {
    let (mut expected_seq, mut expected_rev) = (1, 1);
    let mut others = Vec::new();
    while expected_rev <= last_rev {
        match reader.next().await {
            IngestItem::Event(event) => {
                assert_eq!(
                    (event.stream_seq, event.head.rev),
                    (expected_seq, expected_rev),
                    "after {others:?}"
                );
                expected_seq += 1;
                expected_rev += 1;
            }
            other => others.push(other),
        }
    }
    others
}

#[tokio::test]
async fn an_event_comes_out_as_it_went_in() {
    let server = Nats::start().await;
    let bus = with_stream(&server.url()).await;
    let mut reader = Reader::start(&bus);
    assert_eq!(reader.next().await, IngestItem::Resumed { at: 0 });
    let mut event = Events::new().next();
    event.traceparent = Some(String::from(
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ));
    event.head.recipients = vec![
        "01M7X094NF15018JC8E57M87Z6".parse().unwrap(),
        "01M7X094NF15018JC8E57M87Z7".parse().unwrap(),
    ];
    let published = publish_until_stored(&bus, &event).await;
    let IngestItem::Event(read) = reader.next().await else {
        panic!("an event")
    };
    assert_eq!(read.stream_seq, published.stream_seq);
    assert_eq!(
        (read.head, read.payload, read.traceparent),
        (event.head, event.payload, event.traceparent)
    );
}

#[tokio::test]
async fn what_was_there_before_comes_first_and_then_what_is_new() {
    let server = Nats::start().await;
    let bus = with_stream(&server.url()).await;
    let mut events = Events::new();
    for _ in 0..10 {
        publish_until_stored(&bus, &events.next()).await;
    }
    let mut all = Reader::start(&bus);
    let (before, at) = all.resumed().await;
    assert_eq!((revs(&before), at), ((1..=10).collect(), 10));
    let mut some = Reader::from(&bus, StartAt::Sequence(8));
    let (before, at) = some.resumed().await;
    assert_eq!((revs(&before), at), (vec![8, 9, 10], 10));
    let mut none = Reader::from(&bus, StartAt::Sequence(11));
    assert_eq!(none.next().await, IngestItem::Resumed { at: 10 });
    let mut past = Reader::from(&bus, StartAt::FillSince(Duration::ZERO));
    let (_, at) = past.resumed().await;
    assert_eq!(at, 10);
    publish_until_stored(&bus, &events.next()).await;
    for reader in [&mut all, &mut some, &mut none, &mut past] {
        assert_eq!(reader.event().await, (11, 11));
    }
}

#[tokio::test]
async fn it_starts_without_a_server_and_without_a_stream() {
    let mut server = Nats::start().await;
    server.kill();
    let bus = connect(&server.url()).await;
    let mut reader = Reader::start(&bus);
    // Nothing is there to come: the first look only lets it begin.
    assert_eq!(reader.0.next_ready(), None);
    server.restart().await;
    let publisher = connect(&server.url()).await;
    ensure_stream(&publisher).await;
    publish_until_stored(&publisher, &Events::new().next()).await;
    let others = read_contiguously(&mut reader, 1).await;
    assert!(
        others
            .iter()
            .all(|item| matches!(item, IngestItem::Resumed { .. })),
        "{others:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_thousand_events_stay_contiguous_while_the_server_is_killed_and_frozen() {
    const EVENTS: i64 = 20_000;
    let mut server = Nats::start().await;
    let bus = with_stream(&server.url()).await;
    let (count, mut counted) = tokio::sync::watch::channel(0);
    let other = connect(&server.url()).await;
    // One at a time, as the outbox does with each aggregate; so the order of the stream is the order of `rev`.
    let publishing = async {
        let mut events = Events::new();
        for number in 1..=EVENTS {
            publish_until_stored(&other, &events.next()).await;
            count.send_replace(number);
        }
    };
    let hurting = async {
        for (after, frozen) in [(5_000, false), (8_000, true), (12_000, false)] {
            counted
                .wait_for(|count| *count >= after)
                .await
                .expect("somebody counts");
            if frozen {
                server.freeze();
                // Longer than three heartbeats, so that the reader has to notice.
                tokio::time::sleep(Duration::from_secs(5)).await;
                server.thaw();
            } else {
                server.kill();
                server.restart().await;
            }
        }
    };
    let mut reader = Reader::start(&bus);
    let ((), (), others) =
        tokio::join!(publishing, hurting, read_contiguously(&mut reader, EVENTS));
    let interruptions = others
        .iter()
        .filter(|item| matches!(item, IngestItem::Interrupted(_)))
        .count();
    assert!(interruptions >= 3, "{others:?}");
    let unexpected = |item: &&IngestItem| {
        !matches!(
            item,
            IngestItem::Interrupted(_) | IngestItem::Resumed { .. }
        )
    };
    assert_eq!(others.iter().find(unexpected), None);
    // Each interruption ends before the next one begins.
    let mut live = false;
    for item in &others {
        assert_eq!(
            matches!(item, IngestItem::Resumed { .. }),
            !live,
            "{others:?}"
        );
        live = !live;
    }
}

#[tokio::test]
async fn a_frozen_server_is_noticed_and_what_came_meanwhile_is_filled_in() {
    let server = Nats::start().await;
    let bus = with_stream(&server.url()).await;
    let mut reader = Reader::start(&bus);
    reader.resumed().await;
    server.freeze();
    let item = reader.next().await;
    assert_eq!(item, IngestItem::Interrupted(Interruption::Silent));
    server.thaw();
    publish_until_stored(&bus, &Events::new().next()).await;
    let others = read_contiguously(&mut reader, 1).await;
    assert!(
        others
            .iter()
            .all(|item| matches!(item, IngestItem::Resumed { .. })),
        "{others:?}"
    );
}

#[tokio::test]
async fn a_stalled_network_is_noticed_by_one_side_and_filled_in() {
    let server = Nats::start().await;
    let proxy = Proxy::start(server.port());
    let here = with_stream(&server.url()).await;
    let mut reader = Reader::start(&connect(&format!("nats://127.0.0.1:{}", proxy.port())).await);
    reader.resumed().await;
    let mut events = Events::new();
    proxy.stall();
    for _ in 0..100 {
        publish_until_stored(&here, &events.next()).await;
    }
    assert!(matches!(
        reader.next().await,
        IngestItem::Interrupted(Interruption::Silent)
    ));
    proxy.resume();
    let (before, at) = reader.resumed().await;
    assert_eq!((revs(&before), at), ((1..=100).collect(), 100));
    proxy.cut();
    assert!(matches!(
        reader.next().await,
        IngestItem::Interrupted(Interruption::Disconnected)
    ));
    publish_until_stored(&here, &events.next()).await;
    proxy.resume();
    let (before, at) = reader.resumed().await;
    assert_eq!((revs(&before), at), (vec![101], 101));
}

#[tokio::test]
async fn a_reader_that_sleeps_loses_nothing() {
    let server = Nats::start().await;
    let bus = with_stream(&server.url()).await;
    let mut reader = Reader::start(&bus);
    reader.resumed().await;
    // Far more than waits in the process; nobody reads meanwhile.
    publish_many(&connect(&server.url()).await, &mut Events::new(), 100_000).await;
    let others = read_contiguously(&mut reader, 100_000).await;
    assert!(
        others
            .iter()
            .all(|item| !matches!(item, IngestItem::Lost { .. } | IngestItem::Reset { .. })),
        "{others:?}"
    );
}

/// The stream is asked every second how far it is, and its answer is older than what has come meanwhile.
#[tokio::test]
async fn a_steady_flow_is_not_taken_for_trouble() {
    let server = Nats::start().await;
    let bus = with_stream(&server.url()).await;
    let mut reader = Reader::start(&bus);
    reader.resumed().await;
    let until = tokio::time::Instant::now() + Duration::from_secs(5);
    let publisher = connect(&server.url()).await;
    let publishing = async {
        let mut events = Events::new();
        let mut count = 0;
        while tokio::time::Instant::now() < until {
            publish_many(&publisher, &mut events, 500).await;
            count += 500;
        }
        publish_until_stored(&publisher, &events.next()).await;
        count + 1
    };
    let reading = async {
        let mut others = Vec::new();
        let mut last = 0;
        while tokio::time::Instant::now() < until {
            match reader.next().await {
                IngestItem::Event(event) => last = event.head.rev,
                other => others.push(other),
            }
        }
        (last, others)
    };
    let (count, (last, others)) = tokio::join!(publishing, reading);
    assert!(last > 0 && last <= count, "{last} of {count}");
    // Only a machine that stands still for seconds may look like a server that does.
    let trouble = |item: &&IngestItem| {
        !matches!(
            item,
            IngestItem::Interrupted(Interruption::Silent) | IngestItem::Resumed { .. }
        )
    };
    assert_eq!(others.iter().find(trouble), None);
}

#[tokio::test]
async fn a_stream_that_was_made_anew_is_told() {
    let mut server = Nats::start().await;
    let bus = with_stream(&server.url()).await;
    let mut events = Events::new();
    for _ in 0..3 {
        publish_until_stored(&bus, &events.next()).await;
    }
    let mut reader = Reader::start(&bus);
    reader.resumed().await;
    server.restart_empty().await;
    assert!(matches!(reader.next().await, IngestItem::Interrupted(_)));
    ensure_stream(&bus).await;
    publish_until_stored(&bus, &events.next()).await;
    let (before, reset) = reader
        .read_to(|item| matches!(item, IngestItem::Reset { .. }))
        .await;
    assert_eq!(before, []);
    assert!(
        matches!(reset, IngestItem::Reset { had: 3, .. }),
        "{reset:?}"
    );
    let (_, event) = reader
        .read_to(|item| matches!(item, IngestItem::Event(_)))
        .await;
    assert_eq!(revs(&[event]), [4]);
}

/// The server acknowledges before it syncs: after a power cut its tail is gone, and others take the numbers.
#[tokio::test]
async fn a_lost_tail_is_told_also_when_others_have_taken_its_numbers() {
    let mut server = Nats::start().await;
    let bus = with_stream(&server.url()).await;
    let mut events = Events::new();
    for _ in 0..3 {
        publish_until_stored(&bus, &events.next()).await;
    }
    server.kill();
    let saved = server.save_store();
    server.restart().await;
    for _ in 0..3 {
        publish_until_stored(&bus, &events.next()).await;
    }
    let mut reader = Reader::start(&bus);
    assert_eq!(revs(&reader.resumed().await.0), [1, 2, 3, 4, 5, 6]);
    server.kill();
    server.load_store(&saved);
    server.restart().await;
    let other = connect(&server.url()).await;
    for _ in 0..4 {
        publish_until_stored(&other, &events.next()).await;
    }
    assert!(matches!(reader.next().await, IngestItem::Interrupted(_)));
    let (before, reset) = reader
        .read_to(|item| matches!(item, IngestItem::Reset { .. }))
        .await;
    assert_eq!(before, []);
    assert!(
        matches!(reset, IngestItem::Reset { had: 6, .. }),
        "{reset:?}"
    );
    // Everything that the stream has now, in whatever order it was published.
    let (after, at) = reader.resumed().await;
    assert_eq!((revs(&after), at), (vec![1, 2, 3, 7, 8, 9, 10], 7));
}

#[tokio::test]
async fn what_the_stream_has_dropped_is_told() {
    let server = Nats::start().await;
    let proxy = Proxy::start(server.port());
    let bus = with_stream(&server.url()).await;
    let mut events = Events::new();
    publish_until_stored(&bus, &events.next()).await;
    let mut reader = Reader::start(&connect(&format!("nats://127.0.0.1:{}", proxy.port())).await);
    reader.resumed().await;
    proxy.cut();
    assert!(matches!(reader.next().await, IngestItem::Interrupted(_)));
    for _ in 0..9 {
        publish_until_stored(&bus, &events.next()).await;
    }
    let client = async_nats::connect(server.url()).await.unwrap();
    let stream = async_nats::jetstream::new(client)
        .get_stream("KITH_EVENTS")
        .await
        .unwrap();
    // The oldest five and one in the middle and the last one.
    stream.purge().sequence(6).await.unwrap();
    stream.delete_message(8).await.unwrap();
    stream.delete_message(10).await.unwrap();
    proxy.resume();
    let (items, at) = reader.resumed().await;
    let lost: Vec<_> = items
        .iter()
        .filter(|item| matches!(item, IngestItem::Lost { .. }))
        .cloned()
        .collect();
    let expected = [
        IngestItem::Lost { from: 2, to: 5 },
        IngestItem::Lost { from: 8, to: 8 },
        IngestItem::Lost { from: 10, to: 10 },
    ];
    assert_eq!(
        (lost.as_slice(), revs(&items), at),
        (expected.as_slice(), vec![6, 7, 9], 10)
    );
    publish_until_stored(&bus, &events.next()).await;
    assert_eq!(reader.event().await, (11, 11));
}

#[tokio::test]
async fn a_consumer_that_somebody_deletes_is_made_again() {
    let server = Nats::start().await;
    let bus = with_stream(&server.url()).await;
    let mut reader = Reader::start(&bus);
    reader.resumed().await;
    let client = async_nats::connect(server.url()).await.unwrap();
    let stream = async_nats::jetstream::new(client)
        .get_stream("KITH_EVENTS")
        .await
        .unwrap();
    let names: Vec<_> = futures_util::TryStreamExt::try_collect(stream.consumer_names())
        .await
        .unwrap();
    let [name]: [String; 1] = names.try_into().unwrap();
    stream.delete_consumer(&name).await.unwrap();
    assert!(matches!(reader.next().await, IngestItem::Interrupted(_)));
    publish_until_stored(&bus, &Events::new().next()).await;
    read_contiguously(&mut reader, 1).await;
}

#[tokio::test]
async fn an_event_of_a_newer_version_counts_and_is_passed_over() {
    let server = Nats::start().await;
    let bus = with_stream(&server.url()).await;
    let mut reader = Reader::start(&bus);
    reader.resumed().await;
    let client = async_nats::connect(server.url()).await.unwrap();
    let subject = "kith.evt.v1.guild.01M7X094NF15018JC8E57M87Z4.moon_phase_change";
    async_nats::jetstream::new(client)
        .publish(subject, "{}".into())
        .await
        .unwrap()
        .await
        .unwrap();
    publish_until_stored(&bus, &Events::new().next()).await;
    assert_eq!(reader.next().await, IngestItem::Unknown { stream_seq: 1 });
    assert_eq!(reader.event().await, (2, 1));
}

const DURABLE: Durable = Durable {
    name: "messages",
    kinds: &[EventKind::MessageCreate],
    ack_wait: Duration::from_secs(30),
    max_at_work: 4,
};

#[tokio::test]
async fn an_event_comes_until_it_is_done_and_then_to_nobody_again() {
    let server = Nats::start().await;
    let bus = with_stream(&server.url()).await;
    let mut events = Events::new();
    // Before the consumer is there: none of its business.
    publish_until_stored(&bus, &events.next()).await;
    bus.ensure_durable(&DURABLE).await.unwrap();
    let mut consumer = bus.consume(&DURABLE).await.unwrap();
    let (second, third) = (events.next(), events.next());
    publish_until_stored(&bus, &second).await;

    let first_time = consumer.next().await.unwrap();
    assert_eq!(first_time.head, second.head);
    assert_eq!(first_time.payload, second.payload);
    first_time.again(Duration::from_millis(1)).await.unwrap();
    let second_time = consumer.next().await.unwrap();
    assert_eq!(second_time.head.id, second.head.id);
    second_time.done().await.unwrap();

    // Another process goes on where this one is.
    drop(consumer);
    bus.ensure_durable(&DURABLE).await.unwrap();
    let mut other = bus.consume(&DURABLE).await.unwrap();
    publish_until_stored(&bus, &third).await;
    let next = other.next().await.unwrap();
    assert_eq!(next.head.id, third.head.id);
    next.done().await.unwrap();
}
