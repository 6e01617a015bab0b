//! What is refused before it costs a statement.

use std::cell::Cell;
use std::sync::Once;

use kith_testkit::PATIENCE;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::support::{Instance, guild, join, messages, text};

/// Wrong tokens that an address may show within a minute.
const WRONG: usize = 120;

thread_local! {
    static ABOUT_SESSIONS: Cell<usize> = const { Cell::new(0) };
}

/// Counts the statements about sessions, by thread: each test has its own, on which its api runs too.
struct Statements;

struct Summary(bool);

impl Visit for Summary {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let of_session = || format!("{value:?}").contains("SELECT sessions.id");
        self.0 |= field.name() == "summary" && of_session();
    }
}

impl<S: tracing::Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut summary = Summary(false);
        event.record(&mut summary);
        if event.metadata().target() == "sqlx::query" && summary.0 {
            ABOUT_SESSIONS.set(ABOUT_SESSIONS.get() + 1);
        }
    }
}

async fn looked_up(act: impl Future<Output = ()>) -> usize {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let subscriber = tracing_subscriber::registry().with(Statements);
        tracing::subscriber::set_global_default(subscriber).expect("nobody else sets one");
    });
    let before = ABOUT_SESSIONS.get();
    act.await;
    ABOUT_SESSIONS.get() - before
}

#[tokio::test]
async fn wrong_tokens_are_refused_without_a_statement_and_good_ones_of_the_same_address_are_not() {
    let instance = Instance::new().await;
    let api = instance.start().await;
    let ada = api.client.register("ada").await;
    let (guild, channel) = guild(&ada).await;
    let paths = [
        "/api/v1/users/@me".to_owned(),
        format!("/api/v1/guilds/{guild}"),
        format!("/api/v1/guilds/{guild}/members"),
        messages(&channel),
    ];
    let guessing = async {
        for number in 0..3 * WRONG {
            let wrong = api.client.with_token(&format!("guess-{number}"));
            let path = &paths[number % paths.len()];
            // Reading, and writing with a body that is no message either.
            let answer = match number % 3 {
                0 => wrong.post(path, &json!({ "nothing": number })).await,
                _ => wrong.get(path).await,
            };
            match answer.status {
                429 => {
                    assert!(number >= WRONG, "the {number}th was refused");
                    answer.expect_error(429, "RATE_LIMITED");
                    assert_eq!(answer.retry_after(), Some(1));
                }
                // There is no such method there.
                405 => {}
                _ => drop(answer.expect_error(401, "UNAUTHENTICATED")),
            }
        }
    };
    // Some come back while it lasts.
    let looked_up = looked_up(guessing).await;
    let expected = WRONG / 2..WRONG + WRONG / 2;
    assert!(
        expected.contains(&looked_up),
        "{looked_up} tokens were looked up"
    );
    ada.client.get(&paths[0]).await.expect(200);
    // Another address has its own.
    let elsewhere = [("X-Forwarded-For", "198.51.100.7")];
    let answer = ask(&api.client, "/api/v1/users/@me", "no token", &elsewhere).await;
    assert_eq!(answer, 401);
}

#[tokio::test]
async fn an_account_over_its_limit_costs_no_statement() {
    let instance = Instance::new().await;
    let api = instance.start().await;
    let owner = instance.account(&api, "owner").await;
    let (guild, channel) = guild(&owner).await;
    let eve = api.client.register("eve").await;
    join(&owner, &guild, &eve).await;
    let path = messages(&channel);
    let post = async |number: usize| {
        let body = json!({ "content": format!("{number}") });
        eve.client.post(&path, &body).await
    };
    let first = async { assert_eq!(post(0).await.status, 201) };
    assert!(looked_up(first).await > 0);
    let mut posted = 1;
    while post(posted).await.status == 201 {
        posted += 1;
    }
    let more = async {
        for number in 0..40 {
            // A token comes back every half a second.
            let status = post(number).await.status;
            assert!(matches!(status, 429 | 201), "{status}");
        }
    };
    let looked_up = looked_up(more).await;
    assert!(looked_up < 20, "{looked_up} statements");
    // Nobody else waits for it.
    owner
        .client
        .post(&path, &json!({ "content": "still here" }))
        .await
        .expect(201);
}

#[tokio::test]
async fn nobodys_body_is_waited_for() {
    let instance = Instance::new().await;
    let api = instance.start().await;
    let ada = api.client.register("ada").await;
    let (guild, channel) = guild(&ada).await;
    let message = "01M7X094NF15018JC8E57M87Z4";
    let routes = [
        ("POST", messages(&channel)),
        ("PATCH", format!("{}/{message}", messages(&channel))),
        ("PATCH", format!("/api/v1/guilds/{guild}")),
        ("POST", "/api/v1/guilds".to_owned()),
        ("PUT", "/api/v1/users/@me/password".to_owned()),
    ];
    for (method, path) in routes {
        let answer = promise(api.client.base(), method, &path, "a guess").await;
        assert!(
            answer.starts_with("HTTP/1.1 401"),
            "{method} {path}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_session_that_has_ended_is_told_nothing_of_what_is_wrong_with_its_body() {
    let instance = Instance::new().await;
    let api = instance.start().await;
    let ada = api.client.register("ada").await;
    let (_, channel) = guild(&ada).await;
    let body = json!({ "content": 7 });
    let path = messages(&channel);
    ada.client
        .post(&path, &body)
        .await
        .expect_error(400, "INVALID_REQUEST");
    ada.client
        .post("/api/v1/auth/logout", &json!({}))
        .await
        .expect(204);
    ada.client
        .post(&path, &body)
        .await
        .expect_error(401, "UNAUTHENTICATED");
    let good = json!({ "content": "after the end" });
    ada.client
        .post(&path, &good)
        .await
        .expect_error(401, "UNAUTHENTICATED");
}

/// The status of a request with headers of its own.
async fn ask(
    client: &kith_testkit::Client,
    path: &str,
    token: &str,
    headers: &[(&str, &str)],
) -> u16 {
    let mut request = reqwest::Client::new()
        .get(format!("{}{path}", client.base()))
        .bearer_auth(token);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("it answers").status().as_u16()
}

/// What is answered to who promises a body and sends none.
async fn promise(base: &str, method: &str, path: &str, token: &str) -> String {
    let address = base.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: 200000\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("it reads");
    let mut answer = vec![0; 64];
    let read = tokio::time::timeout(PATIENCE, stream.read(&mut answer)).await;
    let read = read.expect("it answers").expect("it answers");
    text(&json!(String::from_utf8_lossy(&answer[..read])))
}
