//! The rights of `deploy/nats.conf` are enough for each role, and no more than that, however indirectly it is tried.

mod attacks;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_nats::{Client, Subscriber};
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use kith_bus::{Bus, BusOptions, IMAGES, IngestItem, SEARCH, StreamLimits};
use kith_events::rpc::{CheckSessions, IngestBegin, OpenIngest, ValidSessions};
use kith_events::{Ephemeral, Namespace};
use kith_testkit::{Nats, until, workspace};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use self::attacks::{body, powers, victims};
use crate::support::{Events, Reader, ensure_stream, publish_many, publish_until_stored};

const ROLES: [&str; 6] = [
    "api",
    "gateway",
    "presence",
    "media",
    "search",
    "federation",
];
/// In every subject to which somebody tries to have something written.
const MARK: &str = "forged";
const ID: &str = "01M7X094NF15018JC8E57M87Z4";

/// A server with the rights of an instance.
struct Fleet {
    server: Nats,
    config: String,
}

impl Fleet {
    async fn start() -> Self {
        let config = std::fs::read_to_string(workspace().join("deploy/nats.conf"))
            .expect("the configuration is part of the repository");
        let users = ROLES.into_iter().chain(["ops"]);
        let passwords: Vec<_> = users
            .map(|user| {
                (
                    format!("KITH_{}_NATS_PASSWORD", user.to_uppercase()),
                    secret(user),
                )
            })
            .collect();
        let environment: Vec<_> = passwords
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let server = Nats::with_config(&config, &environment).await;
        Self { server, config }
    }

    async fn bus(&self, user: &str) -> Bus {
        let options = BusOptions {
            url: self.server.url(),
            login: Some((user.to_owned(), secret(user).into())),
            name: String::from("test"),
            namespace: Namespace::new("kith"),
        };
        let bus = Bus::connect(options)
            .await
            .expect("the server is there and answers as it should");
        bus.connected().await;
        bus
    }

    /// A connection that says and asks whatever it likes.
    async fn raw(&self, user: &str) -> Client {
        let options = async_nats::ConnectOptions::new()
            .user_and_password(user.to_owned(), secret(user))
            .custom_inbox_prefix(format!("_INBOX_{user}"))
            .request_timeout(Some(Duration::from_secs(5)));
        options
            .connect(self.server.url())
            .await
            .expect("the server is there and answers as it should")
    }

    /// Does all that api does before anybody else can do anything.
    async fn prepared(&self) -> Bus {
        let api = self.bus("api").await;
        ensure_stream(&api).await;
        api.ensure_consumers(1)
            .await
            .expect("the server is there and answers as it should");
        api
    }

    /// What the configuration lets a user publish and hear.
    fn rights(&self, user: &str) -> (Vec<String>, Vec<String>) {
        let (_, rest) = self
            .config
            .split_once(&format!("user: {user}\n"))
            .expect("the server is there and answers as it should");
        let list = |name: &str| {
            let (_, rest) = rest
                .split_once(name)
                .expect("the server is there and answers as it should");
            let (list, _) = rest
                .split_once(']')
                .expect("the server is there and answers as it should");
            let words = list.split('"').skip(1).step_by(2);
            words.map(str::to_owned).collect()
        };
        (list("publish:"), list("subscribe:"))
    }

    fn violations(&self) -> Vec<String> {
        let log = self.server.log();
        let lines = log.lines().filter(|line| line.contains("Violation"));
        lines.map(str::to_owned).collect()
    }
}

fn secret(user: &str) -> String {
    format!("secret-of-{user}")
}

/// Whether a subject matches a pattern.
fn matches(pattern: &str, subject: &str) -> bool {
    let mut tokens = subject.split('.');
    for wanted in pattern.split('.') {
        match (wanted, tokens.next()) {
            (">", Some(_)) => return true,
            ("*", Some(_)) => {}
            (wanted, token) if token == Some(wanted) => {}
            _ => return false,
        }
    }
    tokens.next().is_none()
}

