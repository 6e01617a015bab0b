//! Access changes and messages in any order, as several api processes bring them into the stream: each aggregate in
//! its own order, and the guild's facts ahead of all of them.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use kith_events::StoredEvent;
use kith_testkit::Gateway;
use kith_types::{Entropy, Permissions, SeededEntropy};

use crate::fleet::{Fleet, Running, leave};
use crate::truth::{Truth, token};

const PEOPLE: [u8; 5] = [1, 2, 3, 4, 5];
const CHANNELS: u8 = 2;

struct Chance(SeededEntropy);

impl Chance {
    fn below(&self, limit: usize) -> usize {
        (self.0.next_u64() % limit as u64) as usize
    }
}

/// A message, and under which `access_version` it was written.
struct Written {
    version: i64,
    to: u8,
    content: String,
}

/// What was true at each `access_version`: who could view which channel.
type Sights = BTreeMap<i64, HashMap<u8, Vec<u8>>>;

fn note(fleet: &Fleet, sights: &mut Sights) {
    let mut truth = fleet.truth.lock().unwrap();
    for it in 0..CHANNELS {
        let (version, who) = truth.who_views(1, it, &PEOPLE);
        sights.entry(version).or_default().insert(it, who);
    }
}

/// Something happens in the guild.
fn act(fleet: &Fleet, chance: &Chance, hidden: &mut bool, away: &mut Vec<u8>) -> StoredEvent {
    fleet.keeps(|truth| match chance.below(4) {
        0 => {
            *hidden = !*hidden;
            let deny = if *hidden {
                Permissions::VIEW_CHANNEL
            } else {
                Permissions::empty()
            };
            truth.overwrite(1, 1, deny)
        }
        1 if away.is_empty() => {
            let who = PEOPLE[1 + chance.below(PEOPLE.len() - 1)];
            away.push(who);
            truth.remove(1, who)
        }
        1 => truth.join(1, away.remove(0)),
        2 => {
            let every = Permissions::DEFAULT_EVERYONE;
            let more = if chance.below(2) == 0 {
                Permissions::MANAGE_MESSAGES
            } else {
                every
            };
            truth.update_role(1, 1, more)
        }
        _ => truth.update_member(1, 1, |member| member.nick = Some("nick".to_owned())),
    })
}

async fn run(seed: u64) {
    let chance = Chance(SeededEntropy::new(seed));
    let mut truth = Truth::new();
    truth.found(1, &PEOPLE, CHANNELS);
    let fleet = Fleet::start(truth).await;
    let gateway = fleet.gateway().await;
    let mut clients = Vec::new();
    for who in PEOPLE {
        clients.push((who, gateway.ready(who).await));
    }
    let (mut sights, mut written) = (Sights::new(), Vec::new());
    note(&fleet, &mut sights);
    // One queue for the guild's own events and one for each channel's messages.
    let mut queues: Vec<VecDeque<StoredEvent>> = vec![VecDeque::new(); 1 + usize::from(CHANNELS)];
    let (mut hidden, mut away) = (false, Vec::new());
    for step in 0..150 {
        if chance.below(4) == 0 {
            let event = act(&fleet, &chance, &mut hidden, &mut away);
            note(&fleet, &mut sights);
            queues[0].push_back(event);
        } else {
            let to = chance.below(usize::from(CHANNELS)) as u8;
            let content = format!("message {step}");
            let event = fleet.keeps(|truth| truth.post(1, to, &content));
            let version = event.head.access_version.unwrap();
            written.push(Written {
                version,
                to,
                content,
            });
            queues[1 + usize::from(to)].push_back(event);
        }
        let queue = chance.below(queues.len());
        for event in queues[queue].drain(..).collect::<Vec<_>>() {
            fleet.publish(&event).await;
        }
    }
    for event in queues.into_iter().flatten() {
        fleet.publish(&event).await;
    }
    for (who, client) in &mut clients {
        fleet.does(|truth| truth.post(1, 0, "last of all")).await;
        let read_seq = 1000 + seed as i64;
        fleet.does(|truth| truth.read(*who, read_seq)).await;
        client
            .expect_where("READ_STATE_UPDATE", |d| {
                d["read_state"]["read_seq"] == read_seq
            })
            .await;
        settle(client, away.contains(who)).await;
        judge(seed, *who, client, &sights, &written);
    }
}

/// Waits for snapshots that are still on their way: the guild's events follow them.
async fn settle(client: &mut Gateway, away: bool) {
    if !away && !crate::fleet::contents(client).contains(&"last of all") {
        crate::fleet::hears(client, "last of all").await;
    }
}

