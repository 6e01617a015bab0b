//! Files that come at a stranger's pace, cost more than they weigh, or are simply too many.

use std::io::Cursor;

use image::{DynamicImage, ImageBuffer, ImageFormat, Rgba, RgbaImage};
use kith_testkit::{PATIENCE, until_at_most};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use kith_world::neighbour::Neighbour;
use kith_world::people::{Person, text};
use kith_world::world::World;

/// Begins to send a large file, and goes no further: enough of it has come to need a place.
async fn drip(world: &World, person: &Person, channel: &str) -> TcpStream {
    let address = &world.medias[0].address;
    let mut socket = TcpStream::connect(address).await.expect("it listens");
    let head = format!(
        "POST /api/v1/channels/{channel}/attachments?filename=drip.bin HTTP/1.1\r\nHost: {address}\r\n\
         Authorization: Bearer {}\r\nContent-Length: 9000000\r\n\r\n",
        person.account.access_token
    );
    socket.write_all(head.as_bytes()).await.expect("it reads");
    socket.write_all(&vec![7; 200_000]).await.expect("it reads");
    socket
}

/// Waits until so many files of this kind are known: `state` as in the table.
async fn files(world: &World, query: &'static str, count: i64) {
    until_at_most(PATIENCE * 3, query, async || {
        match world.count(query).await {
            found if found == count => Ok(()),
            found => Err(format!("{found} instead of {count}")),
        }
    })
    .await;
}

const BEING_SENT: &str = "SELECT count(*) FROM files WHERE state = 0";

#[tokio::test]
async fn uploads_that_stand_still_keep_no_memory_and_no_place_that_others_need() {
    let world = World::builder()
        .medias(1)
        .set("KITH_MEDIA_UPLOADS", "8")
        .start()
        .await;
    let mut neighbour = Neighbour::move_in(&world).await;
    let victim = world.person("victim").await;
    let (_, channel) = victim.create_guild("Files").await;
    let mut dripping = Vec::new();
    for number in 0..2 {
        let person = world.person(&format!("dripping_{number}")).await;
        let (_, channel) = person.create_guild("Drips").await;
        // The fifth of each waits for its own.
        for _ in 0..5 {
            dripping.push(drip(&world, &person, &channel).await);
        }
    }
    files(&world, BEING_SENT, 10).await;
    neighbour.notices_nothing().await;
    // What is small needs no place, and what needs one takes that of the slowest.
    let media = world.media(0, &victim);
    media
        .upload(&channel, "small.bin", vec![1; 30_000])
        .await
        .expect(201);
    media
        .upload(&channel, "large.bin", vec![1; 12_000_000])
        .await
        .expect(201);
    let peak = world.medias[0].process.peak_memory();
    assert!(peak < 200_000_000, "it took {peak} bytes of memory");
    drop(dripping);
    // Nothing is left of what broke off.
    files(&world, BEING_SENT, 0).await;
    world.finish().await;
}

#[tokio::test]
async fn pictures_that_are_dear_to_decode_stay_within_the_memory_for_it_and_wait_for_their_turn() {
    let world = World::builder()
        .medias(1)
        .set("KITH_MEDIA_DECODE_MEGABYTES", "80")
        .start()
        .await;
    let (eve, bob) = (world.person("eve").await, world.person("bob").await);
    let (_, dear) = eve.create_guild("Dear").await;
    let (_, plain) = bob.create_guild("Plain").await;
    let mut neighbour = Neighbour::move_in(&world).await;
    let encode = |image: DynamicImage| {
        let mut bytes = Vec::new();
        let encoded = image.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png);
        encoded.expect("it can be encoded");
        bytes
    };
    // 72 MB in eight bits, and twice that in sixteen.
    let wide = encode(RgbaImage::from_pixel(4000, 4500, Rgba([1, 2, 3, 4])).into());
    let deep: ImageBuffer<Rgba<u16>, _> = ImageBuffer::from_pixel(4000, 4500, Rgba([1, 2, 3, 4]));
    let deep = encode(DynamicImage::ImageRgba16(deep));
    assert!(wide.len() < 1_000_000 && deep.len() < 1_000_000);
    let at_eve = world.media(0, &eve);
    let mut sent = Vec::new();
    for bytes in [&wide, &deep, &wide, &wide, &wide, &wide] {
        let file = at_eve.upload(&dear, "dear.png", bytes.clone()).await;
        sent.push(text(&file.expect(201)["id"]));
    }
    let small = encode(RgbaImage::from_pixel(300, 200, Rgba([9, 9, 9, 255])).into());
    let media = world.media(0, &bob);
    let file = media.upload(&plain, "plain.png", small).await;
    let message = attach(&bob, &plain, &text(&file.expect(201)["id"])).await;
    let shown = ready(&bob, &plain, &message).await;
    assert_eq!(shown["width"], 300);
    // Bob came last, and was not behind all that Eve had sent before.
    let waiting = world
        .count("SELECT count(*) FROM files WHERE state = 1")
        .await;
    assert!(waiting > 0, "somebody else's pictures all came first");
    neighbour.notices_nothing().await;
    files(&world, "SELECT count(*) FROM files WHERE state = 1", 0).await;
    for (index, id) in sent.iter().enumerate() {
        let message = attach(&eve, &dear, id).await;
        let width = &ready(&eve, &dear, &message).await["width"];
        // What would take more than there ever is for it is a mere file.
        assert_eq!(width, &if index == 1 { Value::Null } else { json!(4000) });
    }
    let peak = world.medias[0].process.peak_memory();
    assert!(peak < 240_000_000, "it took {peak} bytes of memory");
    world.finish().await;
}

