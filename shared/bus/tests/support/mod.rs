//! What the bus's tests share.
#![expect(
    unreachable_pub,
    reason = "each test compiles it as a module of its own"
)]

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kith_bus::{Ack, Bus, BusOptions, Ingest, IngestItem, Published, StartAt, StreamLimits};
use kith_events::{EventHead, EventKind, Namespace, Scope, StoredEvent};
use kith_testkit::{PATIENCE, until};
use kith_types::{IdGenerator, OsEntropy, SystemClock, WorkerId};
use tokio_util::sync::CancellationToken;

/// A bus of the test's own namespace.
pub async fn connect(url: &str) -> Bus {
    connect_as(url, "kith").await
}

pub async fn connect_as(url: &str, namespace: &str) -> Bus {
    let options = BusOptions {
        url: url.to_owned(),
        login: None,
        name: String::from("test"),
        namespace: Namespace::new(namespace),
    };
    Bus::connect(options).await.expect("the address is right")
}

/// A bus with its stream.
pub async fn with_stream(url: &str) -> Bus {
    let bus = connect(url).await;
    ensure_stream(&bus).await;
    bus
}

/// Does what only api does: makes the stream, and opens it for those who read it.
#[expect(clippy::disallowed_methods, reason = "what serves a test ends with it")]
pub async fn ensure_stream(bus: &Bus) {
    until("the stream is made", async || {
        bus.ensure_stream(StreamLimits::default()).await
    })
    .await;
    let bus = bus.clone();
    tokio::spawn(async move { bus.serve_layout(CancellationToken::new()).await });
}

/// Makes events as the outbox would.
pub struct Events {
    ids: IdGenerator,
    rev: i64,
}

impl Events {
    pub fn new() -> Self {
        let worker = WorkerId::new(1).expect("a small number");
        Self {
            ids: IdGenerator::new(worker, Arc::new(SystemClock), Arc::new(OsEntropy)),
            rev: 0,
        }
    }

    /// The next message of one channel; `rev` and `seq` count from 1.
    pub fn next(&mut self) -> StoredEvent {
        self.rev += 1;
        let guild = "01M7X094NF15018JC8E57M87Z4".parse().expect("an id");
        let channel = "01M7X094NF15018JC8E57M87Z5".parse().expect("an id");
        let head = EventHead {
            id: self.ids.mint(),
            scope: Scope::Channel(guild, channel),
            kind: EventKind::MessageCreate,
            rev: self.rev,
            seq: Some(self.rev),
            access_version: Some(3),
            recipients: Vec::new(),
        };
        let payload = Bytes::from(format!(
            r#"{{"event_id":"{}","rev":{}}}"#,
            head.id, self.rev
        ));
        StoredEvent {
            head,
            payload,
            traceparent: None,
        }
    }
}

/// Publishes so many events with some hundreds of them on their way at once; for servers that stay.
pub async fn publish_many(bus: &Bus, events: &mut Events, count: usize) {
    let mut waiting = VecDeque::new();
    bus.connected().await;
    for _ in 0..count {
        if waiting.len() == 512 {
            settle(waiting.pop_front()).await;
        }
        waiting.push_back(
            bus.publish_event(&events.next())
                .await
                .expect("the server is there"),
        );
    }
    for ack in waiting {
        settle(Some(ack)).await;
    }
}

async fn settle(ack: Option<Ack>) {
    let ack = ack.expect("one waits");
    ack.wait().await.expect("the server is there");
}

/// Publishes one event until the stream has it.
pub async fn publish_until_stored(bus: &Bus, event: &StoredEvent) -> Published {
    until("the event is stored", async || {
        match bus.publish_event(event).await {
            Ok(ack) => ack.wait().await,
            Err(error) => Err(error),
        }
    })
    .await
}

/// An ingest that a test reads with patience.
pub struct Reader(pub Ingest);

impl Reader {
    pub fn start(bus: &Bus) -> Self {
        Self::from(bus, StartAt::FillSince(Duration::from_mins(5)))
    }

    pub fn from(bus: &Bus, at: StartAt) -> Self {
        Self(Ingest::start(bus.clone(), Arc::new(SystemClock), at))
    }

    pub async fn next(&mut self) -> IngestItem {
        tokio::time::timeout(PATIENCE, self.0.next())
            .await
            .expect("something comes")
    }

    /// The next event's stream sequence and rev; anything else fails the test.
    pub async fn event(&mut self) -> (u64, i64) {
        match self.next().await {
            IngestItem::Event(event) => (event.stream_seq, event.head.rev),
            other => panic!("{other:?} instead of an event"),
        }
    }

    /// Reads up to this item, and says what came before it.
    pub async fn read_to(
        &mut self,
        is_it: impl Fn(&IngestItem) -> bool,
    ) -> (Vec<IngestItem>, IngestItem) {
        let mut before = Vec::new();
        loop {
            let item = self.next().await;
            if is_it(&item) {
                return (before, item);
            }
            before.push(item);
        }
    }

    pub async fn resumed(&mut self) -> (Vec<IngestItem>, u64) {
        match self
            .read_to(|item| matches!(item, IngestItem::Resumed { .. }))
            .await
        {
            (before, IngestItem::Resumed { at }) => (before, at),
            _ => unreachable!("only this item is waited for"),
        }
    }
}
