//! Files when the object store stands still or is away for long, and when a media process stands still.

use image::ImageFormat;
use kith_testkit::{PATIENCE, attachment_path, until, until_at_most};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::files::{attach, head, ready, show};
use crate::images::{contains, picture, with_exif};
use kith_world::people::{Person, text};
use kith_world::traffic::Traffic;
use kith_world::world::World;

/// A file that somebody has begun to send, byte by byte on a connection of its own.
struct Sending {
    stream: TcpStream,
    left: usize,
}

impl Sending {
    /// Sends the first half, and waits until it is known that it comes.
    async fn begin(world: &World, person: &Person, channel: &str, size: usize) -> Self {
        let stream = TcpStream::connect(&world.medias[0].address).await;
        let mut stream = stream.expect("it listens");
        let head = head(world, person, channel, size);
        stream.write_all(head.as_bytes()).await.expect("it reads");
        let half = vec![1; size / 2];
        stream.write_all(&half).await.expect("it reads");
        until("it has begun", async || {
            match world
                .count("SELECT count(*) FROM files WHERE state = 0")
                .await
            {
                1 => Ok(()),
                count => Err(format!("{count} have")),
            }
        })
        .await;
        Self {
            stream,
            left: size - size / 2,
        }
    }

    /// Sends the rest; gives the status of the answer, and its body.
    async fn end(mut self) -> (u16, Value) {
        let rest = vec![1; self.left];
        self.stream.write_all(&rest).await.expect("it reads");
        let answering = tokio::time::timeout(PATIENCE, self.answer()).await;
        answering.expect("it answers in time")
    }

    async fn answer(&mut self) -> (u16, Value) {
        let mut answer = Vec::new();
        loop {
            let length = self.stream.read_buf(&mut answer).await.expect("it answers");
            let text = String::from_utf8_lossy(&answer);
            assert!(length > 0, "it ended with {text}");
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            if let Ok(body) = serde_json::from_str(body) {
                let status = head.split(' ').nth(1).and_then(|text| text.parse().ok());
                return (status.expect("a status"), body);
            }
        }
    }
}

/// A photograph that says where it was taken.
fn photo() -> Vec<u8> {
    with_exif(&picture(1500, 1000, ImageFormat::Jpeg), 6)
}

/// Posts so many photographs, faster than they are worked on; gives the messages.
async fn show_photos(world: &World, person: &Person, channel: &str, count: usize) -> Vec<Value> {
    let media = world.media(0, person);
    let photo = photo();
    let mut messages = Vec::new();
    for number in 0..count {
        let name = format!("{number}.jpg");
        messages.push(show(&media, person, channel, &name, photo.clone()).await);
    }
    messages
}

async fn waiting(world: &World) -> i64 {
    world
        .count("SELECT count(*) FROM files WHERE state = 1")
        .await
}

/// Waits until each of these can be fetched, as a picture that says nothing about where it was taken.
async fn all_pictures(world: &World, person: &Person, messages: &[Value]) {
    for message in messages {
        let attachment = ready(person, message).await;
        assert_eq!(attachment["content_type"], "image/jpeg", "{attachment}");
        let media = world.media(0, person);
        let file = media.download(&attachment_path(&attachment), &[]).await;
        assert_eq!(file.status, 200);
        assert!(!contains(&file.bytes, "SECRET"));
    }
}