async fn ask(client: &Client, subject: &str, body: &Value) -> Value {
    let body = Bytes::from(body.to_string());
    let answer = client
        .request(subject.to_owned(), body)
        .await
        .expect("the server is there and answers as it should");
    serde_json::from_slice(&answer.payload).expect("the server is there and answers as it should")
}

/// Everything that is stored, and how it is set up: what nobody below api may change.
async fn stored(ops: &Client) -> Value {
    let mut all = BTreeMap::new();
    for stream in ["KITH_EVENTS", "KITH_JOBS"] {
        let info = ask(ops, &format!("$JS.API.STREAM.INFO.{stream}"), &json!({})).await;
        let consumers = ask(ops, &format!("$JS.API.CONSUMER.LIST.{stream}"), &json!({})).await;
        let consumers = consumers["consumers"]
            .as_array()
            .expect("the server is there and answers as it should")
            .iter();
        let consumers: BTreeMap<_, _> = consumers
            .filter(|consumer| {
                !consumer["name"]
                    .as_str()
                    .expect("the server is there and answers as it should")
                    .starts_with("gateway-")
            })
            .map(|consumer| (consumer["name"].to_string(), consumer["config"].clone()))
            .collect();
        // Jobs come and go.
        let last = (stream == "KITH_EVENTS").then_some(&info["state"]["last_seq"]);
        all.insert(stream, json!([info["config"], last, consumers]));
    }
    let names = ask(ops, "$JS.API.STREAM.NAMES", &json!({})).await;
    json!([all, names["streams"]])
}

/// Returns when the server has done all that this connection said, and all that it had for it has come.
async fn settle(client: &Client) {
    let mut last = client
        .subscribe(client.new_inbox())
        .await
        .expect("the server is there and answers as it should");
    // It closes when the server has answered to a ping that is sent now.
    last.drain()
        .await
        .expect("the server is there and answers as it should");
    while last.next().await.is_some() {}
}

/// Everything on which somebody hears something.
struct Ears {
    client: Client,
    subscribers: Vec<Subscriber>,
}

impl Ears {
    async fn open(client: Client, subjects: &[String]) -> Self {
        let mut subscribers = Vec::new();
        for subject in subjects {
            subscribers.push(
                client
                    .subscribe(subject.clone())
                    .await
                    .expect("the server is there and answers as it should"),
            );
        }
        settle(&client).await;
        Self {
            client,
            subscribers,
        }
    }

    /// The subjects of all that has come.
    async fn heard(&mut self) -> Vec<String> {
        let mut found = Vec::new();
        settle(&self.client).await;
        for ear in &mut self.subscribers {
            while let Some(Some(message)) = ear.next().now_or_never() {
                found.push(message.subject.to_string());
            }
        }
        found
    }
}

/// Says so many things one after the other; all have had their effect when this returns.
async fn say(client: &Client, ops: &Client, what: Vec<(String, Option<String>, Bytes)>) {
    for (subject, reply, body) in what {
        let said = match reply {
            Some(reply) => client.publish_with_reply(subject, reply, body).await,
            None => client.publish(subject, body).await,
        };
        said.expect("the server is there and answers as it should");
    }
    settle(client).await;
    // JetStream answers in order.
    ask(ops, "$JS.API.STREAM.NAMES", &json!({})).await;
    ask(ops, "$JS.API.CONSUMER.LIST.KITH_EVENTS", &json!({})).await;
}

/// A fleet in which something is stored, with everybody's ears open: those of all that is in the account of the streams, and
/// what each other role may hear.
async fn watched() -> (Fleet, Bus, Client, BTreeMap<&'static str, Ears>) {
    let fleet = Fleet::start().await;
    let api = fleet.prepared().await;
    publish_many(&api, &mut Events::new(), 5).await;
    let media = fleet.bus("media").await;
    media
        .enqueue(&IMAGES, ID, ID)
        .await
        .expect("the server is there and answers as it should");
    let ops = fleet.raw("ops").await;
    let mut ears = BTreeMap::new();
    let all = ["kith.>", "_INBOX_api.>"].map(str::to_owned);
    ears.insert("api", Ears::open(ops.clone(), &all).await);
    for role in &ROLES[1..] {
        let (_, subjects) = fleet.rights(role);
        ears.insert(role, Ears::open(fleet.raw(role).await, &subjects).await);
    }
    (fleet, api, ops, ears)
}

