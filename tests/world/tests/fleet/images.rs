//! Images: what they say about their maker goes before anybody sees them, whatever is killed meanwhile.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use kith_testkit::{PATIENCE, attachment_path, until_at_most};
use serde_json::{Value, json};

use crate::files::{attach, ready, show};
use kith_world::people::text;
use kith_world::world::World;

/// A picture that is red on the left and blue on the right.
pub(crate) fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let image = RgbImage::from_fn(width, height, |x, _| {
        if x < width / 2 {
            Rgb([255, 0, 0])
        } else {
            Rgb([0, 0, 255])
        }
    });
    let mut bytes = Vec::new();
    DynamicImage::from(image)
        .write_to(&mut Cursor::new(&mut bytes), format)
        .expect("it can be encoded");
    bytes
}

/// EXIF as cameras write it: an orientation, and a place on earth.
fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"MM\0\x2a\0\0\0\x08".to_vec();
    tiff.extend(b"\0\x02");
    tiff.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    tiff.extend([0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38]);
    tiff.extend([0, 0, 0, 0]);
    // Where, as N and a text that is easy to find.
    tiff.extend(b"\0\x01\0\x1b\0\x07\0\0\0\x10\0\0\0\x38\0\0\0\0");
    tiff.extend(b"SECRET-GPS-PLACE");
    tiff
}

/// The JPEG with an EXIF segment, and a comment.
pub(crate) fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut bytes = jpeg[..2].to_vec();
    for (marker, content) in [
        (0xe1, [b"Exif\0\0".to_vec(), exif(orientation)].concat()),
        (0xfe, b"SECRET-COMMENT".to_vec()),
    ] {
        bytes.extend([0xff, marker]);
        bytes.extend((content.len() as u16 + 2).to_be_bytes());
        bytes.extend(content);
    }
    bytes.extend(&jpeg[2..]);
    bytes
}

pub(crate) fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

// Lesson 27.
#[tokio::test]
async fn a_picture_says_nothing_about_where_it_was_taken_and_lies_as_it_should() {
    let world = World::builder().medias(1).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Pictures").await;
    ada.bring(&guild, &bob).await;
    let mut at_bob = world.socket(&bob, 0).await;
    let media = world.media(0, &ada);
    let plain = picture(1200, 900, ImageFormat::Jpeg);

    // Upright: its pixels stay as they were encoded. On its side: it is turned.
    for (orientation, width, height) in [(1, 1200, 900), (6, 900, 1200)] {
        let sent = with_exif(&plain, orientation);
        assert!(contains(&sent, "SECRET-GPS-PLACE") && contains(&sent, "SECRET-COMMENT"));
        let message = show(&media, &ada, &channel, "photo.jpg", sent).await;
        // The box for it can be reserved at once, turned as it will be shown.
        let first = &message["attachments"][0];
        assert_eq!(
            (&first["width"], &first["height"]),
            (&json!(width), &json!(height))
        );
        let told = at_bob
            .expect_where("MESSAGE_UPDATE", |d| d["message"]["id"] == message["id"])
            .await;
        let attachment = told["d"]["message"]["attachments"][0].clone();
        assert_eq!(attachment["status"], "ready");
        assert!(attachment["thumbhash"].is_string());
        assert_eq!(told["d"]["message"]["edited_at"], Value::Null);

        let file = world
            .media(0, &bob)
            .download(&attachment_path(&attachment), &[])
            .await;
        assert_eq!(file.status, 200);
        assert_eq!(file.header("content-type"), "image/jpeg");
        assert!(file.header("content-disposition").starts_with("inline;"));
        assert_eq!(attachment["size"], file.bytes.len());
        for secret in ["SECRET", "Exif"] {
            assert!(!contains(&file.bytes, secret), "{secret} is still there");
        }
        let shown = image::load_from_memory(&file.bytes)
            .expect("it is a picture")
            .to_rgb8();
        assert_eq!(shown.dimensions(), (width, height));
        // Turned by a quarter to the right, the left is the top.
        let top_left = shown.get_pixel(10, 10).0;
        let far = if orientation == 6 {
            (10, height - 10)
        } else {
            (width - 10, 10)
        };
        let other = shown.get_pixel(far.0, far.1).0;
        assert!(
            top_left[0] > 200 && other[2] > 200,
            "{top_left:?} {other:?}"
        );

        let id = text(&attachment["id"]);
        let small = world
            .media(0, &bob)
            .download(&format!("/api/v1/thumbnails/{id}"), &[])
            .await;
        assert_eq!(small.header("content-type"), "image/jpeg");
        let small = image::load_from_memory(&small.bytes).expect("it is a picture");
        assert_eq!(small.width().max(small.height()), 800);
    }
    world.finish().await;
}

