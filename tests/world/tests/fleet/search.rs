//! Searching: who finds what, and what happens when parts of it are gone.

use std::collections::BTreeSet;

use kith_testkit::{Answer, until};
use reqwest::Method;
use serde_json::{Value, json};

use kith_world::people::{Person, text};
use kith_world::world::World;

/// What somebody finds in a guild or channel, whatever comes back.
pub(crate) async fn search(who: &Person, place: &str, query: &[(&str, &str)]) -> Answer {
    let url = reqwest::Url::parse_with_params("http://kith", query).expect("it is a query");
    let path = format!(
        "/api/v1/{place}/messages/search?{}",
        url.query().unwrap_or_default()
    );
    who.client().get(&path).await
}

/// The contents of what was found.
fn contents(answer: &Answer) -> Vec<String> {
    let messages = answer.expect(200)["messages"].as_array().expect("a list");
    let contents = messages
        .iter()
        .map(|found| text(&found["message"]["content"]));
    contents.collect()
}

/// The contents of what somebody finds.
async fn found(who: &Person, place: &str, query: &[(&str, &str)]) -> Vec<String> {
    contents(&search(who, place, query).await)
}

/// Waits until somebody finds exactly this.
async fn finds(who: &Person, place: &str, query: &[(&str, &str)], expected: &[&str]) {
    until(&format!("{query:?} finds {expected:?}"), async || {
        let answer = search(who, place, query).await;
        if answer.status == 200 && contents(&answer) == expected {
            Ok(())
        } else {
            Err(answer.body.to_string())
        }
    })
    .await;
}

/// The contents of all that somebody finds, page by page; none if search does not answer.
pub(crate) async fn everything(who: &Person, place: &str, words: &str) -> Option<Vec<String>> {
    let (mut all, mut cursor): (_, Option<String>) = (Vec::new(), None);
    loop {
        let mut query = vec![("content", words)];
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let answer = search(who, place, &query).await;
        if answer.status == 503 {
            return None;
        }
        let page = contents(&answer);
        let next = answer.body["data"]["next"].as_str().map(str::to_owned);
        assert!(
            next.is_none() || page.len() == 25,
            "a page before the last is full"
        );
        all.extend(page);
        if next.is_none() {
            return Some(all);
        }
        cursor = next;
    }
}

pub(crate) fn content(text: &str) -> [(&str, &str); 1] {
    [("content", text)]
}

#[tokio::test]
async fn words_phrases_and_filters_find_what_was_said_newest_first() {
    let world = World::builder().searches(1).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Found").await;
    let other = ada.create_channel(&guild, "other").await;
    ada.bring(&guild, &bob).await;
    let place = format!("guilds/{guild}");
    let first = ada
        .post(&channel, "The fortunate runner was running late")
        .await;
    let hello = format!("<@{}> see https://kith.example/fortune", bob.id());
    ada.post(&other, &hello).await;
    bob.post(&other, "Ein Überfluß an Glück, 我爱北京天安门")
        .await;

    finds(
        &ada,
        &place,
        &content("fortun"),
        &[&hello, "The fortunate runner was running late"],
    )
    .await;
    for (query, expected) in [
        ("runs", vec!["The fortunate runner was running late"]),
        (
            "\"running late\"",
            vec!["The fortunate runner was running late"],
        ),
        ("\"late running\"", vec![]),
        ("fortun -runner", vec![hello.as_str()]),
        // German knows «ß» as «ss».
        ("uberfluss", vec!["Ein Überfluß an Glück, 我爱北京天安门"]),
        ("uberfluß", vec!["Ein Überfluß an Glück, 我爱北京天安门"]),
        ("北京", vec!["Ein Überfluß an Glück, 我爱北京天安门"]),
        ("京", vec!["Ein Überfluß an Glück, 我爱北京天安门"]),
        ("京北", vec![]),
    ] {
        assert_eq!(
            found(&bob, &place, &content(query)).await,
            expected,
            "{query}"
        );
    }
    for (filter, expected) in [
        (
            ("author_id", bob.id()),
            vec!["Ein Überfluß an Glück, 我爱北京天安门"],
        ),
        (("mentions", bob.id()), vec![hello.as_str()]),
        (("has", "link"), vec![hello.as_str()]),
        (("before", "2020-01-01T00:00:00Z"), vec![]),
        (("after", "2100-01-01T00:00:00Z"), vec![]),
    ] {
        assert_eq!(found(&bob, &place, &[filter]).await, expected, "{filter:?}");
    }
    let in_channel = format!("channels/{channel}");
    assert_eq!(
        found(&bob, &in_channel, &content("fortun")).await,
        ["The fortunate runner was running late"]
    );

    // What was found is marked, its other forms too, and pages follow each other without a gap.
    let answer = search(&ada, &place, &content("runs")).await;
    let pieces = &answer.expect(200)["messages"][0]["pieces"];
    let pieces = pieces.as_array().expect("a list");
    let marked: Vec<_> = pieces
        .iter()
        .filter(|piece| piece["is_match"] == true)
        .collect();
    assert_eq!(marked.len(), 1, "{pieces:?}");
    assert_eq!(marked[0]["text"], "running");
    let page = search(&ada, &place, &[("limit", "2")]).await;
    let next = text(&page.expect(200)["next"]);
    let rest = search(&ada, &place, &[("limit", "2"), ("cursor", &next)]).await;
    assert_eq!(
        rest.expect(200)["messages"][0]["message"]["id"],
        first["id"]
    );
    assert_eq!(rest.body["data"]["next"], Value::Null);

    for (field, value) in [
        ("limit", "0"),
        ("content", &"x".repeat(257)),
        ("has", "nonsense"),
        ("author_id", "nobody"),
        ("before", "yesterday"),
        ("nonsense", "1"),
    ] {
        let refused = search(&ada, &place, &[(field, value)]).await;
        refused.expect_error(400, "INVALID_REQUEST");
        assert_eq!(
            refused.body["error"]["details"][0]["field"], field,
            "{}",
            refused.body
        );
    }
    world.finish().await;
}

