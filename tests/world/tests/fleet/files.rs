//! Files: who gets them and who does not, and what becomes of them when parts of the fleet are gone.

use kith_testkit::{Client, attachment_path, until};
use kith_types::FileId;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use kith_world::people::{Person, text};
use kith_world::world::World;

/// The one file that there is.
async fn the_file(world: &World) -> FileId {
    let mut connection = PgConnection::connect(world.database.url())
        .await
        .expect("Postgres runs");
    let id: sqlx::types::Uuid = sqlx::query_scalar("SELECT id FROM files")
        .fetch_one(&mut connection)
        .await
        .expect("there is one");
    connection.close().await.expect("Postgres runs");
    id.into()
}

/// One pixel.
pub(crate) const DOT: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde\
    \0\0\0\x0cIDAT\x78\x9c\x63\xf8\xdf\xc0\0\0\x04\x01\x01\x80\xc5\x2a\x18\x5d\0\0\0\0IEND\xae\x42\x60\x82";

/// Sends a file and posts it; gives the message.
pub(crate) async fn show(
    media: &Client,
    person: &Person,
    channel: &str,
    name: &str,
    bytes: impl Into<Vec<u8>>,
) -> Value {
    let sent = media.upload(channel, name, bytes).await;
    let id = text(&sent.expect(201)["id"]);
    attach(person, channel, &[&id]).await.expect(201).clone()
}

/// Posts files that were sent before, whatever comes back.
pub(crate) async fn attach(person: &Person, channel: &str, ids: &[&str]) -> kith_testkit::Answer {
    let path = format!("/api/v1/channels/{channel}/messages");
    person
        .client()
        .post(&path, &json!({"attachment_ids": ids}))
        .await
}

