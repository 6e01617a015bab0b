use kith_events::{EventKind, Scope};
use serde_json::json;

use crate::support::{Instance, guild, post};

#[tokio::test]
async fn what_is_read_on_one_device_is_told_to_ones_own_devices_only() {
    let instance = Instance::new().await;
    let api = instance.start().await;
    let ada = instance.account(&api, "ada").await;
    let (_, channel) = guild(&ada).await;
    post(&ada.client, &channel, "one").await;
    post(&ada.client, &channel, "two").await;
    let mut events = instance.events().await;
    let read = async |seq: i64| {
        let path = format!("/api/v1/channels/{channel}/read");
        ada.client
            .put(&path, &json!({ "seq": seq }))
            .await
            .expect(200)
            .clone()
    };
    // Who posts has read what was there; going back marks as unread.
    assert_eq!(
        read(1).await,
        json!({ "channel_id": channel, "read_seq": 1, "mention_count": 0 })
    );
    assert_eq!(read(1).await["read_seq"], 1);
    assert_eq!(read(99).await["read_seq"], 2);
    let mut told = Vec::new();
    while told.len() < 2 {
        let event = events.next().await;
        if event.head.kind == EventKind::ReadStateUpdate {
            assert_eq!(event.head.scope, Scope::User(ada.id.parse().unwrap()));
            told.push(event.head.rev);
        }
    }
    assert_eq!(told, [1, 2], "what changes nothing is not told");
}

#[tokio::test]
async fn the_document_describes_every_route_and_its_page_needs_nothing_from_elsewhere() {
    let instance = Instance::new().await;
    let api = instance.start().await;
    let document = reqwest::get(format!("{}/api/v1/openapi.json", api.client.base()))
        .await
        .unwrap();
    let document: serde_json::Value = document.json().await.unwrap();
    assert!(document["paths"]["/api/v1/channels/{channel}/messages"]["post"].is_object());
    assert!(document["components"]["schemas"]["Ready"].is_object());
    let page = reqwest::get(format!("{}/api/docs", api.client.base()))
        .await
        .unwrap();
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'"));
    let html = page.text().await.unwrap();
    for part in ["/api/docs/page.js", "/api/docs/page.css"] {
        assert!(html.contains(part));
        let answer = reqwest::get(format!("{}{part}", api.client.base()))
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
    }
    assert!(!html.contains("://"), "everything comes from here");
}