#[tokio::test]
async fn no_role_does_directly_what_is_not_its_part() {
    let (fleet, _api, ops, mut ears) = watched().await;
    let before = stored(&ops).await;
    for role in ROLES {
        let (may, _) = fleet.rights(role);
        let client = fleet.raw(role).await;
        let mut answers = client.subscribe(format!("_INBOX_{role}.>")).await.unwrap();
        let forbidden = powers().into_iter().chain(victims(MARK));
        let forbidden = forbidden.filter(|it| !may.iter().any(|pattern| matches(pattern, it)));
        let forbidden: Vec<_> = forbidden.collect();
        assert!(forbidden.len() > 100, "{role} may do nearly everything");
        let said = forbidden.iter().enumerate().map(|(number, subject)| {
            let reply = Some(format!("_INBOX_{role}.{number}"));
            (
                subject.clone(),
                reply,
                Bytes::from(body(subject).to_string()),
            )
        });
        say(&client, &ops, said.collect()).await;
        let answered: BTreeSet<_> = std::iter::from_fn(|| answers.next().now_or_never().flatten())
            .filter_map(|message| message.subject.rsplit('.').next()?.parse::<usize>().ok())
            .map(|number| &forbidden[number])
            .collect();
        assert!(answered.is_empty(), "{role} was answered to {answered:?}");
    }
    for (role, ears) in &mut ears {
        let heard = ears.heard().await;
        let wrong: Vec<_> = heard.iter().filter(|it| it.contains(MARK)).collect();
        assert!(wrong.is_empty(), "{role} hears {wrong:?}");
    }
    assert_eq!(stored(&ops).await, before);
}

#[tokio::test]
async fn no_answer_and_no_delivery_goes_anywhere_but_to_who_asked() {
    let (fleet, _api, ops, mut ears) = watched().await;
    let before = stored(&ops).await;
    for role in &ROLES[1..] {
        let (may, _) = fleet.rights(role);
        let client = fleet.raw(role).await;
        let mark = format!("{MARK}_{role}");
        // This one changes something, of its own, and takes a while.
        let questions = may.iter().filter(|it| *it != "kith.rpc.v1.follow_anew");
        for right in questions {
            let subject = right.replace(['>', '*'], "x");
            let questions = [json!({"batch": 1}), json!({"seq": 1}), json!({})];
            let said = victims(&mark).into_iter().flat_map(|victim| {
                let subject = subject.clone();
                questions.clone().map(move |question| {
                    let body = Bytes::from(question.to_string());
                    (subject.clone(), Some(victim.clone()), body)
                })
            });
            say(&client, &ops, said.collect()).await;
        }
    }
    let mut own = 0;
    for (role, ears) in &mut ears {
        let (own_things, others): (Vec<_>, Vec<_>) = ears
            .heard()
            .await
            .into_iter()
            .filter(|subject| subject.contains(MARK))
            .partition(|subject| subject.ends_with(&format!("{MARK}_{role}")));
        assert!(others.is_empty(), "{role} hears {others:?}");
        own += own_things.len();
    }
    // What a role does to itself is nobody else's affair; and it shows that these questions are answered.
    assert!(own > 50, "{own} answers came back");
    assert_eq!(stored(&ops).await, before);
}

