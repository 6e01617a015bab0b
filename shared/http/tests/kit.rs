//! The kit around a small service, over real HTTP.

mod support;

use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use kith_http::{
    ApiError, BearerToken, Body, ClientAddress, NoContent, Path, Query, Reply, RequestId,
};
use kith_policy::Denied;
use kith_runtime::Lifecycle;
use kith_testkit::Client;
use kith_types::{ChannelId, Decision, LimitKey, Limiter, MessageText, Permissions, Quota, Taking};
use kith_wire::EditMessage;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    limit: u8,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nested {
    items: Vec<Item>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    text: MessageText,
}

struct Full;

impl Limiter for Full {
    fn take<'a>(&'a self, _: &'a LimitKey, _: Quota, _: u32) -> Taking<'a> {
        let retry_after = Duration::from_millis(1001);
        Box::pin(async move {
            Decision {
                allowed: false,
                retry_after,
                remaining: 0,
            }
        })
    }
}

async fn limited() -> Result<NoContent, ApiError> {
    let key = LimitKey::new("test", "somebody");
    let decision = Full
        .take(&key, Quota::new(1, Duration::from_secs(1)), 1)
        .await;
    if decision.allowed {
        Ok(NoContent)
    } else {
        Err(ApiError::rate_limited(decision))
    }
}

async fn denied(Path(which): Path<String>) -> Result<NoContent, ApiError> {
    Err(match which.as_str() {
        "hidden" => Denied::Hidden.into(),
        "missing" => Denied::Missing(Permissions::BAN_MEMBERS).into(),
        "blocked" => Denied::Blocked.into(),
        "owner" => Denied::NotOwner.into(),
        "away" => ApiError::unavailable("the database said: secret cause"),
        _ => ApiError::internal("secret cause"),
    })
}

fn routes() -> Router {
    Router::new()
        .route(
            "/messages",
            post(|Body(body): Body<EditMessage>| async move {
                Reply::created(body.content.map_or(0, |text| text.as_str().len()))
            }),
        )
        .route(
            "/nested",
            post(|Body(body): Body<Nested>| async move {
                Reply::ok(body.items[0].text.as_str().to_owned())
            }),
        )
        .route(
            "/channels/{channel}",
            get(|Path(channel): Path<ChannelId>| async move { Reply::ok(channel) }),
        )
        .route(
            "/page",
            get(|Query(page): Query<Page>| async move { Reply::ok(page.limit) }),
        )
        .route(
            "/token",
            get(|token: BearerToken| async move { Reply::ok(token.expose().to_owned()) }),
        )
        .route(
            "/address",
            get(|address: ClientAddress| async move { Reply::ok(address.ip().to_string()) }),
        )
        .route(
            "/id",
            get(|id: RequestId| async move { Reply::ok(id.to_string()) }),
        )
        .route("/limited", get(limited))
        .route("/denied/{which}", get(denied))
        .route("/nothing", get(|| async { NoContent }))
        .route(
            "/panic",
            get(|| async {
                assert!(std::hint::black_box(false), "by intention");
            }),
        )
        .route("/never", get(std::future::pending::<()>))
}

/// A server that believes `proxies`, and a client of it. It lives as long as the lifecycle.
async fn serve(proxies: &[&str], timeout: Duration) -> (Client, Lifecycle) {
    support::serve(routes(), proxies, timeout).await
}

const LONG: Duration = Duration::from_mins(1);

fn field_and_message(error: &Value) -> (&str, &str) {
    let details = error["details"].as_array().expect("details");
    assert_eq!(details.len(), 1, "{error}");
    (
        details[0]["field"].as_str().expect("text"),
        details[0]["message"].as_str().expect("text"),
    )
}

#[tokio::test]
async fn answers_have_one_form() {
    let (client, _lifecycle) = serve(&[], LONG).await;
    assert_eq!(
        client
            .post("/messages", &json!({"content": "hello"}))
            .await
            .expect(201),
        &json!(5)
    );
    let nothing = client.get("/nothing").await;
    assert_eq!((nothing.status, nothing.body.is_null()), (204, true));
    client
        .get("/no/such/route")
        .await
        .expect_error(404, "NOT_FOUND");
    let wrong_method = client.delete("/nothing").await;
    wrong_method.expect_error(405, "METHOD_NOT_ALLOWED");
    assert_eq!(wrong_method.headers["allow"], "GET,HEAD");
    for answer in [nothing, wrong_method] {
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert!(answer.headers.contains_key("content-security-policy"));
    }
}

