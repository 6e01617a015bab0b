//! Pictures of people and guilds: who sees them, who may change them, and what is left of those that went.

use std::cell::Cell;

use image::{GenericImageView, ImageFormat};
use kith_testkit::{Client, PATIENCE, until, until_at_most};
use serde_json::{Value, json};

use crate::images::{contains, picture, with_exif};
use kith_world::people::{Person, text};
use kith_world::world::World;

const OWN: &str = "/api/v1/users/@me/avatar";

/// Gives somebody a picture; its id.
async fn give_avatar(world: &World, person: &Person) -> String {
    let image = picture(300, 200, ImageFormat::Png);
    let answer = world.media(0, person).put_picture(OWN, image).await;
    text(&answer.expect(200)["avatar"])
}

/// Gives a member and their guild a picture each; the ids of both.
pub(crate) async fn give_pictures(
    world: &World,
    member: &Person,
    owner: &Person,
    guild: &str,
) -> (String, String) {
    let avatar = give_avatar(world, member).await;
    (avatar, give_icon(world, owner, guild).await)
}

/// Gives a guild a picture; its id.
async fn give_icon(world: &World, person: &Person, guild: &str) -> String {
    let image = picture(300, 200, ImageFormat::Png);
    let path = icon_path(guild);
    let answer = world.media(0, person).put_picture(&path, image).await;
    text(&answer.expect(200)["icon"])
}

fn icon_path(guild: &str) -> String {
    format!("/api/v1/guilds/{guild}/icon")
}

fn avatar_of(person: &Person, avatar: &str) -> String {
    format!("/api/v1/users/{}/avatar/{avatar}", person.id())
}

async fn status(client: &Client, path: &str) -> u16 {
    client.download(path, &[]).await.status
}

/// How many files there are, those that are about to be removed among them.
async fn files(world: &World) -> i64 {
    world.count("SELECT count(*) FROM files").await
}

async fn until_files(world: &World, expected: i64) {
    until(
        "what nobody shows any more is gone",
        async || match files(world).await {
            count if count == expected => Ok(()),
            count => Err(format!("{count} files")),
        },
    )
    .await;
}

// Lesson 27.
#[tokio::test]
async fn a_new_picture_reaches_whoever_shares_a_guild_or_a_direct_message_and_nobody_else() {
    let world = World::builder().medias(2).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (cara, dora) = (world.person("cara").await, world.person("dora").await);
    let (guild, channel) = ada.create_guild("Faces").await;
    ada.bring(&guild, &bob).await;
    ada.bring(&guild, &cara).await;
    let open = json!({"recipient_id": ada.id()});
    let opened = cara
        .client()
        .post("/api/v1/users/@me/channels", &open)
        .await;
    opened.expect(201);
    let leave = format!("/api/v1/users/@me/guilds/{guild}");
    cara.client().delete(&leave).await.expect(204);
    let mut at_ada = world.socket(&ada, 0).await;
    let mut at_bob = world.socket(&bob, 0).await;
    let mut at_cara = world.socket(&cara, 0).await;

    // Wide, on its side, and saying where it was taken.
    let sent = with_exif(&picture(1200, 600, ImageFormat::Jpeg), 6);
    let answer = world.media(0, &ada).put_picture(OWN, sent).await;
    let user = answer.expect(200).clone();
    let avatar = text(&user["avatar"]);
    let told = at_ada.expect("USER_UPDATE").await;
    assert_eq!(told["d"]["user"], user);
    let told = at_cara.expect("USER_UPDATE").await;
    assert_eq!(told["d"]["user"], user);
    let told = at_bob.expect("GUILD_MEMBER_UPDATE").await;
    assert_eq!(told["d"]["member"]["user"], user);
    // Also in what is said from now on, in history, and in the list of members.
    let message = ada.post(&channel, "see me").await;
    assert_eq!(message["author"]["avatar"], avatar.as_str());
    let read = bob.read(&channel, "").await;
    assert_eq!(read.expect(200)[0]["author"], user);
    let members = format!("/api/v1/guilds/{guild}/members/{}", ada.id());
    let member = bob.client().get(&members).await;
    assert_eq!(member.expect(200)["user"], user);

    let path = avatar_of(&ada, &avatar);
    for who in [&ada, &bob, &cara] {
        assert_eq!(status(&world.media(1, who), &path).await, 200);
    }
    let outsider = world.media(1, &dora);
    assert_eq!(status(&outsider, &path).await, 404);
    assert_eq!(status(&outsider.anonymous(), &path).await, 401);
    // The picture is nobody else's.
    assert_eq!(
        status(&world.media(1, &bob), &avatar_of(&bob, &avatar)).await,
        404
    );

    let file = world.media(1, &bob).download(&path, &[]).await;
    assert_eq!(file.header("content-type"), "image/jpeg");
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    assert_eq!(
        file.header("content-security-policy"),
        "sandbox; default-src 'none'; frame-ancestors 'none'"
    );
    assert_eq!(
        file.header("cache-control"),
        "private, max-age=604800, immutable"
    );
    for secret in ["SECRET", "Exif"] {
        assert!(!contains(&file.bytes, secret), "{secret} is still there");
    }
    let shown = image::load_from_memory(&file.bytes).expect("it is a picture");
    assert_eq!(shown.dimensions(), (256, 256));
    // Turned by a quarter to the right, the left is the top.
    let (top, bottom) = (shown.get_pixel(128, 10).0, shown.get_pixel(128, 245).0);
    assert!(top[0] > 200 && bottom[2] > 200, "{top:?} {bottom:?}");
    let tag = file.header("etag").to_owned();
    let again = world
        .media(0, &bob)
        .download(&path, &[("if-none-match", &tag)])
        .await;
    assert_eq!((again.status, again.bytes.len()), (304, 0));

    // A new one has another name, and the one before is gone, with its objects.
    let next = give_avatar(&world, &ada).await;
    assert_ne!(next, avatar);
    assert_eq!(status(&world.media(1, &bob), &path).await, 404);
    until_files(&world, 1).await;
    world.media(1, &ada).delete(OWN).await.expect(204);
    world.media(1, &ada).delete(OWN).await.expect(204);
    let told = at_bob
        .expect_where("GUILD_MEMBER_UPDATE", |d| {
            d["member"]["user"]["avatar"].is_null()
        })
        .await;
    assert_eq!(told["d"]["member"]["user"]["id"], ada.id());
    assert_eq!(
        status(&world.media(1, &bob), &avatar_of(&ada, &next)).await,
        404
    );
    until_files(&world, 0).await;
    world.finish().await;
}