#[tokio::test]
async fn other_formats_lose_what_they_say_too() {
    let world = World::builder().medias(1).start().await;
    let ada = world.person("ada").await;
    let (_, channel) = ada.create_guild("Formats").await;
    let media = world.media(0, &ada);
    let mut png = picture(40, 30, ImageFormat::Png);
    // A text behind the header.
    let mut chunk = b"tEXtComment\0SECRET-PNG".to_vec();
    chunk.extend(crc32(&chunk).to_be_bytes());
    let length = (chunk.len() - 8) as u32;
    png.splice(33..33, length.to_be_bytes().into_iter().chain(chunk));
    for (name, bytes) in [
        ("a.png", png),
        ("b.webp", picture(40, 30, ImageFormat::WebP)),
        ("c.gif", picture(40, 30, ImageFormat::Gif)),
    ] {
        let message = show(&media, &ada, &channel, name, bytes).await;
        let attachment = ready(&ada, &message).await;
        let file = media.download(&attachment_path(&attachment), &[]).await;
        assert!(!contains(&file.bytes, "SECRET"), "{name}");
        let shown =
            image::load_from_memory(&file.bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((shown.width(), shown.height()), (40, 30), "{name}");
        assert_eq!(
            (&attachment["width"], &attachment["height"]),
            (&json!(40), &json!(30))
        );
    }
    world.finish().await;
}

#[tokio::test]
async fn a_picture_that_would_be_too_large_when_decoded_is_not_decoded() {
    let world = World::builder().medias(1).start().await;
    let ada = world.person("ada").await;
    let (_, channel) = ada.create_guild("Bombs").await;
    let media = world.media(0, &ada);
    // A few bytes that say that they are 40,000 × 40,000 pixels.
    let mut bomb = picture(4, 4, ImageFormat::Png);
    bomb[16..20].copy_from_slice(&40_000_u32.to_be_bytes());
    bomb[20..24].copy_from_slice(&40_000_u32.to_be_bytes());
    let sum = crc32(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&sum.to_be_bytes());
    let refused = media.upload(&channel, "bomb.png", bomb).await;
    let error = refused.expect_error(400, "INVALID_REQUEST");
    assert!(
        error["details"][0]["message"]
            .as_str()
            .is_some_and(|text| text.contains("40000 × 40000"))
    );
    // One that breaks off becomes a mere file.
    let mut broken = picture(400, 300, ImageFormat::Png);
    broken.truncate(200);
    let message = show(&media, &ada, &channel, "broken.png", broken.clone()).await;
    let attachment = ready(&ada, &message).await;
    assert_eq!(attachment["content_type"], "application/octet-stream");
    assert_eq!(
        (&attachment["width"], &attachment["thumbhash"]),
        (&Value::Null, &Value::Null)
    );
    let file = media.download(&attachment_path(&attachment), &[]).await;
    assert_eq!(file.bytes, broken);
    let peak = world.medias[0].process.peak_memory();
    assert!(peak < 200_000_000, "it took {peak} bytes of memory");
    world.finish().await;
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 {
                sum >> 1 ^ 0xedb8_8320
            } else {
                sum >> 1
            }
        })
    })
}

