//! What is logged of a request. Alone in its process: whether a span is recorded is decided for all threads at once.

mod support;

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use kith_http::{ApiError, Body, NoContent};
use kith_wire::CreateMessage;
use serde_json::json;

/// What was logged, for a test to read.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .expect("nobody panics with it")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_cause_stands_in_the_log_once_with_the_request_and_nothing_private() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone());
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
    let routes = Router::new()
        .route(
            "/fails/{how}",
            get(|| async { Err::<NoContent, _>(ApiError::internal("secret cause")) }),
        )
        .route(
            "/messages",
            post(|Body(_): Body<CreateMessage>| async { NoContent }),
        );
    let (client, _lifecycle) =
        support::serve(routes, &["127.0.0.0/8"], Duration::from_mins(1)).await;
    let answer = client
        .with_token("token-of-ada")
        .get("/fails/internally")
        .await;
    let id = answer.expect_error(500, "INTERNAL")["request_id"]
        .as_str()
        .unwrap()
        .to_owned();
    client
        .post(
            "/messages",
            &json!({"content": "what-ada-said", "colour": "blue-as-ever"}),
        )
        .await
        .expect_error(400, "INVALID_REQUEST");
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let ours: Vec<_> = log
        .lines()
        .filter(|line| line.contains("\"target\":\"kith"))
        .collect();
    let causes: Vec<_> = ours
        .iter()
        .filter(|line| line.contains("secret cause"))
        .collect();
    assert_eq!(causes.len(), 1, "{log}");
    assert!(
        causes[0].contains(&id) && causes[0].contains("/fails/{how}"),
        "{}",
        causes[0]
    );
    for private in ["token-of-ada", "what-ada-said", "blue-as-ever", "127.0.0.1"] {
        assert!(
            ours.iter().all(|line| !line.contains(private)),
            "{private} was logged: {ours:#?}"
        );
    }
}
