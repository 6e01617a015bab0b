//! Searching for what messages have attached.

use std::collections::BTreeSet;

use kith_testkit::until;
use serde_json::{Value, json};

use crate::files::{ready, show};
use crate::images::picture;
use image::ImageFormat;
use kith_world::people::{Person, text};
use kith_world::world::World;

/// A page of the ids of messages in a guild that have something attached, and where the next one begins.
async fn page(who: &Person, guild: &str, query: &str) -> (Vec<String>, Option<String>) {
    let path = format!("/api/v1/guilds/{guild}/messages/search?{query}");
    let answer = who.client().get(&path).await;
    let found = answer.expect(200);
    let messages = found["messages"].as_array().expect("a list").iter();
    let ids = messages.map(|found| text(&found["message"]["id"]));
    (ids.collect(), found["next"].as_str().map(str::to_owned))
}

/// Waits until exactly these messages are found, newest first.
async fn finds(who: &Person, guild: &str, query: &str, expected: &[&Value]) {
    let expected: Vec<String> = expected
        .iter()
        .map(|message| text(&message["id"]))
        .collect();
    until(
        &format!("{query} finds {expected:?}"),
        async || match page(who, guild, query).await {
            (found, _) if found == expected => Ok(()),
            (found, _) => Err(format!("{found:?}")),
        },
    )
    .await;
}

/// The first bytes of a file of sound, and of one of film.
const SOUND: &[u8] =
    b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\0\0\0\0";
const FILM: &[u8] = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\x08free";

#[tokio::test]
async fn messages_are_found_by_what_their_attachments_are_whatever_they_are_called() {
    let world = World::builder().medias(1).searches(1).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Attached").await;
    let closed = ada.create_channel(&guild, "closed").await;
    ada.deny(&closed, &guild, "role", &["VIEW_CHANNEL"]).await;
    ada.bring(&guild, &bob).await;
    let media = world.media(0, &ada);
    let image = picture(40, 30, ImageFormat::Png);
    ada.post(&channel, "nothing but a file in name").await;
    let note = show(&media, &ada, &channel, "film.mp4", *b"only text").await;
    let sound = show(&media, &ada, &channel, "a.bin", SOUND).await;
    let film = show(&media, &ada, &channel, "b.bin", FILM).await;
    let shown = show(&media, &ada, &channel, "c.txt", image.clone()).await;
    let hidden = show(&media, &ada, &closed, "d.png", image.clone()).await;

    finds(&bob, &guild, "has=file", &[&shown, &film, &sound, &note]).await;
    finds(&bob, &guild, "has=audio", &[&sound]).await;
    finds(&bob, &guild, "has=video", &[&film]).await;
    finds(&bob, &guild, "has=image", &[&shown]).await;
    finds(&bob, &guild, "has=link", &[]).await;
    finds(&bob, &guild, "has=image&content=nothing", &[]).await;
    // Only what the asker may read.
    finds(&ada, &guild, "has=image", &[&hidden, &shown]).await;
    let path = format!("/api/v1/guilds/{guild}/messages/search?has=pictures");
    let refused = bob.client().get(&path).await;
    refused.expect_error(400, "INVALID_REQUEST");

    // What only begins like a picture turns out to be none.
    let broken = show(&media, &ada, &channel, "e.png", image[..60].to_vec()).await;
    assert_eq!(
        ready(&ada, &broken).await["content_type"],
        "application/octet-stream"
    );
    finds(
        &bob,
        &guild,
        "has=file",
        &[&broken, &shown, &film, &sound, &note],
    )
    .await;
    finds(&bob, &guild, "has=image", &[&shown]).await;

    // An index that is made anew has them too; an edit keeps them, a deletion does not.
    world
        .execute("UPDATE search_documents SET marks = '{}'")
        .await;
    finds(&bob, &guild, "has=file", &[]).await;
    let told = world.admin(&["reindex"], "").await;
    assert!(told.contains("the index is made anew"), "{told}");
    finds(&bob, &guild, "has=video", &[&film]).await;
    let at = |message: &Value| {
        let id = text(&message["id"]);
        format!("/api/v1/channels/{channel}/messages/{id}")
    };
    let edited = json!({"content": "with https://kith.example"});
    let answer = ada.client().patch(&at(&shown), &edited).await;
    answer.expect(200);
    finds(&bob, &guild, "has=link", &[&shown]).await;
    finds(&bob, &guild, "has=image", &[&shown]).await;
    ada.client().delete(&at(&shown)).await.expect(204);
    finds(&bob, &guild, "has=image", &[]).await;
    world.finish().await;
}

#[tokio::test]
async fn pages_of_messages_with_files_are_full_however_much_else_is_said() {
    let world = World::builder().medias(1).searches(1).start().await;
    let ada = world.person("ada").await;
    let (guild, channel) = ada.create_guild("Pages").await;
    let media = world.media(0, &ada);
    let mut posted = Vec::new();
    for index in 0..7 {
        for talk in 0..5 {
            ada.post(&channel, &format!("talk {index} {talk}")).await;
        }
        posted.push(show(&media, &ada, &channel, "a.txt", *b"a file").await);
    }
    let newest_first: Vec<&Value> = posted.iter().rev().collect();
    finds(&ada, &guild, "has=file", &newest_first).await;
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let (found, next) = page(&ada, &guild, &format!("has=file&limit=3{cursor}")).await;
        all.extend(found.iter().cloned());
        let Some(next) = next else { break };
        assert_eq!(found.len(), 3, "a page before the last is full");
        cursor = format!("&cursor={next}");
    }
    let expected: Vec<String> = newest_first.iter().map(|it| text(&it["id"])).collect();
    assert_eq!(all, expected);
    assert_eq!(BTreeSet::from_iter(&all).len(), 7);
    world.finish().await;
}