/// Waits until the first attachment of a message can be fetched; gives it.
pub(crate) async fn ready(person: &Person, message: &Value) -> Value {
    let (channel, id) = (text(&message["channel_id"]), text(&message["id"]));
    let path = format!("/api/v1/channels/{channel}/messages/{id}");
    until("the image is worked on", async || {
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

/// Posts an image and waits until it can be fetched; gives its id.
pub(crate) async fn show_image(world: &World, person: &Person, channel: &str) -> String {
    let media = world.media(0, person);
    let message = show(&media, person, channel, "dot.png", DOT).await;
    text(&ready(person, &message).await["id"])
}

#[tokio::test]
async fn a_file_comes_back_as_it_was_sent_whole_in_parts_and_not_at_all_if_one_has_it() {
    let world = World::builder().medias(2).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Files").await;
    ada.bring(&guild, &bob).await;
    let mut at_bob = world.socket(&bob, 0).await;
    // Two parts and a bit.
    let bytes: Vec<u8> = (0..11_000_000_u32)
        .map(|index| (index % 251) as u8)
        .collect();
    let message = show(
        &world.media(0, &ada),
        &ada,
        &channel,
        "Grüße \"1\".bin",
        bytes.clone(),
    )
    .await;
    let attachment = &message["attachments"][0];
    assert_eq!(attachment["size"], bytes.len());
    assert_eq!(attachment["status"], "ready");
    let told = at_bob.expect("MESSAGE_CREATE").await;
    assert_eq!(&told["d"]["message"]["attachments"][0], attachment);
    let read = bob.read(&channel, "").await;
    assert_eq!(&read.expect(200)[0]["attachments"][0], attachment);

    // At another process than the one that took it.
    let media = world.media(1, &bob);
    let path = attachment_path(attachment);
    let whole = media.download(&path, &[]).await;
    assert_eq!((whole.status, whole.bytes == bytes), (200, true));
    assert_eq!(whole.header("content-type"), "application/octet-stream");
    assert_eq!(
        whole.header("content-disposition"),
        "attachment; filename=\"Gr__e _1_.bin\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20_1_.bin"
    );
    assert_eq!(whole.header("x-content-type-options"), "nosniff");
    assert_eq!(whole.header("cache-control"), "private, no-cache");
    assert_eq!(
        whole.header("content-security-policy"),
        "sandbox; default-src 'none'; frame-ancestors 'none'"
    );
    let tag = whole.header("etag").to_owned();
    let part = media
        .download(&path, &[("range", "bytes=5242879-5242881")])
        .await;
    assert_eq!(part.status, 206);
    assert_eq!(part.bytes, bytes[5_242_879..=5_242_881]);
    assert_eq!(
        part.header("content-range"),
        "bytes 5242879-5242881/11000000"
    );
    let other = [("range", "bytes=0-0"), ("if-range", "\"another\"")];
    assert_eq!(media.download(&path, &other).await.status, 200);
    let beyond = media.download(&path, &[("range", "bytes=11000000-")]).await;
    assert_eq!(beyond.status, 416);
    assert_eq!(beyond.header("content-range"), "bytes */11000000");
    let known = media.download(&path, &[("if-none-match", &tag)]).await;
    assert_eq!((known.status, known.bytes.len()), (304, 0));
    world.finish().await;
}

#[tokio::test]
async fn a_file_is_for_those_who_may_read_its_message_now() {
    let world = World::builder().medias(1).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Private").await;
    let closed = ada.create_channel(&guild, "closed").await;
    ada.bring(&guild, &bob).await;
    let media = world.media(0, &ada);
    let message = show(&media, &ada, &channel, "a.txt", *b"for members").await;
    let path = attachment_path(&message["attachments"][0]);
    let secret = show(&media, &ada, &closed, "b.txt", *b"for some").await;
    let secret_path = attachment_path(&secret["attachments"][0]);
    let at = |person: &Person| world.media(0, person);
    let status = async |client: Client, path: &str| client.download(path, &[]).await.status;

    let outsider = world.person("outsider").await;
    assert_eq!(status(at(&outsider), &path).await, 404);
    assert_eq!(status(at(&outsider).anonymous(), &path).await, 401);
    assert_eq!(status(at(&bob), &path).await, 200);
    // An overwrite closes the channel to everybody.
    assert_eq!(status(at(&bob), &secret_path).await, 200);
    ada.deny(&closed, &guild, "role", &["VIEW_CHANNEL"]).await;
    assert_eq!(status(at(&bob), &secret_path).await, 404);
    assert_eq!(status(at(&ada), &secret_path).await, 200);
    // A ban ends it at once.
    let banned = world.person("banned").await;
    ada.bring(&guild, &banned).await;
    assert_eq!(status(at(&banned), &path).await, 200);
    ada.ban(&guild, banned.id()).await;
    assert_eq!(status(at(&banned), &path).await, 404);
    // So does the end of the session.
    let away = world.person("away").await;
    ada.bring(&guild, &away).await;
    away.client()
        .post("/api/v1/auth/logout", &json!({}))
        .await
        .expect(204);
    assert_eq!(status(at(&away), &path).await, 401);
    // And of the message, for everybody.
    let id = text(&message["id"]);
    let gone = format!("/api/v1/channels/{channel}/messages/{id}");
    ada.client().delete(&gone).await.expect(204);
    for person in [&ada, &bob] {
        assert_eq!(status(at(person), &path).await, 404);
    }
    let tombstone = ada.client().get(&gone).await;
    assert_eq!(tombstone.expect(200)["attachments"], json!([]));
    // And of the channel.
    ada.client()
        .delete(&format!("/api/v1/channels/{closed}"))
        .await
        .expect(204);
    assert_eq!(status(at(&ada), &secret_path).await, 404);
    until("what nobody needs is removed", async || {
        match world.count("SELECT count(*) FROM files").await {
            0 => Ok(()),
            left => Err(format!("{left} are left")),
        }
    })
    .await;
    world.finish().await;
}

#[tokio::test]
async fn only_its_sender_can_attach_a_file_once_and_only_where_it_was_sent() {
    let world = World::builder().medias(1).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Mine").await;
    let other = ada.create_channel(&guild, "other").await;
    ada.bring(&guild, &bob).await;
    let media = world.media(0, &ada);
    let sent = media.upload(&channel, "a.txt", *b"mine").await;
    let attachment = sent.expect(201).clone();
    let (id, path) = (text(&attachment["id"]), attachment_path(&attachment));
    // Until it is attached it is the sender's alone.
    assert_eq!(world.media(0, &bob).download(&path, &[]).await.status, 404);
    assert_eq!(media.download(&path, &[]).await.bytes, b"mine");

    for (who, place) in [(&bob, &channel), (&ada, &other)] {
        let refused = attach(who, place, &[&id]).await;
        let error = refused.expect_error(400, "INVALID_REQUEST");
        assert_eq!(error["details"][0]["field"], "attachment_ids");
    }
    attach(&ada, &channel, &[&id, &id])
        .await
        .expect_error(400, "INVALID_REQUEST");
    attach(&ada, &channel, &[])
        .await
        .expect_error(400, "INVALID_REQUEST");
    // A right that was taken in the meantime.
    ada.deny(&channel, bob.id(), "member", &["ATTACH_FILES"])
        .await;
    let refused = world.media(0, &bob).upload(&channel, "b.txt", *b"no").await;
    refused.expect_error(403, "MISSING_PERMISSION");

    // Two at once: one message has it.
    let ids = [&*id];
    let (first, second) = tokio::join!(attach(&ada, &channel, &ids), attach(&ada, &channel, &ids));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 400]);
    attach(&ada, &channel, &[&id])
        .await
        .expect_error(400, "INVALID_REQUEST");
    assert_eq!(world.media(0, &bob).download(&path, &[]).await.status, 200);

    // The same nonce gives the message that has it.
    let again = media.upload(&channel, "c.txt", *b"once").await;
    let body = json!({"attachment_ids": [again.expect(201)["id"]], "nonce": "n1"});
    let post = async || {
        let path = format!("/api/v1/channels/{channel}/messages");
        ada.client().post(&path, &body).await
    };
    let (new, repeated) = (post().await, post().await);
    assert_eq!(new.expect(201)["id"], repeated.expect(200)["id"]);
    world.finish().await;
}

#[tokio::test]
async fn what_a_file_may_not_be_is_said_before_it_is_taken() {
    let world = World::builder()
        .medias(1)
        .set("KITH_MEDIA_UPLOAD_MEGABYTES", "1")
        .start()
        .await;
    let ada = world.person("ada").await;
    let (_, channel) = ada.create_guild("Limits").await;
    let media = world.media(0, &ada);
    let too_large = media.upload(&channel, "a.bin", vec![0; 1_000_001]).await;
    too_large.expect_error(413, "PAYLOAD_TOO_LARGE");
    media
        .upload(&channel, "a.bin", vec![0; 1_000_000])
        .await
        .expect(201);
    let empty = media.upload(&channel, "a.bin", Vec::new()).await;
    assert_eq!(
        empty.expect_error(400, "INVALID_REQUEST")["details"][0]["field"],
        "body"
    );
    world.finish().await;
}

#[tokio::test]
async fn without_the_object_store_files_are_503_and_text_goes_on() {
    let mut world = World::builder().own_garage().start().await;
    let ada = world.person("ada").await;
    let (_, channel) = ada.create_guild("No files").await;
    let media = world.media(0, &ada);
    let message = show(&media, &ada, &channel, "a.txt", *b"before").await;
    let path = attachment_path(&message["attachments"][0]);

    world.garage.as_mut().expect("its own").kill();
    let refused = media.upload(&channel, "b.txt", *b"during").await;
    refused.expect_error(503, "UNAVAILABLE");
    assert!(refused.retry_after().is_some());
    assert_eq!(media.download(&path, &[]).await.status, 503);
    ada.post(&channel, "text goes on").await;

    world.garage.as_mut().expect("its own").restart().await;
    until("files are back", async || {
        let sent = media.upload(&channel, "c.txt", *b"after").await;
        if sent.status == 201 {
            Ok(())
        } else {
            Err(sent.body.to_string())
        }
    })
    .await;
    assert_eq!(media.download(&path, &[]).await.bytes, b"before");
    world.finish().await;
}

/// The head of a request that sends a file.
pub(crate) fn head(world: &World, person: &Person, channel: &str, size: usize) -> String {
    format!(
        "POST /api/v1/channels/{channel}/attachments?filename=large.bin HTTP/1.1\r\nHost: {}\r\n\
         Authorization: Bearer {}\r\nContent-Length: {size}\r\n\r\n",
        world.medias[0].address, person.account.access_token
    )
}

#[tokio::test]
async fn a_process_that_is_killed_in_an_upload_leaves_nothing_that_can_be_seen() {
    let mut world = World::builder().medias(2).start().await;
    let ada = world.person("ada").await;
    let (_, channel) = ada.create_guild("Broken off").await;
    let mut sender = TcpStream::connect(&world.medias[0].address)
        .await
        .expect("it listens");
    let size = 20_000_000;
    sender
        .write_all(head(&world, &ada, &channel, size).as_bytes())
        .await
        .expect("it reads");
    sender
        .write_all(&vec![1; size / 2])
        .await
        .expect("it reads");
    until("it has begun", async || {
        match world
            .count("SELECT count(*) FROM files WHERE state = 0")
            .await
        {
            1 => Ok(()),
            count => Err(format!("{count} files")),
        }
    })
    .await;
    world.medias[0].process.kill();
    // Nobody can attach what is not complete, and another process serves on.
    let ulid = the_file(&world).await.to_string();
    attach(&ada, &channel, &[&ulid])
        .await
        .expect_error(400, "INVALID_REQUEST");
    let media = world.media(1, &ada);
    assert_eq!(
        media
            .download(&format!("/api/v1/attachments/{ulid}/x"), &[])
            .await
            .status,
        404
    );
    show(&media, &ada, &channel, "whole.txt", *b"whole").await;
    world.medias[0].process.restart();
    world.medias[0].ready().await;
    world.finish().await;
}

#[tokio::test]
async fn a_gigabyte_goes_through_a_process_that_stays_small() {
    const SIZE: usize = 1_000_000_000;
    let world = World::builder()
        .medias(1)
        .set("KITH_MEDIA_UPLOAD_MEGABYTES", "1000")
        .start()
        .await;
    let ada = world.person("ada").await;
    let (_, channel) = ada.create_guild("Large").await;
    let mut sender = TcpStream::connect(&world.medias[0].address)
        .await
        .expect("it listens");
    sender
        .write_all(head(&world, &ada, &channel, SIZE).as_bytes())
        .await
        .expect("it reads");
    let piece = vec![7_u8; 1_000_000];
    for _ in 0..SIZE / piece.len() {
        sender.write_all(&piece).await.expect("it reads");
    }
    let mut answer = vec![0; 12];
    sender.read_exact(&mut answer).await.expect("it answers");
    assert_eq!(answer, b"HTTP/1.1 201");
    let peak = world.medias[0].process.peak_memory();
    assert!(peak < 150_000_000, "it took {peak} bytes of memory");
    world.finish().await;
}

// Lesson 27.
#[tokio::test]
async fn what_could_run_scripts_is_only_for_saving() {
    let world = World::builder().medias(1).start().await;
    let ada = world.person("ada").await;
    let (_, channel) = ada.create_guild("Scripts").await;
    let media = world.media(0, &ada);
    let svg = "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let html = "<!DOCTYPE html><html><script>alert(1)</script></html>";
    // Whatever the name says.
    for (name, text) in [
        ("a.svg", svg),
        ("b.html", html),
        ("c.png", svg),
        ("d.png", html),
    ] {
        let message = show(&media, &ada, &channel, name, text).await;
        let path = attachment_path(&message["attachments"][0]);
        let file = media.download(&path, &[]).await;
        assert_eq!(
            file.header("content-type"),
            "application/octet-stream",
            "{name}"
        );
        assert!(
            file.header("content-disposition")
                .starts_with("attachment;"),
            "{name}"
        );
        assert!(
            file.header("content-security-policy")
                .starts_with("sandbox;"),
            "{name}"
        );
        let head = media.send(Method::HEAD, &path, None::<&()>).await;
        assert_eq!(head.status, 200);
    }
    world.finish().await;
}
