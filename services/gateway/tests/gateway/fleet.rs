//! A real NATS server, gateways, and the test as their api.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use kith_bus::{Bus, BusOptions, StreamLimits};
use kith_config::{Config, Part, Sources};
use kith_events::rpc::{
    Beat, CheckSessions, Connected, DescribeGuild, Identify, ListMembers, Presences, Request,
};
use kith_events::{Ephemeral, Namespace, StoredEvent};
use kith_gateway::GatewayService;
use kith_runtime::{Lifecycle, Service};
use kith_testkit::{Gateway, Nats, until};
use kith_types::{BootId, ChannelId, UserId};
use kith_wire::{ErrorCode, Status, TypingStart};
use serde_json::Value;

use crate::truth::{Truth, token, user};

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

pub(crate) struct Fleet {
    pub(crate) nats: Nats,
    pub(crate) truth: Arc<Mutex<Truth>>,
    bus: Bus,
    /// Whether questions about guilds are answered.
    describes: Arc<AtomicBool>,
    lifecycle: Lifecycle,
    settings: Vec<(&'static str, &'static str)>,
}

/// One gateway process' worth.
pub(crate) struct Running {
    pub(crate) url: String,
    pub(crate) lifecycle: Lifecycle,
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.lifecycle.stop();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.lifecycle.stop();
    }
}

impl Fleet {
    /// With a stream and a played api that holds `truth`.
    pub(crate) async fn start(truth: Truth) -> Self {
        Self::with(truth, &[]).await
    }

    /// With some settings of the gateways.
    pub(crate) async fn with(truth: Truth, settings: &[(&'static str, &'static str)]) -> Self {
        let nats = Nats::start().await;
        let bus = connect(&nats.url(), "api").await;
        let fleet = Self {
            nats,
            truth: Arc::new(Mutex::new(truth)),
            bus,
            describes: Arc::new(AtomicBool::new(true)),
            lifecycle: Lifecycle::new(),
            settings: settings.to_vec(),
        };
        fleet.make_stream().await;
        fleet.answer();
        fleet.answer_presence();
        let probe = CheckSessions {
            sessions: Vec::new(),
        };
        until("the played api serves", async || {
            fleet.bus.request(&probe).await
        })
        .await;
        let probe = || Identify { token: token(0) };
        until("the played api serves", async || {
            match fleet.bus.request(&probe()).await {
                Err(error) if error.code() == ErrorCode::Unavailable => Err(error),
                _ => Ok(()),
            }
        })
        .await;
        fleet
    }

    /// Makes the stream, as api does.
    pub(crate) async fn make_stream(&self) {
        until("the stream is made", async || {
            self.bus.ensure_stream(StreamLimits::default()).await
        })
        .await;
    }

    fn answer(&self) {
        let (truth, bus, stop) = (
            self.truth.clone(),
            self.bus.clone(),
            self.lifecycle.stopping_token(),
        );
        self.lifecycle.spawn("identify", async move {
            bus.serve::<Identify, _, _>(8, stop, |it| {
                let answer = truth.lock().unwrap().identify(&it.token);
                async { answer }
            })
            .await
        });
        let (truth, bus, stop) = (
            self.truth.clone(),
            self.bus.clone(),
            self.lifecycle.stopping_token(),
        );
        self.lifecycle.spawn("check", async move {
            bus.serve::<CheckSessions, _, _>(8, stop, |it| {
                let answer = truth.lock().unwrap().check(&it.sessions);
                async { Ok(answer) }
            })
            .await
        });
        let (truth, bus, stop) = (
            self.truth.clone(),
            self.bus.clone(),
            self.lifecycle.stopping_token(),
        );
        let describes = self.describes.clone();
        let (layout, stop_layout) = (self.bus.clone(), self.lifecycle.stopping_token());
        self.lifecycle.spawn(
            "layout",
            async move { layout.serve_layout(stop_layout).await },
        );
        self.lifecycle.spawn("describe", async move {
            bus.serve::<DescribeGuild, _, _>(8, stop, |it| {
                let answer = if describes.load(Ordering::SeqCst) {
                    truth.lock().unwrap().describe(&it)
                } else {
                    Err(ErrorCode::Unavailable)
                };
                async { answer }
            })
            .await
        });
    }

    /// Plays presence, and the part of api that lists members.
    fn answer_presence(&self) {
        self.plays::<Beat>(|truth, beat| {
            truth.beats.push(beat);
            Ok(())
        });
        self.plays::<Presences>(|truth, asked| Ok(truth.presences(&asked)));
        self.plays::<ListMembers>(|truth, asked| truth.list(&asked));
    }

    fn plays<R: Request>(
        &self,
        answer: impl Fn(&mut Truth, R) -> Result<R::Reply, ErrorCode> + Send + Sync + 'static,
    ) {
        let (truth, bus) = (self.truth.clone(), self.bus.clone());
        let stop = self.lifecycle.stopping_token();
        self.lifecycle.spawn(R::NAME, async move {
            bus.serve::<R, _, _>(8, stop, |it| {
                let answer = answer(&mut truth.lock().unwrap(), it);
                async { answer }
            })
            .await
        });
    }

    /// Somebody is seen otherwise from now on, and gateways are told.
    pub(crate) async fn shows(&self, who: u8, status: Status) {
        let presence = self.truth.lock().unwrap().is_seen(who, status);
        let about = Ephemeral::Presence { user: user(who) };
        let payload = Bytes::from(serde_json::to_vec(&presence).unwrap());
        self.bus.publish_ephemeral(&about, payload).await.unwrap();
    }