#[tokio::test]
async fn pictures_are_worked_on_however_often_those_that_do_it_are_killed() {
    let mut world = World::builder().medias(2).start().await;
    let ada = world.person("ada").await;
    let (_, channel) = ada.create_guild("Killed").await;
    let mut messages = Vec::new();
    let photo = with_exif(&picture(1500, 1000, ImageFormat::Jpeg), 6);
    for round in 0..4 {
        let media = world.media(round % 2, &ada);
        let mut ids = Vec::new();
        for index in 0..3 {
            let sent = media
                .upload(&channel, &format!("{round}-{index}.jpg"), photo.clone())
                .await;
            ids.push(text(&sent.expect(201)["id"]));
        }
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        messages.push(attach(&ada, &channel, &ids).await.expect(201).clone());
        // In the middle of whatever it does with them.
        let victim = &mut world.medias[round % 2];
        victim.process.kill();
        victim.process.restart();
        victim.ready().await;
    }
    // Each killed process has held one of them for a while.
    until_at_most(PATIENCE * 4, "all of them are ready", async || {
        let read = ada.read(&channel, "").await;
        let waiting = read.body["data"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|message| {
                message["attachments"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default()
            })
            .filter(|attachment| attachment["status"] != "ready")
            .count();
        match waiting {
            0 if read.status == 200 => Ok(()),
            count => Err(format!("{count} wait")),
        }
    })
    .await;
    for message in &messages {
        let attachment = ready(&ada, message).await;
        let file = world
            .media(0, &ada)
            .download(&attachment_path(&attachment), &[])
            .await;
        assert!(!contains(&file.bytes, "SECRET"));
        assert_eq!(attachment["height"], 1500);
    }
    world.finish().await;
}

fn one_box(kind: &[u8], content: &[u8]) -> Vec<u8> {
    let mut bytes = (content.len() as u32 + 8).to_be_bytes().to_vec();
    bytes.extend(kind);
    bytes.extend(content);
    bytes
}

// Lesson 41.
#[tokio::test]
async fn a_film_says_nothing_about_where_it_was_made_and_is_otherwise_as_it_was() {
    let world = World::builder().medias(1).searches(1).start().await;
    let ada = world.person("ada").await;
    let (_, channel) = ada.create_guild("Films").await;
    let media = world.media(0, &ada);
    let place = one_box(b"\xa9xyz", b"SECRET+69.9+027.0/");
    let description = [
        one_box(b"mvhd", &[&[0_u8; 4][..], b"SECRETIV", &[1; 88]].concat()),
        one_box(b"udta", &place),
    ];
    let start = one_box(b"ftyp", b"mp42\0\0\0\0mp42isom");
    // More than a part of an upload, and its description at its end.
    let seen: Vec<u8> = (0..6_000_000_u32).map(|at| (at % 251) as u8).collect();
    let whole = [
        start,
        one_box(b"mdat", &seen),
        one_box(b"moov", &description.concat()),
    ]
    .concat();
    let message = show(&media, &ada, &channel, "holiday.mp4", whole.clone()).await;
    let attachment = ready(&ada, &message).await;
    assert_eq!(attachment["content_type"], "video/mp4");
    let file = media.download(&attachment_path(&attachment), &[]).await;
    assert_eq!(file.header("content-type"), "video/mp4");
    assert_eq!(file.bytes.len(), whole.len());
    assert!(!contains(&file.bytes, "SECRET"));
    assert_eq!(file.bytes[..seen.len() + 32], whole[..seen.len() + 32]);

    // What tells how large a picture is may come late: the first bytes are no verdict.
    let plain = picture(80, 60, ImageFormat::Jpeg);
    let mut late = plain[..2].to_vec();
    for _ in 0..90 {
        late.extend([0xff, 0xed, 0xff, 0xff]);
        late.extend(vec![b'S'; 0xfffd]);
    }
    late.extend(&plain[2..]);
    late.extend(b"SECRET behind the end");
    let message = show(&media, &ada, &channel, "late.jpg", late).await;
    let attachment = ready(&ada, &message).await;
    assert_eq!(
        (&attachment["width"], &attachment["height"]),
        (&json!(80), &json!(60))
    );
    let file = media.download(&attachment_path(&attachment), &[]).await;
    assert_eq!(file.bytes, plain);
    // And what only begins like a picture is a file, as it was sent.
    let text = b"\xff\xd8\xff\xe0 is how a JPEG begins".to_vec();
    let message = show(&media, &ada, &channel, "notes.jpg", text.clone()).await;
    let attachment = ready(&ada, &message).await;
    assert_eq!(attachment["content_type"], "application/octet-stream");
    let file = media.download(&attachment_path(&attachment), &[]).await;
    assert_eq!(file.bytes, text);
    world.finish().await;
}