#[tokio::test]
async fn nobody_finds_what_they_may_not_read() {
    let world = World::builder().searches(1).start().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (banned, outsider) = (world.person("banned").await, world.person("outsider").await);
    let (guild, channel) = ada.create_guild("Guarded").await;
    let closed = ada.create_channel(&guild, "closed").await;
    let doomed = ada.create_channel(&guild, "doomed").await;
    for member in [&bob, &banned] {
        ada.bring(&guild, member).await;
    }
    ada.post(&channel, "treasure in the open").await;
    ada.post(&closed, "treasure in the dark").await;
    ada.post(&doomed, "treasure on the brink").await;
    let place = format!("guilds/{guild}");
    let treasure = content("treasure");
    let all = [
        "treasure on the brink",
        "treasure in the dark",
        "treasure in the open",
    ];
    finds(&bob, &place, &treasure, &all).await;

    // Lesson 3: with neither right a channel is not searched, and is not there by itself.
    ada.deny(&closed, &guild, "role", &["READ_MESSAGE_HISTORY"])
        .await;
    assert_eq!(found(&bob, &place, &treasure).await, [all[0], all[2]]);
    search(&bob, &format!("channels/{closed}"), &treasure)
        .await
        .expect_error(403, "MISSING_PERMISSION");
    ada.deny(&closed, &guild, "role", &["VIEW_CHANNEL"]).await;
    assert_eq!(found(&bob, &place, &treasure).await, [all[0], all[2]]);
    search(&bob, &format!("channels/{closed}"), &treasure)
        .await
        .expect_error(404, "NOT_FOUND");
    // Pages are full of what may be read: what may not takes no place.
    let page = search(&bob, &place, &[("content", "treasure"), ("limit", "2")]).await;
    assert_eq!(
        page.expect(200)["messages"].as_array().map(Vec::len),
        Some(2)
    );
    assert_eq!(page.body["data"]["next"], Value::Null);

    // What is deleted is found no more, at once, and soon not even in the index.
    let path = format!("/api/v1/channels/{doomed}");
    ada.client().delete(&path).await.expect(204);
    assert_eq!(found(&ada, &place, &treasure).await, [all[1], all[2]]);
    until(
        "the deleted channel has left the index",
        async || match world
            .count("SELECT count(*) FROM search_documents WHERE folded LIKE '%brink%'")
            .await
        {
            0 => Ok(()),
            left => Err(format!("{left} are left")),
        },
    )
    .await;

    // Lessons 1 and 2.
    search(&outsider, &place, &treasure)
        .await
        .expect_error(404, "NOT_FOUND");
    search(&outsider, &format!("channels/{channel}"), &treasure)
        .await
        .expect_error(404, "NOT_FOUND");
    ada.ban(&guild, banned.id()).await;
    search(&banned, &place, &treasure)
        .await
        .expect_error(404, "NOT_FOUND");

    // A direct message is found by its two people only.
    let open = json!({"recipient_id": bob.id()});
    let direct = ada.client().post("/api/v1/users/@me/channels", &open).await;
    let direct = format!("channels/{}", text(&direct.expect(201)["id"]));
    ada.post(&direct["channels/".len()..], "our treasure").await;
    finds(&bob, &direct, &treasure, &["our treasure"]).await;
    search(&outsider, &direct, &treasure)
        .await
        .expect_error(404, "NOT_FOUND");
    assert_eq!(found(&bob, &place, &treasure).await, [all[2]]);
    world.finish().await;
}

