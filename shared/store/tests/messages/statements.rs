use std::cell::Cell;
use std::sync::Once;

use kith_policy::{ReadHistory, require};
use kith_store::messages::{Page, Position};
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::place::{Place, new};

thread_local! {
    static SENT: Cell<usize> = const { Cell::new(0) };
}

/// Counts what the driver says that it sent to the server, by thread: each test has its own.
struct Statements;

struct Summary(bool);

impl Visit for Summary {
    fn record_debug(&mut self, field: &Field, _: &dyn std::fmt::Debug) {
        self.0 |= field.name() == "summary";
    }
}

impl<S: tracing::Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut summary = Summary(false);
        event.record(&mut summary);
        if event.metadata().target() == "sqlx::query" && summary.0 {
            SENT.set(SENT.get() + 1);
        }
    }
}

async fn count(act: impl Future<Output = ()>) -> usize {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let subscriber = tracing_subscriber::registry().with(Statements);
        tracing::subscriber::set_global_default(subscriber).expect("nobody else sets one");
    });
    let before = SENT.get();
    act.await;
    SENT.get() - before
}

#[tokio::test]
async fn a_post_takes_two_statements_and_so_does_a_page_of_history() {
    let place = Place::new().await;
    // Whatever a connection does once is done.
    place.post(place.ada, "first").await;
    let posting = async {
        let posted = place
            .post_with(&place.store, place.ada, "@bob second", Some("nonce"))
            .await;
        assert_eq!(new(posted.unwrap()).seq, 2);
    };
    assert_eq!(count(posting).await, 2);
    let reading = async {
        let access = place.access(place.bob).await;
        let granted = require::<ReadHistory>(Some(&access), place.store.now()).unwrap();
        let page = Page {
            channel: place.channel,
            guild: granted.guild(),
            position: Position::Newest,
            limit: 50,
        };
        assert_eq!(place.store.page(&page).await.unwrap().data.len(), 2);
    };
    assert_eq!(count(reading).await, 2);
}