    /// Somebody is seen otherwise from now on, and nobody is told.
    pub(crate) fn is_seen(&self, who: u8, status: Status) {
        self.truth.lock().unwrap().is_seen(who, status);
    }

    /// Waits until presence was told something that `is_it`, and gives it.
    pub(crate) async fn beat(&self, is_it: impl Fn(&Connected) -> bool) -> (BootId, Connected) {
        until("presence is told", async || {
            let truth = self.truth.lock().unwrap();
            let all = truth
                .beats
                .iter()
                .flat_map(|beat| beat.connections.iter().map(|it| (beat.gateway, it.clone())));
            all.filter(|(_, it)| is_it(it)).last().ok_or("it was not")
        })
        .await
    }

    /// Whether the played api knows anything about guilds.
    pub(crate) fn describe(&self, describes: bool) {
        self.describes.store(describes, Ordering::SeqCst);
    }

    /// Whether a guild cannot be described, and what is said instead.
    pub(crate) fn trouble(&self, number: u8, code: Option<ErrorCode>) {
        let mut truth = self.truth.lock().unwrap();
        truth.trouble.remove(&number);
        truth.trouble.extend(code.map(|code| (number, code)));
    }

    /// Changes the truth and tells the stream.
    pub(crate) async fn does(&self, act: impl FnOnce(&mut Truth) -> StoredEvent) -> u64 {
        let event = self.keeps(act);
        self.publish(&event).await
    }

    /// Changes the truth; the stream is told later.
    pub(crate) fn keeps(&self, act: impl FnOnce(&mut Truth) -> StoredEvent) -> StoredEvent {
        act(&mut self.truth.lock().unwrap())
    }

    /// Puts an event into the stream and gives its place.
    pub(crate) async fn publish(&self, event: &StoredEvent) -> u64 {
        let publishing = async || self.bus.publish_event(event).await?.wait().await;
        let taken = until("the stream takes the event", publishing).await;
        let mut truth = self.truth.lock().unwrap();
        truth.is_told(&event.head, taken.stream_seq);
        taken.stream_seq
    }

    /// Somebody types in a guild's channel, or in a direct message of these two.
    pub(crate) async fn types(&self, number: Option<u8>, channel: ChannelId, who: u8, to: &[u8]) {
        let recipients: Vec<UserId> = to.iter().copied().map(user).collect();
        let version = |number| self.truth.lock().unwrap().who_views(number, 0, &[]).0;
        let about = Ephemeral::Typing {
            guild: number.map(crate::truth::guild),
            channel,
            access_version: number.map(version),
            recipients,
        };
        let start = TypingStart {
            guild_id: number.map(crate::truth::guild),
            channel_id: channel,
            user_id: user(who),
        };
        let payload = Bytes::from(serde_json::to_vec(&start).unwrap());
        self.bus.publish_ephemeral(&about, payload).await.unwrap();
    }

    fn config(&self) -> Config {
        let url = self.nats.url();
        let own = [
            ("KITH_NATS_URL", url.as_str()),
            ("KITH_GATEWAY_LISTEN", "127.0.0.1:0"),
            ("KITH_GATEWAY_NATS_PASSWORD", "unused"),
            ("KITH_SECURITY_SESSION_KEY", KEY),
        ];
        let given = own.into_iter().chain(self.settings.iter().copied());
        Sources::given(None, given).load(&[Part::Gateway]).unwrap()
    }

    /// Starts one more gateway.
    pub(crate) async fn gateway(&self) -> Running {
        let lifecycle = Lifecycle::new();
        let service = GatewayService::new(&self.config(), &lifecycle)
            .await
            .unwrap();
        let url = format!("ws://{}/gateway", service.local_addr().unwrap());
        lifecycle.spawn("gateway", service.run(lifecycle.clone()));
        Running { url, lifecycle }
    }
}

impl Running {
    /// Somebody's client, with READY and all its guilds.
    pub(crate) async fn ready(&self, who: u8) -> Gateway {
        Gateway::ready(&self.url, &token(who)).await.0
    }

    /// Somebody's client, back where it was before.
    pub(crate) async fn resume(&self, who: u8, before: &Place) -> Gateway {
        Gateway::resume(&self.url, &token(who), &before.session_id, before.s).await
    }
}

async fn connect(url: &str, name: &str) -> Bus {
    let options = BusOptions {
        url: url.to_owned(),
        login: None,
        name: name.to_owned(),
        namespace: Namespace::new("kith"),
    };
    let bus = Bus::connect(options).await.unwrap();
    bus.connected().await;
    bus
}

/// Where a client was when it broke off.
pub(crate) struct Place {
    pub(crate) session_id: String,
    pub(crate) s: u64,
}

/// Breaks a client's connection without a word.
pub(crate) fn leave(client: Gateway) -> Place {
    let place = Place {
        session_id: client.session_id().unwrap().to_owned(),
        s: client.last_s().unwrap(),
    };
    client.abandon();
    place
}

/// What the messages say that a client has received.
pub(crate) fn contents(client: &Gateway) -> Vec<&str> {
    let messages = client.dispatches("MESSAGE_CREATE");
    messages
        .iter()
        .filter_map(|frame| frame["d"]["message"]["content"].as_str())
        .collect()
}

/// Reads until a message says this.
pub(crate) async fn hears(client: &mut Gateway, content: &str) -> Value {
    client
        .expect_where("MESSAGE_CREATE", |d| d["message"]["content"] == content)
        .await
}