#[tokio::test]
async fn a_gateway_gets_a_consumer_for_itself_and_no_other() {
    let (fleet, _api, ops, _ears) = watched().await;
    let before = stored(&ops).await;
    let gateway = fleet.bus("gateway").await;
    let long = "a".repeat(65);
    for name in [
        "",
        "a.b",
        "*",
        ">",
        "a b",
        "search.x",
        "media_voice",
        "kith-x",
        &long,
    ] {
        let (name, begin) = (name.to_owned(), IngestBegin::Seq(1));
        let refused = gateway.request(&OpenIngest { name, begin }).await;
        assert!(refused.is_err());
    }
    // Also one of the name of another: it is still its own.
    let (name, begin) = (String::from("search"), IngestBegin::Seq(2));
    let opened = gateway.request(&OpenIngest { name, begin }).await;
    assert_eq!(opened.unwrap().owed, 4);
    assert_eq!(stored(&ops).await, before);
}

#[tokio::test]
async fn each_role_has_the_rights_that_its_part_takes() {
    let fleet = Fleet::start().await;
    let api = fleet.prepared().await;
    let gateway = fleet.bus("gateway").await;
    let mut reader = Reader::start(&gateway);
    reader.resumed().await;
    let mut events = Events::new();
    publish_until_stored(&api, &events.next()).await;
    assert_eq!(reader.event().await, (1, 1));
    // Enough for flow control to set in.
    publish_many(&api, &mut events, 3000).await;
    let (before, _) = reader
        .read_to(|item| matches!(item, IngestItem::Event(event) if event.head.rev == 3001))
        .await;
    assert_eq!(before.len(), 2999);

    let (search, media) = (fleet.bus("search").await, fleet.bus("media").await);
    let mut follower = search.follow(&SEARCH).await.unwrap();
    for event in follower.batch(500).await.unwrap() {
        event.done().await.unwrap();
    }
    let seen = follower.place().await.unwrap();
    follower.forget().await.unwrap();
    let anew = search.follow(&SEARCH).await.unwrap().place().await.unwrap();
    assert_eq!(anew.done_seq, 0);
    assert!(anew.created > seen.created);

    media.consume(&kith_bus::REVOCATIONS).await.unwrap();
    media.enqueue(&IMAGES, "1", "one").await.unwrap();
    let mut jobs = media.jobs(&IMAGES).await.unwrap();
    let job = jobs.next().await.unwrap();
    job.lives().await.unwrap();
    job.done().await.unwrap();

    let mut nudges = api.nudges().await.unwrap();
    let mut facts = gateway.subscribe_ephemeral().await.unwrap();
    // Answered only after the server has taken note of who listens.
    api.probe().await.unwrap();
    gateway.probe().await.unwrap();
    media.nudge().await.unwrap();
    nudges.next().await.unwrap();
    let typing = Ephemeral::Typing {
        guild: None,
        channel: ID.parse().unwrap(),
        access_version: None,
        recipients: vec![],
    };
    api.publish_ephemeral(&typing, Bytes::from_static(b"{}"))
        .await
        .unwrap();
    assert_eq!(facts.next().await.unwrap().about, typing);
    let presence = fleet.bus("presence").await;
    let seen = Ephemeral::Presence {
        user: ID.parse().unwrap(),
    };
    let told = presence.publish_ephemeral(&seen, Bytes::from_static(b"{}"));
    told.await.unwrap();
    assert_eq!(facts.next().await.unwrap().about, seen);

    let stop = CancellationToken::new();
    let asking = async {
        let question = CheckSessions { sessions: vec![] };
        until("it is answered", async || gateway.request(&question).await).await;
        stop.cancel();
    };
    let answering = api.serve(4, stop.clone(), async |_: CheckSessions| {
        let valid = Vec::new();
        Ok(ValidSessions { valid, epoch: 1 })
    });
    let (answered, ()) = tokio::join!(answering, asking);
    answered.unwrap();
    for role in ROLES {
        if role != "presence" {
            fleet.bus(role).await.probe().await.unwrap();
        }
    }
    assert!(
        api.ensure_stream(StreamLimits::default()).await.is_ok(),
        "only api may make it, at any time"
    );
    let violations = fleet.violations();
    assert!(violations.is_empty(), "{violations:#?}");
}