#[tokio::test]
async fn edits_and_deletions_are_followed() {
    let world = World::builder().searches(2).start().await;
    let ada = world.person("ada").await;
    let (guild, channel) = ada.create_guild("Changing").await;
    let place = format!("guilds/{guild}");
    let message = text(&ada.post(&channel, "a caterpillar").await["id"]);
    finds(&ada, &place, &content("caterpillar"), &["a caterpillar"]).await;
    let path = format!("/api/v1/channels/{channel}/messages/{message}");
    let edit = json!({"content": "a butterfly"});
    ada.client()
        .send(Method::PATCH, &path, Some(&edit))
        .await
        .expect(200);
    finds(&ada, &place, &content("butterfly"), &["a butterfly"]).await;
    assert_eq!(found(&ada, &place, &content("caterpillar")).await, [""; 0]);
    ada.client().delete(&path).await.expect(204);
    // At once, however far the index is.
    assert_eq!(found(&ada, &place, &content("butterfly")).await, [""; 0]);
    until(
        "the deleted message has left the index",
        async || match world.count("SELECT count(*) FROM search_documents").await {
            0 => Ok(()),
            left => Err(format!("{left} are left")),
        },
    )
    .await;
    world.finish().await;
}

#[tokio::test]
async fn a_killed_search_process_catches_up_with_everything_that_was_acknowledged() {
    let mut world = World::builder().searches(1).start().await;
    let ada = world.person("ada").await;
    let (guild, channel) = ada.create_guild("Killed").await;
    let place = format!("guilds/{guild}");
    ada.post(&channel, "ember before").await;
    finds(&ada, &place, &content("ember"), &["ember before"]).await;

    let mut acknowledged = BTreeSet::from(["ember before".to_owned()]);
    for index in 0..120 {
        if index == 40 {
            world.searches[0].process.kill();
        }
        if index == 80 {
            world.searches[0].process.restart();
        }
        let said = format!("ember {index}");
        ada.post(&channel, &said).await;
        acknowledged.insert(said);
    }
    world.searches[0].ready().await;
    until("everything is indexed", async || {
        match world.count("SELECT count(*) FROM search_documents").await {
            121 => Ok(()),
            count => Err(format!("{count} are")),
        }
    })
    .await;
    // Each of them once.
    let all = everything(&ada, &place, "ember").await;
    let all = all.expect("search answers");
    assert_eq!(all.len(), acknowledged.len());
    assert_eq!(BTreeSet::from_iter(all), acknowledged);
    world.finish().await;
}

#[tokio::test]
async fn without_the_search_service_only_search_is_503() {
    let mut world = World::builder().searches(1).start().await;
    let ada = world.person("ada").await;
    let (guild, channel) = ada.create_guild("Alone").await;
    let place = format!("guilds/{guild}");
    world.searches[0].process.kill();
    let refused = search(&ada, &place, &content("meanwhile")).await;
    refused.expect_error(503, "UNAVAILABLE");
    assert!(refused.retry_after().is_some());
    ada.post(&channel, "meanwhile").await;
    world.searches[0].process.restart();
    finds(&ada, &place, &content("meanwhile"), &["meanwhile"]).await;
    world.finish().await;
}

