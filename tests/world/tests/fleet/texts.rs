//! What people call things and each other, in every script and with every trick.

use kith_testkit::attachment_path;
use reqwest::Method;
use serde_json::json;

use crate::files::show;
use kith_world::people::text;
use kith_world::world::World;

#[tokio::test]
async fn a_name_that_shows_nothing_or_breaks_the_line_is_refused_by_its_field() {
    let world = World::builder().start().await;
    let ada = world.person("ada").await;
    let (guild, channel) = ada.create_guild("Names").await;
    let me = "/api/v1/users/@me".to_owned();
    let places = [
        (Method::PATCH, me, "display_name"),
        (Method::PATCH, format!("/api/v1/guilds/{guild}"), "name"),
        (Method::PATCH, format!("/api/v1/channels/{channel}"), "name"),
        (
            Method::POST,
            format!("/api/v1/guilds/{guild}/roles"),
            "name",
        ),
    ];
    for (method, path, field) in places {
        for name in [
            "\u{2065}",
            "\u{e0041}\u{e0042}",
            "\u{f8ff}",
            "\u{115f}",
            "a\u{2029}b",
        ] {
            let answer = ada
                .client()
                .send(method.clone(), &path, Some(&json!({field: name})))
                .await;
            let error = answer.expect_error(400, "INVALID_REQUEST");
            assert_eq!(error["details"][0]["field"], field, "{path} {name:?}");
        }
    }
    // It could only be read backwards; nobody's name turns what stands beside it.
    let turned = json!({"display_name": "ada\u{202e}tob"});
    let answer = ada.client().patch("/api/v1/users/@me", &turned).await;
    assert_eq!(answer.expect(200)["display_name"], "adatob");
    world.finish().await;
}

#[tokio::test]
async fn an_odd_file_name_is_mended_and_a_caption_can_be_taken_away() {
    let world = World::builder().medias(1).start().await;
    let ada = world.person("ada").await;
    let (_, channel) = ada.create_guild("Files").await;
    let media = world.media(0, &ada);
    let long = format!("{}.pdf", "Übersicht ".repeat(60));
    for (sent, kept) in [
        ("../x/evil\u{202e}fdp.exe", ".._x_evilfdp.exe"),
        ("a\nb.txt", "a_b.txt"),
        ("\u{3164}", "file"),
    ] {
        let message = show(&media, &ada, &channel, sent, "text").await;
        assert_eq!(message["attachments"][0]["filename"], kept);
        let path = attachment_path(&message["attachments"][0]);
        assert_eq!(media.download(&path, &[]).await.status, 200, "{path}");
    }
    let message = show(&media, &ada, &channel, &long, "text").await;
    let name = text(&message["attachments"][0]["filename"]);
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    assert!(ending == Some("pdf") && name.len() <= 255, "{name}");

    let path = format!(
        "/api/v1/channels/{channel}/messages/{}",
        text(&message["id"])
    );
    let edit = async |path: &str, content: serde_json::Value| {
        ada.client().patch(path, &json!({"content": content})).await
    };
    assert_eq!(
        edit(&path, json!("a caption")).await.expect(200)["content"],
        "a caption"
    );
    assert_eq!(edit(&path, json!("")).await.expect(200)["content"], "");
    assert_eq!(
        edit(&path, json!("again")).await.expect(200)["content"],
        "again"
    );
    let emptied = edit(&path, json!(null)).await;
    assert_eq!(emptied.expect(200)["attachments"][0]["filename"], name);
    let alone = text(&ada.post(&channel, "only words").await["id"]);
    let alone = format!("/api/v1/channels/{channel}/messages/{alone}");
    let error = edit(&alone, json!("  ")).await;
    assert_eq!(
        error.expect_error(400, "INVALID_REQUEST")["details"][0]["field"],
        "content"
    );
    assert_eq!(
        ada.client().get(&alone).await.expect(200)["content"],
        "only words"
    );
    world.finish().await;
}

#[tokio::test]
async fn whom_a_message_mentions_is_told_also_after_they_left() {
    let world = World::builder().start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let cara = world.person("cara").await;
    let (guild, channel) = ada.create_guild("Farewell").await;
    ada.bring(&guild, &bob).await;
    ada.bring(&guild, &cara).await;
    let message = ada
        .post(&channel, &format!("<@{}> and <@{}>", bob.id(), cara.id()))
        .await;
    let asked = format!(
        "/api/v1/guilds/{guild}/members?user_ids={},{}",
        bob.id(),
        cara.id()
    );
    let nick = json!({"nick": "Bobby"});
    let path = format!("/api/v1/guilds/{guild}/members/{}", bob.id());
    ada.client().patch(&path, &nick).await.expect(200);
    let leave = format!("/api/v1/users/@me/guilds/{guild}");
    cara.client().delete(&leave).await.expect(204);

    let members = bob.client().get(&asked).await;
    let members = members.expect(200).as_array().expect("a list").clone();
    assert_eq!(members.len(), 1);
    assert_eq!(members[0]["nick"], "Bobby");
    let path = format!(
        "/api/v1/channels/{channel}/messages/{}/mentions",
        text(&message["id"])
    );
    let found = bob.client().get(&path).await;
    let names: Vec<_> = found
        .expect(200)
        .as_array()
        .expect("a list")
        .iter()
        .map(|user| text(&user["username"]))
        .collect();
    assert_eq!(names, ["bob", "cara"]);
    cara.client()
        .get(&path)
        .await
        .expect_error(404, "NOT_FOUND");
    let many = vec![bob.id(); 101].join(",");
    for wrong in [many.as_str(), "x", ""] {
        let answer = bob
            .client()
            .get(&format!("/api/v1/guilds/{guild}/members?user_ids={wrong}"))
            .await;
        let error = answer.expect_error(400, "INVALID_REQUEST");
        assert_eq!(error["details"][0]["field"], "user_ids", "{wrong}");
    }
    world.finish().await;
}