#[tokio::test]
async fn a_body_that_is_wrong_is_answered_with_the_field() {
    let (client, _lifecycle) = serve(&[], LONG).await;
    let wrong = async |path: &str, body: Value| {
        let answer = client.post(path, &body).await;
        let error = answer.expect_error(400, "INVALID_REQUEST").clone();
        let (field, message) = field_and_message(&error);
        (field.to_owned(), message.to_owned())
    };
    let expected = |field: &str, message: &str| (field.to_owned(), message.to_owned());
    assert_eq!(
        wrong("/messages", json!({"content": "hi", "colour": 3})).await,
        expected("colour", "is not known here")
    );
    assert_eq!(
        wrong("/messages", json!({})).await,
        expected("content", "is required")
    );
    assert_eq!(
        wrong("/nested", json!({"items": [{"text": " \u{200B}"}]})).await,
        expected(
            "items[0].text",
            "must have something in it that can be seen"
        )
    );
    assert_eq!(
        wrong("/nested", json!({"items": [{"text": "a"}, {"text": 5}]})).await,
        expected(
            "items[1].text",
            "invalid type: integer `5`, expected a string"
        )
    );
    assert_eq!(
        wrong("/nested", json!({"items": [{}]})).await,
        expected("items[0].text", "is required")
    );
    assert_eq!(
        wrong("/nested", json!({"items": [{"text": "a", "more": 1}]})).await,
        expected("items[0].more", "is not known here")
    );
    assert_eq!(wrong("/nested", json!([])).await.0, "body");
    assert_eq!(wrong("/nested", json!(5)).await.0, "body");
}

