//! Every metric of the bus moves.

mod support;

use kith_bus::{IngestItem, StartAt};
use kith_events::rpc::{CheckSessions, ValidSessions};
use kith_testkit::{Nats, until};
use metrics_exporter_prometheus::PrometheusBuilder;
use support::{Events, Reader, ensure_stream, publish_many, publish_until_stored, with_stream};
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn every_metric_moves() {
    // For this thread only, which everything here runs on.
    let recorder = PrometheusBuilder::new().build_recorder();
    let rendered = recorder.handle();
    let _guard = metrics::set_default_local_recorder(&recorder);

    let mut server = Nats::start().await;
    let bus = with_stream(&server.url()).await;
    let mut events = Events::new();
    let mut reader = Reader::start(&bus);
    reader.resumed().await;
    publish_many(&bus, &mut events, 10).await;
    while reader.event().await.1 < 10 {}

    let stop = CancellationToken::new();
    let asking = async {
        let question = CheckSessions {
            sessions: Vec::new(),
        };
        until("somebody answers", async || bus.request(&question).await).await;
        stop.cancel();
    };
    let answer = async |question: CheckSessions| {
        Ok(ValidSessions {
            valid: question.sessions,
            epoch: 0,
        })
    };
    let (answered, ()) = tokio::join!(bus.serve(1, stop.clone(), answer), asking);
    answered.expect("the server is there");

    let client = async_nats::connect(server.url()).await.unwrap();
    let stream = async_nats::jetstream::new(client)
        .get_stream("KITH_EVENTS")
        .await
        .unwrap();
    stream.purge().sequence(6).await.unwrap();
    let mut late = Reader::from(&bus, StartAt::Sequence(1));
    assert_eq!(late.next().await, IngestItem::Lost { from: 1, to: 5 });

    server.restart_empty().await;
    ensure_stream(&bus).await;
    publish_until_stored(&bus, &events.next()).await;
    reader
        .read_to(|item| matches!(item, IngestItem::Reset { .. }))
        .await;

    let text = rendered.render();
    for moved in [
        "kith_bus_connected 1",
        "kith_bus_reconnects_total 1",
        "kith_bus_published_total 11",
        "kith_bus_ingested_total 1",
        "kith_bus_answers_total{name=\"check_sessions\",outcome=\"ok\"}",
        "kith_bus_ingest_interruptions_total{reason=\"disconnected\"}",
        "kith_bus_ingest_lost_total 5",
        "kith_bus_ingest_resets_total 1",
    ] {
        assert!(text.contains(moved), "{moved} is missing in\n{text}");
    }
}
