//! Real text in many languages: the seeding command posts it through the public API, and what is read back is what was written.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use kith_testkit::{Folder, Launch, PATIENCE, Process, RunAs, corpus, until_at_most};
use kith_types::MessageText;
use serde_json::json;
use unicode_normalization::UnicodeNormalization;

use kith_world::people::text;
use kith_world::world::{World, binary};

/// So many that every language gets some, and so few that nobody has to wait for a limit.
const MESSAGES: usize = 120;

/// The texts of every language, as an instance keeps them.
fn texts(folder: &Path, language: &str, all: &mut BTreeMap<String, BTreeSet<String>>) {
    let entries = std::fs::read_dir(folder).expect("./dev corpus has put them there");
    for entry in entries {
        let path = entry.expect("it can be listed").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            let language = if name.len() == 2 { &name } else { language };
            texts(&path, language, all);
        } else if path.extension().is_some() {
            // Indices, and the same texts once more.
        } else if let Ok(file) = std::fs::read_to_string(&path) {
            let texts = file.split("\n%\n").map(str::trim);
            // What an instance refuses (too long, blank) is not posted; the rest it keeps as it is, but for composed characters.
            let kept = texts.filter(|text| MessageText::parse(text).is_ok());
            let kept = kept.map(|text| text.nfc().collect());
            all.entry(language.to_owned()).or_default().extend(kept);
        }
    }
}

#[tokio::test]
async fn what_is_said_in_many_languages_is_read_back_as_it_was_said() {
    let world = World::builder().start().await;
    let sayings = corpus();
    let messages = MESSAGES.to_string();
    let api = world.api(0).base().to_owned();
    let arguments = ["seed", "--api", &api, "--messages", &messages, "--corpus"];
    let mut seeding = Process::start(Launch {
        name: "seed".to_owned(),
        program: binary().with_file_name("kith-bench"),
        arguments: arguments
            .iter()
            .map(OsString::from)
            .chain([sayings.into()])
            .collect(),
        environment: Vec::new(),
        folder: Arc::new(Folder::new("seed", RunAs::Me)),
        run_as: RunAs::Me,
        last_signal: "KILL",
    });
    until_at_most(PATIENCE * 4, "the seeding ends", async || {
        if seeding.is_running() {
            Err("it still posts")
        } else {
            Ok(())
        }
    })
    .await;
    let status = seeding.wait();
    assert!(status.success(), "{status}:\n{}", seeding.log());

    let mut known = BTreeMap::new();
    texts(sayings, "en", &mut known);
    // Everybody whom it made is in the guild; one of them reads.
    let body = json!({"username": "junko", "password": "junko has a password"});
    let session = world.api(0).post("/api/v1/auth/login", &body).await;
    let token = text(&session.expect(200)["tokens"]["access_token"]);
    let reader = world.api(0).with_token(&token);
    let guilds = reader.get("/api/v1/users/@me/guilds").await;
    let guild = text(&guilds.expect(200)[0]["id"]);
    let channels = reader
        .get(&format!("/api/v1/guilds/{guild}/channels"))
        .await;
    let (mut read, mut scripts) = (0, BTreeSet::new());
    for channel in channels.expect(200).as_array().expect("a list") {
        let language = text(&channel["name"]);
        let path = format!(
            "/api/v1/channels/{}/messages?limit=100",
            text(&channel["id"])
        );
        let page = reader.get(&path).await;
        for message in page.expect(200).as_array().expect("a list") {
            let content = text(&message["content"]);
            assert!(
                known[&language].contains(&content),
                "nobody says {content:?} in {language}"
            );
            scripts.extend(content.chars().filter_map(script));
            read += 1;
        }
    }
    assert_eq!(read, MESSAGES);
    let expected = ["Cyrillic", "Latin with marks"];
    assert!(
        expected.iter().all(|one| scripts.contains(one)),
        "{scripts:?}"
    );
    world.finish().await;
}

#[tokio::test]
async fn what_the_corpus_lacks_is_read_back_as_well_and_composed() {
    let world = World::builder().start().await;
    let ada = world.person("ada").await;
    let (_, channel) = ada.create_guild("Scripts").await;
    let composed = [
        ("兰叶春葳蕤，桂华秋皎洁。", "兰叶春葳蕤，桂华秋皎洁。"),
        ("👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽", "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽"),
        ("مرحبا بالعالم", "مرحبا بالعالم"),
        ("e\u{301}te\u{301}", "\u{e9}t\u{e9}"),
        ("\u{1112}\u{1161}\u{11ab}", "\u{d55c}"),
    ];
    for (typed, _) in composed {
        ada.post(&channel, typed).await;
    }
    let page = ada.read(&channel, "").await;
    let read = page.expect(200).as_array().expect("a list");
    for (message, (_, kept)) in read.iter().zip(composed) {
        assert_eq!(message["content"], kept);
    }
    assert_eq!(read.len(), composed.len());
    world.finish().await;
}

/// What shows that a text is not plain ASCII.
fn script(character: char) -> Option<&'static str> {
    match character {
        'À'..='ž' => Some("Latin with marks"),
        'А'..='я' => Some("Cyrillic"),
        _ => None,
    }
}
