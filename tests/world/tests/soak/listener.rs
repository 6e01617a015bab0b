//! Somebody's client: it holds what it was told, as the protocol says, finds out whether anything is missing, and comes back by
//! itself, somewhere else, whenever its connection breaks.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kith_testkit::{Gateway, GatewayEnd};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::actors::Stage;
use crate::ledger::{About, Chance, Heard, Ledger, Listed, Told, lock};
use crate::model::{Tick, Who};
use crate::seen::Seen;

/// Before a client tries again; it knows no better place to go.
const BACK_OFF: Duration = Duration::from_millis(100);
/// How much of what a client received is told when something is wrong.
const TRAIL: usize = 60;
/// So many intervals without even an answer to a heartbeat mean that nobody is there.
const SILENT_INTERVALS: u32 = 3;

/// A channel as a client knows it.
#[derive(Debug, Default, Clone)]
pub(crate) struct Known {
    pub(crate) last_seq: i64,
    last_rev: i64,
    /// What came since the snapshot: the text by its place, none once deleted.
    pub(crate) texts: BTreeMap<i64, Option<String>>,
}

/// All that a client knows.
#[derive(Debug, Default)]
pub(crate) struct View {
    pub(crate) seen: Seen,
    guilds: BTreeMap<String, BTreeMap<String, Known>>,
    /// Guilds that it was told to be unavailable: it names them when it resumes.
    unavailable: BTreeSet<String>,
    directs: BTreeMap<String, Known>,
}

impl View {
    /// A channel that it sees.
    pub(crate) fn channel(&self, id: &str) -> Option<&Known> {
        let mut everywhere = self.guilds.values().chain([&self.directs]);
        everywhere.find_map(|channels| channels.get(id))
    }

    fn channel_mut(&mut self, id: &str) -> Option<&mut Known> {
        let everywhere = self.guilds.values_mut().chain([&mut self.directs]);
        everywhere
            .into_iter()
            .find_map(|channels| channels.get_mut(id))
    }

    /// Takes a dispatch, and says what of a channel it was about. An error is a broken promise.
    fn take(&mut self, t: &str, d: &Value) -> Result<Option<(String, About)>, String> {
        match t {
            "READY" => {
                self.guilds.clear();
                self.unavailable.clear();
                self.directs = channels(&d["direct_channels"]);
            }
            "GUILD_CREATE" | "GUILD_SYNC" => {
                let id = text(&d["guild"]["id"]);
                self.unavailable.remove(&id);
                self.guilds.insert(id, channels(&d["channels"]));
            }
            "GUILD_DELETE" => {
                let id = text(&d["guild_id"]);
                self.guilds.remove(&id);
                self.unavailable.remove(&id);
                if d["unavailable"] == true {
                    self.unavailable.insert(id);
                }
            }
            "MESSAGE_CREATE" => return self.create(d).map(Some),
            "MESSAGE_UPDATE" => return self.change(d).map(Some),
            "MESSAGE_DELETE" => return self.delete(d).map(Some),
            _ => {
                // Whatever else tells of a guild is for those who know it.
                let of = ["guild_id", "guild"].iter().find_map(|field| {
                    let id = d[field].as_str().or_else(|| d[field]["id"].as_str());
                    id.filter(|_| t.starts_with("GUILD_") || t.starts_with("CHANNEL_"))
                });
                if let Some(guild) = of.filter(|guild| !self.guilds.contains_key(*guild)) {
                    return Err(format!("{t} of {guild}, which it does not know"));
                }
            }
        }
        Ok(None)
    }

    fn known(&mut self, t: &str, channel: &str) -> Result<&mut Known, String> {
        let missing = || format!("{t} of {channel}, which it does not know");
        self.channel_mut(channel).ok_or_else(missing)
    }

    fn create(&mut self, d: &Value) -> Result<(String, About), String> {
        let message = &d["message"];
        let channel = text(&message["channel_id"]);
        let (seq, content) = (number(&message["seq"]), text(&message["content"]));
        let known = self.known("MESSAGE_CREATE", &channel)?;
        known.last_rev = known.last_rev.max(number(&d["rev"]));
        if seq > known.last_seq + 1 {
            let last = known.last_seq;
            return Err(format!("{channel}: message {seq} came after {last}"));
        }
        // It was there already: a repeat, or part of the snapshot.
        if seq == known.last_seq + 1 {
            known.last_seq = seq;
            let content = content.clone();
            known
                .texts
                .insert(seq, Some(content).filter(|content| !content.is_empty()));
        }
        Ok((channel, about(message, &content)))
    }

    fn change(&mut self, d: &Value) -> Result<(String, About), String> {
        let message = &d["message"];
        let channel = text(&message["channel_id"]);
        let content = text(&message["content"]);
        let known = self.known("MESSAGE_UPDATE", &channel)?;
        if known.is_next(d)
            && let Some(held) = known.texts.get_mut(&number(&message["seq"]))
        {
            *held = Some(content.clone()).filter(|content| !content.is_empty());
        }
        Ok((channel, about(message, &content)))
    }