#[tokio::test]
async fn a_guild_has_the_picture_that_somebody_chose_who_may_change_it() {
    let world = World::builder().medias(1).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, _) = ada.create_guild("Emblem").await;
    ada.bring(&guild, &bob).await;
    let mut at_bob = world.socket(&bob, 0).await;
    let path = icon_path(&guild);
    let image = || picture(64, 64, ImageFormat::Png);
    let keeper = world.media(0, &bob);
    let refused = keeper.put_picture(&path, image()).await;
    refused.expect_error(403, "MISSING_PERMISSION");
    let refused = keeper.delete(&path).await;
    refused.expect_error(403, "MISSING_PERMISSION");
    let role = ada.create_role(&guild, "keeper", &["MANAGE_GUILD"]).await;
    ada.assign(&guild, bob.id(), &role).await.expect(204);
    let changed = keeper.put_picture(&path, image()).await;
    let icon = text(&changed.expect(200)["icon"]);
    let told = at_bob.expect("GUILD_UPDATE").await;
    assert_eq!(&told["d"]["guild"], changed.expect(200));
    let file = keeper.download(&format!("{path}/{icon}"), &[]).await;
    assert_eq!(file.status, 200);
    let shown = image::load_from_memory(&file.bytes).expect("it is a picture");
    assert_eq!(shown.dimensions(), (64, 64));

    // Whoever comes now finds it; whoever is banned does not any more.
    let cara = world.person("cara").await;
    assert_eq!(
        status(&world.media(0, &cara), &format!("{path}/{icon}")).await,
        404
    );
    ada.bring(&guild, &cara).await;
    let found = cara.client().get(&format!("/api/v1/guilds/{guild}")).await;
    assert_eq!(found.expect(200)["icon"], icon.as_str());
    assert_eq!(
        status(&world.media(0, &cara), &format!("{path}/{icon}")).await,
        200
    );
    ada.ban(&guild, cara.id()).await;
    assert_eq!(
        status(&world.media(0, &cara), &format!("{path}/{icon}")).await,
        404
    );

    let log = format!("/api/v1/guilds/{guild}/audit-log");
    let log = ada.client().get(&log).await;
    let entries = log.expect(200).as_array().expect("a list").clone();
    let entry = entries
        .iter()
        .find(|entry| entry["action"] == "guild_update")
        .expect("it is noted");
    assert_eq!(
        entry["changes"],
        json!({"icon": {"old": null, "new": icon}})
    );
    assert_eq!(entry["actor"]["id"], bob.id());

    keeper.delete(&path).await.expect(204);
    let told = at_bob
        .expect_where("GUILD_UPDATE", |d| d["guild"]["icon"].is_null())
        .await;
    assert_eq!(told["d"]["guild"]["id"], guild.as_str());
    until_files(&world, 0).await;
    // A guild that is deleted takes its picture with it.
    give_icon(&world, &ada, &guild).await;
    let gone = format!("/api/v1/guilds/{guild}");
    ada.client().delete(&gone).await.expect(204);
    until_files(&world, 0).await;
    world.finish().await;
}

