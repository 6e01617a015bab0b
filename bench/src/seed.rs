//! Fills an instance with real text in many languages, written by many people, through the public API.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use kith_types::{Entropy, MessageText, SeededEntropy};
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Person, Target};

const NAMES: [&str; 12] = [
    "ada", "blaise", "chinua", "dorothea", "emilia", "fyodor", "gabriela", "hypatia", "ibn_sina",
    "junko", "karel", "laozi",
];

/// Texts by language, as the folders of Debian's fortune files name them (`de`, `es`, …; `en` at the top).
pub(crate) type Corpus = BTreeMap<String, Vec<String>>;

/// Reads every fortune file below `folder`: UTF-8 texts with a line of `%` between them.
pub(crate) fn read_corpus(folder: &Path) -> Result<Corpus> {
    let mut corpus = Corpus::new();
    let mut folders = vec![(folder.to_owned(), "en".to_owned())];
    while let Some((folder, language)) = folders.pop() {
        let mut entries: Vec<PathBuf> = fs::read_dir(&folder)
            .with_context(|| folder.display().to_string())?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<_>>()?;
        // The order of a directory is chance; the same seed must give the same conversation.
        entries.sort();
        for path in entries {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if path.is_dir() {
                let language = if name.len() == 2 {
                    name
                } else {
                    language.clone()
                };
                folders.push((path, language));
            } else if path.extension().is_none()
                && let Ok(text) = fs::read_to_string(&path)
            {
                let texts = text.split("\n%\n").map(str::trim);
                // What the instance would refuse (too long, blank) is not part of the corpus.
                let texts = texts.filter(|text| MessageText::parse(text).is_ok());
                corpus
                    .entry(language.clone())
                    .or_default()
                    .extend(texts.map(str::to_owned));
            }
        }
    }
    corpus.retain(|_, texts| !texts.is_empty());
    ensure!(
        !corpus.is_empty(),
        "no fortune files below {}",
        folder.display()
    );
    Ok(corpus)
}

/// Makes people and a guild with a channel per language, and lets them talk.
pub(crate) async fn run(
    target: &Target,
    corpus: &Corpus,
    messages: u64,
    seed: u64,
) -> Result<Value> {
    let chance = SeededEntropy::new(seed);
    let mut people: Vec<Person> = Vec::new();
    for name in NAMES {
        people.push(target.sign_in(name).await?);
    }
    let (guild, _) = target.guild("Polyglot", &people).await?;
    let mut channels = Vec::new();
    for language in corpus.keys() {
        let body = json!({"name": language, "topic": format!("Sayings in «{language}»")});
        let path = format!("/guilds/{guild}/channels");
        let channel = target
            .call(Some(&people[0].token), Method::POST, &path, Some(&body))
            .await?;
        channels.push((
            language,
            channel["id"].as_str().context("no channel id")?.to_owned(),
        ));
    }
    let bar = ProgressBar::new(messages).with_style(
        ProgressStyle::with_template("{bar:40} {pos}/{len} messages")
            .expect("the template is valid"),
    );
    let pick = |length: usize| (chance.next_u64() % length as u64) as usize;
    for index in 0..messages {
        let (language, channel) = &channels[pick(channels.len())];
        let texts = &corpus[*language];
        let body =
            json!({"content": texts[pick(texts.len())], "nonce": format!("seed-{seed}-{index}")});
        let path = format!("/channels/{channel}/messages");
        let author = &people[pick(people.len())];
        target
            .call(Some(&author.token), Method::POST, &path, Some(&body))
            .await?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    let languages: Vec<_> = corpus.keys().collect();
    Ok(json!({"guild": guild, "messages": messages, "languages": languages, "people": NAMES}))
}
