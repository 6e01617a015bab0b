//! Every operation of the OpenAPI document, as everybody who must not: without a token, as an outsider, as somebody banned, as
//! a member to whom the channel is closed, as a member without rights, and as somebody blocked. A new route without a row fails.

mod table;

use std::collections::{BTreeMap, BTreeSet};

use kith_testkit::{Answer, Client};
use reqwest::Method;
use serde_json::{Value, json};

use crate::files::show_image;
use crate::pictures::give_pictures;
use kith_world::people::{Person, text};
use kith_world::world::World;
use table::{About, Row, rows};

use About::{Administrator, Channel, Guild, Public};

/// All operations of the document that the api serves.
async fn operations(world: &World) -> BTreeSet<String> {
    let document = world.api(0).get("/api/v1/openapi.json").await;
    assert_eq!(document.status, 200);
    let paths = document.body["paths"]
        .as_object()
        .expect("the document has paths");
    let mut operations = BTreeSet::new();
    for (path, methods) in paths {
        let path = path.strip_prefix("/api/v1").unwrap_or(path);
        for method in methods.as_object().expect("a path has methods").keys() {
            operations.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    operations
}

/// Every operation has a row, and every row an operation.
fn compare(rows: &BTreeMap<&'static str, Row>, served: &BTreeSet<String>) {
    let known: BTreeSet<String> = rows
        .keys()
        .map(|operation| operation.split('?').next().unwrap_or_default().to_owned())
        .collect();
    let missing: Vec<_> = served.difference(&known).collect();
    assert!(
        missing.is_empty(),
        "these operations have no row: {missing:?}"
    );
    let gone: Vec<_> = known.difference(served).collect();
    assert!(gone.is_empty(), "these rows have no operation: {gone:?}");
}

/// What stands in the place of a path's parameters.
struct Places {
    values: Vec<(&'static str, String)>,
    /// Where files and voice are served.
    media: Client,
}

impl Places {
    fn fill(&self, text: &str) -> String {
        self.values
            .iter()
            .fold(text.to_owned(), |text, (name, value)| {
                text.replace(name, value)
            })
    }

    async fn call(&self, who: &Person, operation: &str, row: &Row, signed_in: bool) -> Answer {
        let client = if signed_in {
            who.client().clone()
        } else {
            who.client().anonymous()
        };
        let body = row.body.as_ref().map(|body| {
            serde_json::from_str::<Value>(&self.fill(&body.to_string())).expect("it stays JSON")
        });
        self.send(&client, operation, body.as_ref()).await
    }

    async fn send(&self, client: &Client, operation: &str, body: Option<&Value>) -> Answer {
        let (method, path) = operation.split_once(' ').expect("METHOD /path");
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        // Behind the front door all of them are at one address.
        let at_media = ["/attachments", "/thumbnails", "/avatar", "/icon", "/voice"];
        let client = if at_media.iter().any(|part| path.contains(part)) {
            client.at(self.media.base())
        } else {
            client.clone()
        };
        let path = format!("/api/v1{}", self.fill(path));
        client.send(method, &path, body).await
    }
}

async fn somebody_banned(world: &World, owner: &Person, guild: &str) -> Person {
    let banned = world.person("banned").await;
    owner.bring(guild, &banned).await;
    owner.ban(guild, banned.id()).await;
    banned
}

#[tokio::test]
async fn every_operation_refuses_everybody_who_must_not() {
    let world = World::builder().voice().searches(1).start().await;
    let rows = rows();
    compare(&rows, &operations(&world).await);
    let (ada, zoe) = (world.person("ada").await, world.person("zoe").await);
    let (guild, channel) = ada.create_guild("Guarded").await;
    let closed = ada.create_channel(&guild, "closed").await;
    let role = ada.create_role(&guild, "role", &[]).await;
    ada.bring(&guild, &zoe).await;
    let message = text(&ada.post(&channel, "guarded").await["id"]);
    let secret = text(&ada.post(&closed, "secret").await["id"]);
    let shown = show_image(&world, &ada, &channel).await;
    let hidden = show_image(&world, &ada, &closed).await;
    let (avatar, icon) = give_pictures(&world, &zoe, &ada, &guild).await;
    let code = ada.invite(&guild, json!({})).await;
    ada.deny(&closed, &guild, "role", &["VIEW_CHANNEL"]).await;
    let banned = somebody_banned(&world, &ada, &guild).await;
    let outsider = world.person("outsider").await;

    let places = |channel: &str, message: &str, image: &str| Places {
        media: world.media_door(0),
        values: vec![
            ("{attachment}", image.to_owned()),
            ("{name}", String::from("dot.png")),
            ("{avatar}", avatar.clone()),
            ("{icon}", icon.clone()),
            ("{guild}", guild.clone()),
            ("{channel}", channel.to_owned()),
            ("{message}", message.to_owned()),
            ("{role}", role.clone()),
            ("{target}", role.clone()),
            ("{user}", zoe.id().to_owned()),
            ("{code}", code.clone()),
            ("{session}", ada.account.session_id.clone()),
            ("{domain}", "other.test".to_owned()),
            ("{pattern}", "*.other.test".to_owned()),
            ("{connection}", ada.account.session_id.clone()),
        ],
    };
    let (open, shut) = (
        places(&channel, &message, &shown),
        places(&closed, &secret, &hidden),
    );
    let mut wrong = Vec::new();
    let mut check = |who: &str, operation: &str, answer: &Answer, expected: u16| {
        if answer.status != expected {
            wrong.push(format!(
                "{operation} as {who}: {} instead of {expected}: {}",
                answer.status, answer.body
            ));
        }
    };
    for (index, (operation, row)) in rows.iter().enumerate() {
        let answer = open.call(&outsider, operation, row, false).await;
        match row.about {
            Public => assert_ne!(
                answer.body["error"]["code"], "UNAUTHENTICATED",
                "{operation}"
            ),
            _ => check("nobody", operation, &answer, 401),
        }
        if let Administrator = row.about {
            check(
                "who is no administrator",
                operation,
                &open.call(&ada, operation, row, true).await,
                404,
            );
        }
        if let Guild(expected) | Channel(expected) = row.about {
            check(
                "an outsider",
                operation,
                &open.call(&outsider, operation, row, true).await,
                404,
            );
            check(
                "somebody banned",
                operation,
                &open.call(&banned, operation, row, true).await,
                404,
            );
            // A fresh member each time: some operations end the membership.
            let member = world.person(&format!("member{index}")).await;
            ada.bring(&guild, &member).await;
            if let Channel(_) = row.about {
                check(
                    "a member to whom it is closed",
                    operation,
                    &shut.call(&member, operation, row, true).await,
                    404,
                );
            }
            check(
                "a plain member",
                operation,
                &open.call(&member, operation, row, true).await,
                expected,
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    world.finish().await;
}

#[tokio::test]
async fn with_a_forged_token_nobody_learns_what_is_wrong_with_a_body() {
    let world = World::builder().medias(1).start().await;
    let forger = world.api(0).with_token("made-up");
    let id = "01M88AT210W85TN0N1QH8MRR13".to_owned();
    let rows = rows();
    let names = rows.keys().flat_map(|operation| operation.split('/'));
    let names = names.filter(|part| part.starts_with('{'));
    let places = Places {
        media: world.media_door(0),
        values: names.map(|name| (name, id.clone())).collect(),
    };
    let nonsense = json!({"no such field": 1});
    for (operation, row) in &rows {
        if !matches!(row.about, Public) {
            let answer = places.send(&forger, operation, Some(&nonsense)).await;
            assert_eq!(answer.status, 401, "{operation}: {}", answer.body);
        }
    }
    world.finish().await;
}

#[tokio::test]
async fn a_block_between_two_people_stops_every_way_of_writing_to_each_other() {
    let world = World::builder().medias(1).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, _) = ada.create_guild("Shared").await;
    ada.bring(&guild, &bob).await;
    let open = json!({"recipient_id": bob.id()});
    let channel = text(
        &ada.client()
            .post("/api/v1/users/@me/channels", &open)
            .await
            .expect(201)["id"],
    );
    let message = text(&ada.post(&channel, "before").await["id"]);
    let block = format!("/api/v1/users/@me/blocks/{}", ada.id());
    bob.client()
        .send(Method::PUT, &block, None::<&()>)
        .await
        .expect(204);

    let places = Places {
        media: world.media_door(0),
        values: vec![("{channel}", channel.clone()), ("{message}", message)],
    };
    let rows = rows();
    // Who is blocked may still read what was said before and take back what they said.
    let expected = [
        ("POST /channels/{channel}/messages", 403),
        ("PATCH /channels/{channel}/messages/{message}", 403),
        ("POST /channels/{channel}/typing", 403),
        ("POST /channels/{channel}/attachments?filename=a.json", 403),
        ("GET /channels/{channel}/messages", 200),
        ("DELETE /channels/{channel}/messages/{message}", 204),
    ];
    for (operation, status) in expected {
        let answer = places.call(&ada, operation, &rows[operation], true).await;
        assert_eq!(answer.status, status, "{operation}: {}", answer.body);
    }
    bob.try_post(&channel, "I blocked you")
        .await
        .expect_error(403, "BLOCKED");
    let again = ada.client().post("/api/v1/users/@me/channels", &open).await;
    again.expect_error(403, "BLOCKED");
    world.finish().await;
}