#[tokio::test]
async fn what_is_no_picture_is_refused_with_its_reason_and_changes_nothing() {
    let world = World::builder()
        .medias(1)
        .set("KITH_MEDIA_PICTURE_MEGABYTES", "1")
        .set("KITH_MEDIA_IMAGE_MEGAPIXELS", "1")
        .start()
        .await;
    let ada = world.person("ada").await;
    let (guild, _) = ada.create_guild("Strict").await;
    let before = give_avatar(&world, &ada).await;
    let media = world.media(0, &ada);
    let whole = picture(400, 300, ImageFormat::Png);
    let svg = "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"></svg>";
    let cases: [(&str, Vec<u8>, &str); 5] = [
        ("empty", Vec::new(), "must not be empty"),
        ("text", b"no picture".to_vec(), "is text/plain"),
        ("svg", svg.into(), "a picture is PNG, JPEG, WebP or GIF"),
        ("broken off", whole[..200].to_vec(), "cannot be decoded"),
        (
            "too many pixels",
            picture(2000, 600, ImageFormat::Png),
            "has 2000 × 600 pixels",
        ),
    ];
    for path in [OWN.to_owned(), icon_path(&guild)] {
        for (what, bytes, reason) in &cases {
            let refused = media.put_picture(&path, bytes.clone()).await;
            let error = refused.expect_error(400, "INVALID_REQUEST");
            let detail = &error["details"][0];
            assert_eq!(detail["field"], "body", "{what}");
            let message = detail["message"].as_str().unwrap_or_default();
            assert!(message.contains(reason), "{what}: {message}");
        }
        let refused = media.put_picture(&path, vec![0; 1_000_001]).await;
        refused.expect_error(413, "PAYLOAD_TOO_LARGE");
    }
    let me = ada.client().get("/api/v1/users/@me").await;
    assert_eq!(me.expect(200)["avatar"], before.as_str());
    assert_eq!(status(&media, &avatar_of(&ada, &before)).await, 200);
    assert_eq!(files(&world).await, 1);
    world.finish().await;
}

#[tokio::test]
async fn whenever_a_process_is_killed_the_picture_that_an_account_names_is_there() {
    let mut world = World::builder().medias(2).start().await;
    let ada = world.person("ada").await;
    let sent = picture(2000, 1500, ImageFormat::Jpeg);
    for round in 0..4 {
        let media = world.media(0, &ada);
        let begun = files(&world).await;
        let ended = Cell::new(false);
        // It may break off, so it has no answer that counts.
        let sending = async {
            drop(media.try_put_picture(OWN, sent.clone()).await);
            ended.set(true);
        };
        let killing = async {
            if round % 2 == 0 {
                // In the middle: its row is there.
                until("it has begun", async || match files(&world).await {
                    count if count > begun || ended.get() => Ok(()),
                    count => Err(format!("{count} files")),
                })
                .await;
            }
            world.medias[0].process.kill();
        };
        tokio::join!(sending, killing);
        let me = ada.client().get("/api/v1/users/@me").await;
        if let Value::String(avatar) = &me.expect(200)["avatar"] {
            let path = avatar_of(&ada, avatar);
            assert_eq!(status(&world.media(1, &ada), &path).await, 200, "{round}");
        }
        world.medias[0].process.restart();
        world.medias[0].ready().await;
    }
    let last = give_avatar(&world, &ada).await;
    assert_eq!(
        status(&world.media(1, &ada), &avatar_of(&ada, &last)).await,
        200
    );
    // What was broken off stays for a day at most; what was replaced goes at once.
    until_at_most(PATIENCE, "one is left", async || {
        let shown = "SELECT count(*) FROM files WHERE state IN (2, 3)";
        match world.count(shown).await {
            1 => Ok(()),
            count => Err(format!("{count} files")),
        }
    })
    .await;
    world.finish().await;
}