#[tokio::test]
async fn while_the_object_store_stands_still_files_are_503_and_text_goes_on() {
    let world = World::builder().own_garage().start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Still store").await;
    ada.bring(&guild, &bob).await;
    let media = world.media(0, &ada);
    let before = show(&media, &ada, &channel, "a.txt", *b"before").await;
    let path = attachment_path(&before["attachments"][0]);
    let mut traffic = Traffic::begin(&world, &ada, &bob, &channel, "still").await;
    let cut_off = Sending::begin(&world, &ada, &channel, 20_000_000).await;
    let photos = show_photos(&world, &ada, &channel, 8).await;

    let garage = world.garage.as_ref().expect("its own");
    garage.freeze();
    assert!(waiting(&world).await > 0, "all were worked on before");
    // Each within the time that a client waits; at once, since each of them takes a while to find out.
    let small = media.upload(&channel, "b.txt", *b"during");
    let large = media.upload(&channel, "c.bin", vec![2; 12_000_000]);
    let download = media.download(&path, &[]);
    let (small, large, download, (status, body)) =
        tokio::join!(small, large, download, cut_off.end());
    for refused in [small, large] {
        refused.expect_error(503, "UNAVAILABLE");
        assert!(refused.retry_after().is_some_and(|seconds| seconds >= 1));
    }
    assert_eq!(download.status, 503);
    assert!(!download.header("retry-after").is_empty());
    assert_eq!(status, 503, "{body}");
    traffic.goes_on().await;

    garage.thaw();
    until("files are back", async || {
        let sent = media.upload(&channel, "d.txt", *b"after").await;
        if sent.status == 201 {
            Ok(())
        } else {
            Err(sent.body.to_string())
        }
    })
    .await;
    assert_eq!(media.download(&path, &[]).await.bytes, b"before");
    all_pictures(&world, &bob, &photos).await;
    // Of what was refused nothing is left.
    let kept = 2 + photos.len() as i64;
    until("what was broken off is removed", async || {
        match world.count("SELECT count(*) FROM files").await {
            count if count == kept => Ok(()),
            count => Err(format!("{count} files instead of {kept}")),
        }
    })
    .await;
    traffic.end().await;
    world.finish().await;
}

#[tokio::test]
async fn pictures_outlast_an_object_store_that_is_away_for_longer_than_they_have_attempts() {
    let mut world = World::builder().own_garage().start().await;
    let ada = world.person("ada").await;
    let (_, channel) = ada.create_guild("Patience").await;
    let photos = show_photos(&world, &ada, &channel, 8).await;
    world.garage.as_mut().expect("its own").kill();
    assert!(waiting(&world).await > 0, "all were worked on before");
    let media = &world.medias[0].process;
    until_at_most(PATIENCE * 2, "it was in vain often enough", async || {
        let log = media.log();
        match log.matches("an image has to wait").count() {
            12.. => Ok(()),
            times => Err(format!("{times} times")),
        }
    })
    .await;
    world.garage.as_mut().expect("its own").restart().await;
    all_pictures(&world, &ada, &photos).await;
    world.finish().await;
}

#[tokio::test]
async fn a_media_process_that_stands_still_holds_up_nobody_and_goes_on_where_it_was() {
    let world = World::builder().medias(2).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Still media").await;
    ada.bring(&guild, &bob).await;
    let mut traffic = Traffic::begin(&world, &ada, &bob, &channel, "still").await;
    let size = 20_000_000;
    let sending = Sending::begin(&world, &ada, &channel, size).await;
    let photos = show_photos(&world, &ada, &channel, 4).await;
    world.medias[0].process.freeze();
    traffic.goes_on().await;
    // The other process serves, and works on what the first one had begun.
    let other = world.media(1, &bob);
    let message = show(&other, &bob, &channel, "a.txt", *b"elsewhere").await;
    let path = attachment_path(&message["attachments"][0]);
    assert_eq!(other.download(&path, &[]).await.bytes, b"elsewhere");
    for photo in &photos {
        ready(&bob, photo).await;
    }
    world.medias[0].process.thaw();
    let (status, answer) = sending.end().await;
    assert_eq!(status, 201, "{answer}");
    let id = text(&answer["data"]["id"]);
    let message = attach(&ada, &channel, &[&id]).await.expect(201).clone();
    let path = attachment_path(&message["attachments"][0]);
    assert_eq!(other.download(&path, &[]).await.bytes, vec![1; size]);
    all_pictures(&world, &bob, &photos).await;
    traffic.end().await;
    world.finish().await;
}