#[tokio::test]
async fn what_was_said_without_nats_is_found_when_it_is_back() {
    let mut world = World::builder().searches(1).start().await;
    let ada = world.person("ada").await;
    let (guild, channel) = ada.create_guild("No broker").await;
    let place = format!("guilds/{guild}");
    world.nats.kill();
    ada.post(&channel, "into the void").await;
    search(&ada, &place, &content("void"))
        .await
        .expect_error(503, "UNAVAILABLE");
    world.nats.restart().await;
    finds(&ada, &place, &content("void"), &["into the void"]).await;
    // A stream that comes back with nothing knows nothing of what was said before: the messages do.
    world.nats.kill();
    let message = text(&ada.post(&channel, "unheard of").await["id"]);
    world.nats.restart_empty().await;
    finds(&ada, &place, &content("unheard"), &["unheard of"]).await;
    let path = format!("/api/v1/channels/{channel}/messages/{message}");
    ada.client().delete(&path).await.expect(204);
    until("it has left the index", async || {
        match world
            .count("SELECT count(*) FROM search_documents WHERE folded LIKE '%unheard%'")
            .await
        {
            0 => Ok(()),
            left => Err(format!("{left} are left")),
        }
    })
    .await;
    world
        .finish_despite(&["the stream has lost events", "the stream is another one"])
        .await;
}

#[tokio::test]
async fn the_index_is_made_anew_while_people_post() {
    let mut world = World::builder().searches(1).start().await;
    let ada = world.person("ada").await;
    let (guild, channel) = ada.create_guild("Anew").await;
    let place = format!("guilds/{guild}");
    for index in 0..60 {
        ada.post(&channel, &format!("granite {index}")).await;
    }
    until("everything is indexed", async || {
        match world.count("SELECT count(*) FROM search_documents").await {
            60 => Ok(()),
            count => Err(format!("{count} are")),
        }
    })
    .await;
    // Nobody but the command works at it.
    world.searches[0].process.kill();
    world.execute("DELETE FROM search_documents").await;
    world
        .execute("INSERT INTO search_documents SELECT id, channel_id, NULL, author_id, '{}', 'nobody said this', '' FROM messages LIMIT 1")
        .await;
    let posting = async {
        for index in 60..90 {
            ada.post(&channel, &format!("granite {index}")).await;
        }
    };
    let (told, ()) = tokio::join!(world.admin(&["reindex"], ""), posting);
    assert!(told.contains("the index is made anew"), "{told}");
    let wrong = world
        .count("SELECT count(*) FROM search_documents WHERE folded LIKE '%nobody%'")
        .await;
    assert_eq!(wrong, 0);
    world.searches[0].process.restart();
    until("everything is indexed", async || {
        match world.count("SELECT count(*) FROM search_documents").await {
            90 => Ok(()),
            count => Err(format!("{count} are")),
        }
    })
    .await;
    assert_eq!(
        found(&ada, &place, &content("\"granite 89\"")).await,
        ["granite 89"]
    );
    assert_eq!(
        found(&ada, &place, &content("\"granite 7\"")).await,
        ["granite 7"]
    );
    world.finish().await;
}

#[tokio::test]
async fn a_message_that_cannot_be_indexed_holds_up_nobody_and_is_parked() {
    let world = World::builder().searches(1).start().await;
    let ada = world.person("ada").await;
    let (guild, channel) = ada.create_guild("Parked").await;
    let place = format!("guilds/{guild}");
    world
        .execute(
            "ALTER TABLE search_documents ADD CONSTRAINT poison CHECK (folded NOT LIKE '%poison%')",
        )
        .await;
    ada.post(&channel, "poison").await;
    ada.post(&channel, "and a remedy").await;
    finds(&ada, &place, &content("remedy"), &["and a remedy"]).await;
    until("it is parked", async || {
        let metrics = world.searches[0].metrics().await;
        match metrics
            .lines()
            .find(|line| line.starts_with("kith_search_parked"))
        {
            Some("kith_search_parked 1") => Ok(()),
            line => Err(format!("{line:?}")),
        }
    })
    .await;
    world
        .execute("ALTER TABLE search_documents DROP CONSTRAINT poison")
        .await;
    world.admin(&["reindex"], "").await;
    finds(&ada, &place, &content("poison"), &["poison"]).await;
    assert_eq!(world.count("SELECT count(*) FROM search_parked").await, 0);
    world
        .finish_despite(&["cannot be indexed and is parked"])
        .await;
}
