use kith_testkit::Account;
use serde_json::{Value, json};

use crate::support::{Instance, guild, join, messages, post, text};

fn seqs(page: &Value) -> Vec<i64> {
    let page = page.as_array().expect("a list");
    let seq = |message: &Value| message["seq"].as_i64().expect("a number");
    page.iter().map(seq).collect()
}

#[tokio::test]
async fn history_is_read_in_pages_and_tombstones_keep_their_place() {
    let instance = Instance::new().await;
    let api = instance.start().await;
    let ada = instance.account(&api, "ada").await;
    let (_, channel) = guild(&ada).await;
    let mut ids = vec![String::new()];
    for n in 1..=7 {
        ids.push(text(
            &post(&ada.client, &channel, &format!("number {n}")).await["id"],
        ));
    }
    let path = messages(&channel);
    ada.client
        .delete(&format!("{path}/{}", ids[4]))
        .await
        .expect(204);
    let page = async |query: String| ada.client.get(&format!("{path}?{query}")).await;
    assert_eq!(seqs(page("limit=2".into()).await.expect(200)), [6, 7]);
    assert_eq!(
        seqs(page(format!("before={}&limit=2", ids[4])).await.expect(200)),
        [2, 3]
    );
    assert_eq!(
        seqs(page(format!("after={}&limit=2", ids[4])).await.expect(200)),
        [5, 6]
    );
    assert_eq!(
        seqs(page(format!("around={}&limit=3", ids[4])).await.expect(200)),
        [3, 4, 5]
    );
    assert_eq!(seqs(page("after_seq=5".into()).await.expect(200)), [6, 7]);
    page("limit=101".into())
        .await
        .expect_error(400, "INVALID_REQUEST");
    page("limit=0".into())
        .await
        .expect_error(400, "INVALID_REQUEST");
    page("offset=3".into())
        .await
        .expect_error(400, "INVALID_REQUEST");
    page(format!("before={}&after={}", ids[1], ids[2]))
        .await
        .expect_error(400, "INVALID_REQUEST");

    let tombstone = ada.client.get(&format!("{path}/{}", ids[4])).await;
    let tombstone = tombstone.expect(200);
    assert_eq!(tombstone["content"], "");
    assert!(tombstone["deleted_at"].is_string());
    ada.client
        .delete(&format!("{path}/{}", ids[4]))
        .await
        .expect_error(404, "NOT_FOUND");
    // A message of another channel is nothing here.
    let (_, other) = guild(&ada).await;
    let elsewhere = text(&post(&ada.client, &other, "elsewhere").await["id"]);
    page(format!("before={elsewhere}"))
        .await
        .expect_error(404, "NOT_FOUND");
    ada.client
        .get(&format!("{path}/{elsewhere}"))
        .await
        .expect_error(404, "NOT_FOUND");
    ada.client
        .get(&format!("{path}/nonsense"))
        .await
        .expect_error(404, "NOT_FOUND");
}

#[tokio::test]
async fn authors_edit_and_delete_their_own_and_moderators_delete_with_an_entry_in_the_log() {
    let instance = Instance::new().await;
    let api = instance.start().await;
    let (ada, bob) = (
        instance.account(&api, "ada").await,
        instance.account(&api, "bob").await,
    );
    let (place, channel) = guild(&ada).await;
    join(&ada, &place, &bob).await;
    let path = messages(&channel);
    let of_bob = text(&post(&bob.client, &channel, "tee").await["id"]);
    let of_ada = text(&post(&ada.client, &channel, "coffee").await["id"]);

    let edit = async |who: &Account, id: &str| {
        who.client
            .patch(&format!("{path}/{id}"), &json!({ "content": "tea" }))
            .await
    };
    let edited = edit(&bob, &of_bob).await;
    assert_eq!(edited.expect(200)["content"], "tea");
    assert!(edited.body["data"]["edited_at"].is_string());
    edit(&ada, &of_bob)
        .await
        .expect_error(403, "MISSING_PERMISSION");
    let page = ada.client.get(&path).await;
    assert_eq!(page.expect(200)[0]["content"], "tea");

    bob.client
        .delete(&format!("{path}/{of_ada}"))
        .await
        .expect_error(403, "MISSING_PERMISSION");
    ada.client
        .delete(&format!("{path}/{of_bob}"))
        .await
        .expect(204);
    edit(&bob, &of_bob).await.expect_error(404, "NOT_FOUND");
    ada.client
        .delete(&format!("{path}/{of_ada}"))
        .await
        .expect(204);
    let log = ada
        .client
        .get(&format!("/api/v1/guilds/{place}/audit-log"))
        .await;
    let log = log.expect(200).as_array().unwrap().clone();
    let deletions: Vec<_> = log
        .iter()
        .filter(|entry| entry["action"] == "message_delete")
        .collect();
    assert_eq!(deletions.len(), 1, "one's own is nobody's business");
    assert_eq!(deletions[0]["target_id"], of_bob);
    assert!(!deletions[0].to_string().contains("tea"));
}

#[tokio::test]
async fn who_may_not_view_a_channel_finds_nothing_there() {
    let instance = Instance::new().await;
    let api = instance.start().await;
    let (ada, bob) = (
        instance.account(&api, "ada").await,
        instance.account(&api, "bob").await,
    );
    let stranger = instance.account(&api, "stranger").await;
    let (place, channel) = guild(&ada).await;
    join(&ada, &place, &bob).await;
    let id = text(&post(&ada.client, &channel, "between us").await["id"]);
    let deny = async |rights: &[&str]| {
        let path = format!("/api/v1/channels/{channel}/overwrites/{place}");
        ada.client
            .put(&path, &json!({ "kind": "role", "deny": rights }))
            .await
            .expect(204);
    };
    let answers = async |who: &Account| {
        let path = messages(&channel);
        let mut codes = Vec::new();
        for answer in [
            who.client.get(&path).await,
            who.client.get(&format!("{path}/{id}")).await,
            who.client.post(&path, &json!({ "content": "a" })).await,
            who.client
                .patch(&format!("{path}/{id}"), &json!({ "content": "a" }))
                .await,
            who.client.delete(&format!("{path}/{id}")).await,
            who.client
                .put(
                    &format!("/api/v1/channels/{channel}/read"),
                    &json!({ "seq": 1 }),
                )
                .await,
            who.client
                .post(&format!("/api/v1/channels/{channel}/typing"), &json!({}))
                .await,
        ] {
            codes.push(answer.status);
        }
        codes
    };
    assert_eq!(answers(&stranger).await, [404; 7]);
    let nobody = api.client.anonymous();
    nobody
        .get(&messages(&channel))
        .await
        .expect_error(401, "UNAUTHENTICATED");
    nobody
        .post(&messages(&channel), &json!({ "content": "a" }))
        .await
        .expect_error(401, "UNAUTHENTICATED");
    assert_eq!(answers(&bob).await, [200, 200, 201, 403, 403, 200, 204]);
    deny(&["SEND_MESSAGES"]).await;
    assert_eq!(answers(&bob).await, [200, 200, 403, 403, 403, 200, 403]);
    deny(&["READ_MESSAGE_HISTORY"]).await;
    assert_eq!(answers(&bob).await, [403, 403, 201, 404, 403, 200, 204]);
    deny(&["VIEW_CHANNEL"]).await;
    assert_eq!(answers(&bob).await, [404; 7]);
}