#[tokio::test]
async fn what_one_account_may_keep_is_kept_exactly_also_by_two_uploads_at_once() {
    let world = World::builder()
        .medias(2)
        .set("KITH_MEDIA_ACCOUNT_MEGABYTES", "3")
        .set("KITH_MEDIA_INSTANCE_MEGABYTES", "5")
        .start()
        .await;
    let (eve, bob, cleo) = (
        world.person("eve").await,
        world.person("bob").await,
        world.person("cleo").await,
    );
    let (guild, channel) = eve.create_guild("Full").await;
    eve.bring(&guild, &bob).await;
    eve.bring(&guild, &cleo).await;
    let (one, two) = (world.media(0, &eve), world.media(1, &eve));
    let file = || vec![5; 2_000_000];
    let (first, second) = tokio::join!(
        one.upload(&channel, "a.bin", file()),
        two.upload(&channel, "b.bin", file())
    );
    let mut answers = [first.status, second.status];
    answers.sort_unstable();
    assert_eq!(answers, [201, 422]);
    let kept = if first.status == 201 { &first } else { &second };
    let refused = one.upload(&channel, "c.bin", file()).await;
    let error = refused.expect_error(422, "LIMIT_REACHED");
    let words = error["message"].as_str().unwrap_or_default();
    assert!(words.contains("2 of the 3 MB"), "{words}");
    // Others have their own, within what all have.
    world
        .media(0, &bob)
        .upload(&channel, "d.bin", file())
        .await
        .expect(201);
    let refused = world
        .media(0, &cleo)
        .upload(&channel, "e.bin", file())
        .await;
    refused.expect_error(422, "LIMIT_REACHED");
    // What is deleted is given back.
    let message = attach(&eve, &channel, &text(&kept.expect(201)["id"])).await;
    let path = format!("/api/v1/channels/{channel}/messages/{message}");
    eve.client().delete(&path).await.expect(204);
    until_at_most(PATIENCE, "there is room again", async || {
        match one.upload(&channel, "f.bin", file()).await {
            answer if answer.status == 201 => Ok(()),
            answer => Err(answer.body.to_string()),
        }
    })
    .await;
    let counted = world
        .count("SELECT ((SELECT sum(bytes) FROM stored_bytes WHERE account_id <> '00000000-0000-0000-0000-000000000000') - (SELECT sum(size) FROM files))::bigint")
        .await;
    assert_eq!(counted, 0);
    world.finish().await;
}

async fn attach(person: &Person, channel: &str, file: &str) -> String {
    let path = format!("/api/v1/channels/{channel}/messages");
    let answer = person
        .client()
        .post(&path, &json!({"attachment_ids": [file]}))
        .await;
    text(&answer.expect(201)["id"])
}

async fn ready(person: &Person, channel: &str, message: &str) -> Value {
    let path = format!("/api/v1/channels/{channel}/messages/{message}");
    until_at_most(PATIENCE * 3, "the picture is worked on", async || {
        let answer = person.client().get(&path).await;
        let attachment = answer.body["data"]["attachments"][0].clone();
        if attachment["status"] == "ready" {
            Ok(attachment)
        } else {
            Err(answer.body.to_string())
        }
    })
    .await
}