fn judge(seed: u64, who: u8, client: &Gateway, sights: &Sights, written: &[Written]) {
    let views = |version: i64, to: u8| sights[&version][&to].contains(&who);
    let mut last_seqs = HashMap::new();
    for frame in client.dispatches("MESSAGE_CREATE") {
        let message = &frame["d"]["message"];
        let seq = message["seq"].as_i64().unwrap();
        let before = last_seqs.insert(message["channel_id"].to_string(), seq);
        assert!(
            before.is_none_or(|before| before < seq),
            "seed {seed}: {who} got {seq} after {before:?}"
        );
    }
    let heard = crate::fleet::contents(client);
    // Who joins finds what was said before their guild came in its history.
    let created = client.dispatches("GUILD_CREATE");
    let versions = created
        .iter()
        .filter_map(|frame| frame["d"]["access_version"].as_i64());
    let in_history = versions.max().filter(|version| *version > 1).unwrap_or(0);
    for it in written {
        let later: Vec<bool> = sights
            .range(it.version..)
            .map(|(version, _)| views(*version, it.to))
            .collect();
        let heard = heard.contains(&it.content.as_str());
        let context = || {
            let frames: Vec<_> = client.received().iter().map(ToString::to_string).collect();
            format!(
                "seed {seed}, person {who}, {} of version {} in {}:\n{}",
                it.content,
                it.version,
                it.to,
                frames.join("\n")
            )
        };
        assert!(
            !heard || later.contains(&true),
            "heard what was never theirs: {}",
            context()
        );
        assert!(
            heard || later.contains(&false) || it.version <= in_history,
            "missed what was always theirs: {}",
            context()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_misses_what_is_theirs_or_hears_what_is_not_in_whatever_order_it_comes() {
    for seed in 1..=8 {
        run(seed).await;
    }
}

/// Reads a little, then breaks off and goes on elsewhere.
async fn wander(
    mut client: Gateway,
    gateways: &[Running],
    chance: &Chance,
    who: u8,
    all: &[String],
) -> Vec<String> {
    let mut heard: Vec<String> = Vec::new();
    while heard.last() != all.last() {
        for _ in 0..chance.below(10) {
            let Ok(Ok(_)) =
                tokio::time::timeout(std::time::Duration::from_millis(20), client.frame()).await
            else {
                break;
            };
        }
        for content in crate::fleet::contents(&client) {
            // A repeat is possible; what was heard before is not news.
            if !heard.iter().any(|it| it == content) {
                heard.push(content.to_owned());
            }
        }
        let place = leave(client);
        client = gateways[chance.below(gateways.len())]
            .resume(who, &place)
            .await;
    }
    heard
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wanders_between_gateways_hears_everything_once_and_in_order() {
    let mut truth = Truth::new();
    truth.found(1, &PEOPLE, CHANNELS);
    let fleet = Fleet::start(truth).await;
    let gateways = [fleet.gateway().await, fleet.gateway().await];
    let chance = Chance(SeededEntropy::new(7));
    let all: Vec<String> = (0..200).map(|number| format!("message {number}")).collect();
    let posting = async {
        for content in &all {
            fleet.does(|truth| truth.post(1, 0, content)).await;
            tokio::task::yield_now().await;
        }
    };
    let client = gateways[0].ready(2).await;
    let (heard, ()) = tokio::join!(wander(client, &gateways, &chance, 2, &all), posting);
    assert_eq!(heard, all);
}

/// The channels that a client knows of, by what it has received in order.
#[derive(Default)]
struct Known(HashSet<String>);

impl Known {
    /// Takes what a connection has received; what it hears must be of a channel that it knows.
    fn take(&mut self, client: &Gateway, context: &str) {
        for (index, frame) in client.received().iter().enumerate() {
            let d = &frame["d"];
            match frame["t"].as_str() {
                Some("GUILD_CREATE" | "GUILD_SYNC") => {
                    let channels = d["channels"].as_array().into_iter().flatten();
                    self.0 = channels.map(|it| it["id"].to_string()).collect();
                }
                Some("GUILD_DELETE") => self.0.clear(),
                Some("MESSAGE_CREATE") => {
                    let channel = d["message"]["channel_id"].to_string();
                    let before = || {
                        let lines = client.received()[..=index].iter().map(ToString::to_string);
                        lines.collect::<Vec<_>>().join("\n")
                    };
                    assert!(self.0.contains(&channel), "{context}:\n{}", before());
                }
                _ => {}
            }
        }
    }
}

/// Breaks off and goes on elsewhere, again and again, while rights change and several processes tell of it in any order.
async fn wander_among_changes(seed: u64) {
    let mut truth = Truth::new();
    truth.found(1, &PEOPLE, CHANNELS);
    let fleet = Fleet::start(truth).await;
    let gateways = [fleet.gateway().await, fleet.gateway().await];
    let happens = async {
        let chance = Chance(SeededEntropy::new(seed));
        let (mut hidden, mut away) = (false, Vec::new());
        let mut queues: Vec<VecDeque<StoredEvent>> =
            vec![VecDeque::new(); 1 + usize::from(CHANNELS)];
        for step in 0..400 {
            if chance.below(3) == 0 {
                queues[0].push_back(act(&fleet, &chance, &mut hidden, &mut away));
            } else {
                let to = chance.below(usize::from(CHANNELS)) as u8;
                let event = fleet.keeps(|truth| truth.post(1, to, &format!("message {step}")));
                queues[1 + usize::from(to)].push_back(event);
            }
            let queue = chance.below(queues.len());
            for event in queues[queue].drain(..).collect::<Vec<_>>() {
                fleet.publish(&event).await;
            }
        }
    };
    let mut happens = std::pin::pin!(happens);
    let chance = Chance(SeededEntropy::new(1000 + seed));
    let mut wanders = Vec::new();
    for who in PEOPLE {
        wanders.push((who, gateways[0].ready(who).await, Known::default()));
    }
    loop {
        for (who, client, known) in &mut wanders {
            let frames = chance.below(12);
            let listens = async {
                for _ in 0..frames {
                    client.frame().await.expect("the gateway stays");
                }
            };
            let patience = std::time::Duration::from_millis(20);
            tokio::select! {
                () = &mut happens => return,
                _ = tokio::time::timeout(patience, listens) => {}
            }
            known.take(client, &format!("seed {seed}, person {who}"));
            let next = &gateways[chance.below(gateways.len())];
            let next = Gateway::connect(&next.url).await;
            let before = leave(std::mem::replace(client, next));
            let token = token(*who);
            let sent = client.go_on(&token, &before.session_id, before.s);
            sent.await.expect("the gateway stays");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wanders_while_rights_change_knows_every_channel_that_they_hear_of() {
    for seed in 1..=6 {
        wander_among_changes(seed).await;
    }
}