    fn delete(&mut self, d: &Value) -> Result<(String, About), String> {
        let channel = text(&d["channel_id"]);
        let known = self.known("MESSAGE_DELETE", &channel)?;
        if known.is_next(d)
            && let Some(held) = known.texts.get_mut(&number(&d["seq"]))
        {
            *held = None;
        }
        Ok((channel, About::Deletion(text(&d["message_id"]))))
    }
}

impl Known {
    /// Whether an event is new: its aggregate's revision only grows.
    fn is_next(&mut self, d: &Value) -> bool {
        let rev = number(&d["rev"]);
        let is_next = rev > self.last_rev;
        self.last_rev = self.last_rev.max(rev);
        is_next
    }
}

fn channels(list: &Value) -> BTreeMap<String, Known> {
    let list = list.as_array().into_iter().flatten();
    list.map(|channel| {
        let known = Known {
            last_seq: number(&channel["last_seq"]),
            ..Known::default()
        };
        (text(&channel["id"]), known)
    })
    .collect()
}

fn about(message: &Value, content: &str) -> About {
    if content.is_empty() {
        About::Empty(text(&message["id"]))
    } else {
        About::Text(tag(content))
    }
}

/// The first word of a text is its tag.
pub(crate) fn tag(content: &str) -> String {
    content.split(' ').next().unwrap_or_default().to_owned()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

/// A client, and where it may go.
struct Ears {
    who: Who,
    token: String,
    gateways: Arc<[String]>,
    heartbeat: Duration,
    view: Arc<Mutex<View>>,
    stage: Stage,
    ledger: Arc<Ledger>,
    chance: Chance,
    trail: Mutex<VecDeque<String>>,
}

/// A client of everybody, and what each knows.
pub(crate) fn all(
    stage: &Stage,
    gateways: Vec<String>,
    heartbeat: Duration,
    seed: u64,
) -> (JoinSet<()>, Vec<Arc<Mutex<View>>>) {
    let gateways: Arc<[String]> = gateways.into();
    let (mut listeners, mut views) = (JoinSet::new(), Vec::new());
    for (who, person) in stage.people.iter().enumerate() {
        let view = Arc::new(Mutex::new(View::default()));
        views.push(view.clone());
        let ears = Ears {
            who,
            token: person.account.access_token.clone(),
            gateways: gateways.clone(),
            heartbeat,
            view,
            stage: stage.clone(),
            ledger: stage.ledger.clone(),
            chance: Chance::of(seed, 100 + who as u64),
            trail: Mutex::default(),
        };
        listeners.spawn(ears.listen());
    }
    (listeners, views)
}

/// Where a session goes on.
struct Session {
    id: String,
    s: u64,
}

impl Ears {
    /// Listens for ever.
    async fn listen(self) {
        let mut session: Option<Session> = None;
        loop {
            let url = &self.gateways[self.chance.below(self.gateways.len())];
            let patience = 40 + self.chance.below(400);
            let end = self.connection(url, &mut session, patience).await;
            match end {
                Ok(()) => self.ledger.count("connections left"),
                Err(GatewayEnd::Closed(4004)) => panic!("{} was logged out", self.who),
                Err(_) => self.ledger.count("connections lost"),
            }
            tokio::time::sleep(BACK_OFF).await;
        }
    }

    /// One connection, until it breaks or so many frames have come.
    async fn connection(
        &self,
        url: &str,
        session: &mut Option<Session>,
        frames: usize,
    ) -> Result<(), GatewayEnd> {
        let mut gateway = Gateway::try_connect(url).await?;
        self.note(match session {
            Some(Session { s, .. }) => format!("resumes {s} at {url}"),
            None => format!("identifies at {url}"),
        });
        match session {
            Some(Session { id, s }) => {
                let unavailable = Vec::from_iter(lock(&self.view).unavailable.clone());
                gateway
                    .go_on_without(&self.token, id, *s, &unavailable)
                    .await?;
            }
            None => self.identify(&mut gateway).await?,
        }
        let silence = self.heartbeat * SILENT_INTERVALS;
        lock(&self.view).seen.begin();
        let mut look = Look::default();
        for _ in 0..frames {
            let Ok(frame) = tokio::time::timeout(silence, gateway.message()).await else {
                self.ledger.count("silent connections");
                return Err(GatewayEnd::Broken);
            };
            let frame = frame?;
            self.note_frame(&frame);
            if let Some(guild) = self.wants_to_see(&frame, &mut look) {
                look.asked = self.ledger.ticks.next();
                let question = json!({"guild_id": guild, "ranges": [[0, 99]]});
                let question = json!({"op": "REQUEST_MEMBERS", "d": question});
                gateway.try_send(&question).await?;
            }
            match frame["op"].as_str() {
                Some("DISPATCH") => {
                    self.dispatch(&frame, &look);
                    if frame["t"] == "READY" {
                        self.ledger.count("sessions started");
                    }
                    // Before READY there is nothing to go on with.
                    if let (Some(id), Some(s)) = (gateway.session_id(), gateway.last_s()) {
                        let id = id.to_owned();
                        *session = Some(Session { id, s });
                    }
                }
                Some("RESUMED") => self.ledger.count("sessions resumed"),
                Some("RECONNECT") => {
                    self.ledger.count("sockets sent elsewhere");
                    return Ok(());
                }
                Some("INVALID_SESSION") => {
                    self.ledger.count("sessions refused");
                    if frame["d"]["resumable"] == true {
                        return Ok(());
                    }
                    *session = None;
                    self.identify(&mut gateway).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The guild whose members this client asks for now, if it does: any, once it knows all of its own; at the end the one that all
    /// residents are in.
    fn wants_to_see(&self, frame: &Value, look: &mut Look) -> Option<String> {
        let guilds = &self.ledger.guilds;
        match (frame["op"].as_str(), frame["t"].as_str()) {
            (_, Some("READY")) => {
                look.unknown = frame["d"]["guilds"].as_array().map_or(0, Vec::len);
                if look.unknown > 0 {
                    return None;
                }
            }
            (_, Some("GUILD_CREATE")) if look.unknown > 0 => {
                look.unknown -= 1;
                if look.unknown > 0 {
                    return None;
                }
            }
            (Some("RESUMED"), _) => {}
            (_, Some("REQUEST_FAILED")) => {
                look.again = frame["d"]["code"] == "UNAVAILABLE";
                return None;
            }
            (Some("HEARTBEAT_ACK"), _) => {
                let last = self.ledger.last_guild();
                if self.stage.is_over() && lock(&self.view).seen.guild() != Some(last) {
                    return Some(last.to_owned());
                }
                if !std::mem::take(&mut look.again) {
                    return None;
                }
            }
            _ => return None,
        }
        Some(guilds[self.chance.below(guilds.len())].clone())
    }

    async fn identify(&self, gateway: &mut Gateway) -> Result<(), GatewayEnd> {
        let identify = json!({"op": "IDENTIFY", "d": {"token": self.token}});
        gateway.try_send(&identify).await
    }

    fn note(&self, line: String) {
        let mut trail = lock(&self.trail);
        trail.push_back(line);
        if trail.len() > TRAIL {
            trail.pop_front();
        }
    }

    /// What a frame was about, in short.
    fn note_frame(&self, frame: &Value) {
        let d = &frame["d"];
        let ids = [
            "/guild_id",
            "/guild/id",
            "/message/guild_id",
            "/message/channel_id",
            "/channel_id",
            "/message/seq",
        ];
        let ids = ids.iter().filter_map(|path| d.pointer(path));
        let ids: Vec<_> = ids.map(Value::to_string).collect();
        let (op, t, s) = (&frame["op"], &frame["t"], &frame["s"]);
        let channels = channels(&d["channels"]);
        let channels: Vec<_> = channels
            .iter()
            .map(|(id, known)| format!("{id}:{}", known.last_seq))
            .collect();
        self.note(format!(
            "{op} {t} s={s} {} {}",
            ids.join(" "),
            channels.join(" ")
        ));
    }

    fn dispatch(&self, frame: &Value, look: &Look) {
        let at = self.ledger.ticks.next();
        let t = frame["t"].as_str().unwrap_or_default();
        let taken = {
            let mut view = lock(&self.view);
            self.note_seen(&mut view, t, &frame["d"], look, at);
            view.take(t, &frame["d"])
        };
        let heard = taken.unwrap_or_else(|broken| {
            let trail: Vec<String> = lock(&self.trail).iter().cloned().collect();
            panic!(
                "person {}: {broken}\n{}\n{frame}",
                self.who,
                trail.join("\n")
            )
        });
        self.ledger.count("dispatches");
        if let Some((channel, about)) = heard {
            lock(&self.ledger.heard).push(Heard {
                who: self.who,
                channel,
                about,
                at,
            });
        }
    }

    /// Notes of whom this client was told how they are seen, and why it may have been.
    fn note_seen(&self, view: &mut View, t: &str, d: &Value, look: &Look, at: Tick) {
        for about in view.seen.take(t, d, at) {
            self.ledger.count("presences");
            let by = view.guilds.keys();
            let by = by.map(|guild| (guild.clone(), view.seen.left(guild, &about)));
            let by = by.collect();
            let who = self.who;
            lock(&self.ledger.told).push(Told { who, about, by, at });
        }
        if t == "GUILD_MEMBERS" {
            self.ledger.count("member lists");
            lock(&self.ledger.listed).push(Listed {
                who: self.who,
                guild: text(&d["guild_id"]),
                asked: look.asked,
                at,
            });
        }
    }
}

/// What a connection knows of the members that it asks for.
#[derive(Default)]
struct Look {
    /// Guilds of which it has not been told yet.
    unknown: usize,
    /// When it asked last.
    asked: Tick,
    /// Nobody could say so: it asks again after the next acknowledgement of a heartbeat.
    again: bool,
}