#[tokio::test]
async fn a_body_must_be_json_and_of_a_sensible_size() {
    let (client, _lifecycle) = serve(&[], LONG).await;
    let send = async |kind: &str, body: String| {
        let request = reqwest::Client::new().post(format!("{}/messages", client.base()));
        let answer = request
            .header("content-type", kind)
            .body(body)
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_slice::<Value>(&answer.bytes().await.unwrap()).unwrap()["error"]["code"].clone())
    };
    let json = "application/json; charset=utf-8";
    assert_eq!(
        send("text/plain", r#"{"content":"hi"}"#.into()).await,
        (415, json!("UNSUPPORTED_MEDIA_TYPE"))
    );
    assert_eq!(send(json, r#"{"content":"hi"}"#.into()).await.0, 201);
    assert_eq!(
        send(json, r#"{"content":"hi"}x"#.into()).await,
        (400, json!("INVALID_REQUEST"))
    );
    assert_eq!(
        send(json, String::new()).await,
        (400, json!("INVALID_REQUEST"))
    );
    // What is one character may weigh 25 bytes; all together they are bounded too.
    for (families, status) in [(1_200, 201), (4_000, 400)] {
        let content = "👩‍👩‍👧‍👦".repeat(families);
        let body = json!({ "content": content }).to_string();
        assert_eq!(send(json, body).await.0, status, "{families}");
    }
    let huge = "a".repeat(kith_http::MAX_BODY);
    assert_eq!(
        send(json, json!({ "content": huge }).to_string()).await,
        (413, json!("PAYLOAD_TOO_LARGE"))
    );
}

#[tokio::test]
async fn a_write_that_was_too_long_on_its_way_from_the_front_door_is_not_done() {
    let post = async |proxies: &[&str], passed_on: &str| {
        let (client, _lifecycle) = serve(proxies, LONG).await;
        let request = reqwest::Client::new().post(format!("{}/messages", client.base()));
        let request = request.header("x-kith-passed-on", passed_on);
        let answer = request.json(&json!({"content": "hi"})).send().await;
        answer.unwrap().status().as_u16()
    };
    let (long_ago, just_now) = ("21/Nov/2026:09:59:00 +0000", "21/Nov/2026:09:59:59 +0000");
    assert_eq!(post(&["127.0.0.0/8"], long_ago).await, 503);
    assert_eq!(post(&["127.0.0.0/8"], just_now).await, 201);
    // What a stranger says of it changes nothing.
    assert_eq!(post(&[], long_ago).await, 201);
}

#[tokio::test]
async fn parameters_are_strict() {
    let (client, _lifecycle) = serve(&[], LONG).await;
    let id = "01M7X094NF15018JC8E57M87Z4";
    assert_eq!(
        client.get(&format!("/channels/{id}")).await.expect(200),
        &json!(id)
    );
    client
        .get("/channels/1234")
        .await
        .expect_error(404, "NOT_FOUND");
    client
        .get("/channels/%FF")
        .await
        .expect_error(404, "NOT_FOUND");
    assert_eq!(client.get("/page?limit=7").await.expect(200), &json!(7));
    let field = async |path: &str| {
        let answer = client.get(path).await;
        field_and_message(answer.expect_error(400, "INVALID_REQUEST"))
            .0
            .to_owned()
    };
    assert_eq!(field("/page?limit=many").await, "limit");
    assert_eq!(field("/page?limit=7&offset=3").await, "offset");
    assert_eq!(field("/page").await, "limit");
}

#[tokio::test]
async fn a_token_is_required_in_the_right_form() {
    let (client, _lifecycle) = serve(&[], LONG).await;
    assert_eq!(
        client.with_token("abc").get("/token").await.expect(200),
        &json!("abc")
    );
    let without = client.get("/token").await;
    without.expect_error(401, "UNAUTHENTICATED");
    assert_eq!(without.headers["www-authenticate"], "Bearer");
    client
        .with_token(&"a".repeat(513))
        .get("/token")
        .await
        .expect_error(401, "UNAUTHENTICATED");
    let basic = reqwest::Client::new()
        .get(format!("{}/token", client.base()))
        .header("authorization", "Basic YTpi");
    assert_eq!(basic.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn only_a_proxy_is_believed() {
    let ask = async |proxies: &[&str], path: &str| {
        let (client, _lifecycle) = serve(proxies, LONG).await;
        let request = reqwest::Client::new()
            .get(format!("{}{path}", client.base()))
            .header("x-forwarded-for", "203.0.113.7")
            .header("x-request-id", "from-the-proxy");
        let answer = request.send().await.unwrap();
        let header = answer.headers()["x-request-id"]
            .to_str()
            .unwrap()
            .to_owned();
        let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        (body["data"].as_str().unwrap().to_owned(), header)
    };
    assert_eq!(
        ask(&["127.0.0.0/8"], "/address").await,
        ("203.0.113.7".into(), "from-the-proxy".into())
    );
    assert_eq!(ask(&["10.0.0.0/8"], "/address").await.0, "127.0.0.1");
    let (id, header) = ask(&[], "/id").await;
    assert_eq!(id, header);
    assert_eq!(id.parse::<ChannelId>().map(|id| id.to_string()), Ok(id));
}

#[tokio::test]
async fn a_refusal_says_honestly_when_to_come_back() {
    let (client, _lifecycle) = serve(&[], LONG).await;
    let answer = client.get("/limited").await;
    answer.expect_error(429, "RATE_LIMITED");
    assert_eq!(answer.retry_after(), Some(2), "1001 ms are rounded up");
    let away = client.get("/denied/away").await;
    away.expect_error(503, "UNAVAILABLE");
    assert!(away.retry_after().is_some());
    assert!(!away.body.to_string().contains("secret"), "{}", away.body);
}

#[tokio::test]
async fn denials_hide_what_may_not_be_seen() {
    let (client, _lifecycle) = serve(&[], LONG).await;
    client
        .get("/denied/hidden")
        .await
        .expect_error(404, "NOT_FOUND");
    let missing = client.get("/denied/missing").await;
    let error = missing.expect_error(403, "MISSING_PERMISSION");
    assert_eq!(error["message"], "the right BAN_MEMBERS is missing");
    client
        .get("/denied/blocked")
        .await
        .expect_error(403, "BLOCKED");
    client
        .get("/denied/owner")
        .await
        .expect_error(403, "MISSING_PERMISSION");
}

#[tokio::test]
async fn a_panic_and_a_request_without_end_are_answered() {
    let (client, _lifecycle) = serve(&[], Duration::from_millis(100)).await;
    client.get("/panic").await.expect_error(500, "INTERNAL");
    client.get("/never").await.expect_error(503, "UNAVAILABLE");
    client.get("/nothing").await.expect(204);
}

#[tokio::test]
async fn every_request_is_counted_by_its_route() {
    // For this thread only, which the server runs on too.
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let metrics = recorder.handle();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let (client, _lifecycle) = serve(&[], LONG).await;
    client
        .get("/channels/01M7X094NF15018JC8E57M87Z4")
        .await
        .expect(200);
    client
        .get("/channels/nonsense")
        .await
        .expect_error(404, "NOT_FOUND");
    client
        .get("/made/up/by/a/scanner")
        .await
        .expect_error(404, "NOT_FOUND");
    let text = metrics.render();
    for expected in [
        r#"kith_http_requests_total{route="/channels/{channel}",method="GET",status="200"} 1"#,
        r#"kith_http_requests_total{route="/channels/{channel}",method="GET",status="404"} 1"#,
        r#"kith_http_requests_total{route="none",method="GET",status="404"} 1"#,
        r#"kith_http_request_seconds_count{route="/channels/{channel}",method="GET"} 2"#,
    ] {
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }
    assert!(!text.contains("scanner"));
}
