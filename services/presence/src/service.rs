use std::sync::Arc;
use std::time::Duration;

use kith_bus::{Bus, BusOptions};
use kith_cache::{Cache, PresenceTimes};
use kith_config::{Config, PresenceConfig};
use kith_events::Namespace;
use kith_runtime::{Check, Lifecycle, Service, TaskError};
use kith_types::{Clock, SystemClock};

use crate::answers::Answers;
use crate::teller::Teller;
use crate::{answers, reaper};

/// How many tasks take beats: each works through one at a time, in the order in which they came.
const TAKERS: usize = 2;

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Bus(#[from] kith_bus::ConnectError),
    #[error(transparent)]
    Cache(#[from] kith_cache::ConnectError),
    /// A beat that is lost once would show everybody as offline.
    #[error(
        "presence.ttl_ms must be at least twice presence.beat_interval_ms and presence.reap_interval_ms more: {0}"
    )]
    TooShort(u32),
}

/// The presence service. It starts without its engines and works when they are there.
pub struct PresenceService {
    bus: Bus,
    cache: Cache,
    times: PresenceTimes,
    reap_every: Duration,
    clock: Arc<dyn Clock>,
    cache_health: Check,
}

impl PresenceService {
    /// Begins to connect. Nothing runs before [`Service::run`].
    pub async fn new(config: &Config, lifecycle: &Lifecycle) -> Result<Self, StartError> {
        let namespace = Namespace::new(config.instance.namespace.clone());
        let timeout = millis(config.cache.timeout_ms);
        let cache = Cache::connect(&config.cache.url, namespace.as_str(), timeout)?;
        let own = &config.presence;
        let least = own.beat_interval_ms * 2 + own.reap_interval_ms;
        if own.ttl_ms < least {
            return Err(StartError::TooShort(least));
        }
        let bus = Bus::connect(BusOptions {
            url: config.nats.url.clone(),
            login: (!own.nats_user.is_empty())
                .then(|| (own.nats_user.clone(), own.nats_password.clone())),
            name: String::from("kith presence"),
            namespace,
        })
        .await?;
        Ok(Self {
            bus,
            cache,
            times: times(own),
            reap_every: millis(own.reap_interval_ms),
            clock: Arc::new(SystemClock),
            // A process that also serves something else goes on serving it without the cache.
            cache_health: lifecycle.health().optional("cache"),
        })
    }
}

impl Service for PresenceService {
    const NAME: &'static str = "presence";

    async fn run(self, lifecycle: Lifecycle) -> Result<(), TaskError> {
        let Self {
            bus,
            cache,
            times,
            reap_every,
            clock,
            cache_health,
        } = self;
        let presence = cache.presence(times);
        let teller = Teller::new(bus.clone());
        let stop = || lifecycle.stopping_token();
        let answers = Answers {
            presence: presence.clone(),
            teller: teller.clone(),
            clock: clock.clone(),
        };
        for _ in 0..TAKERS {
            let task = answers::beats(answers.clone(), bus.clone(), stop());
            lifecycle.spawn("presence_beats", task);
        }
        let task = answers::presences(answers, bus.clone(), stop());
        lifecycle.spawn("presence_answers", task);
        let reaping = reaper::Reaper {
            presence,
            teller,
            clock,
            health: cache_health,
            every: reap_every,
        };
        lifecycle.spawn("presence_reaper", reaping.run(stop()));
        lifecycle.spawn_settling("presence_end", {
            let lifecycle = lifecycle.clone();
            async move {
                lifecycle.settling().await;
                bus.flush().await;
                cache.close().await;
            }
        });
        Ok(())
    }
}

/// What has to be over within the configured time in all ends one turn of the reaper earlier.
fn times(config: &PresenceConfig) -> PresenceTimes {
    let turn = millis(config.reap_interval_ms);
    PresenceTimes {
        lease: millis(config.ttl_ms).saturating_sub(turn),
        linger: turn,
        look_back: millis(config.look_back_ms),
    }
}

fn millis(millis: u32) -> Duration {
    Duration::from_millis(millis.into())
}
