//! The service as another instance meets it: real Postgres, NATS and cache, the routes on a free port.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod requests;

use std::sync::Arc;

use bytes::Bytes;
use ed25519_dalek::SigningKey;
use http::{Method, Request};
use kith_config::{Part, Sources};
use kith_federation::FederationService;
use kith_federation::signature::{Signer, sign};
use kith_runtime::{Lifecycle, Service};
use kith_store::peers::{self, KnownKey, Learnt};
use kith_store::{Store, StoreSettings};
use kith_testkit::{Database, Folder, Nats, Postgres, Redis, RunAs};
use kith_types::{Domain, OsEntropy, SystemClock, Timestamp};
use serde_json::{Value, json};

/// The instance that is asked.
pub(crate) const HERE: &str = "two.test";
/// The one that asks, whose key is known.
pub(crate) const THERE: &str = "one.test";

/// The service on engines of its own, and the key of another instance that it knows.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) instance: i32,
    address: String,
    database: Database,
    _engines: (Nats, Redis, Folder),
    _lifecycle: Lifecycle,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> &Value {
        assert_eq!(self.status, status, "{}", self.body);
        &self.body["data"]
    }

    #[track_caller]
    pub(crate) fn expect_error(&self, status: u16, code: &str) {
        let found = (self.status, self.body["error"]["code"].as_str());
        assert_eq!(found, (status, Some(code)), "{}", self.body);
    }
}

pub(crate) fn domain(name: &str) -> Domain {
    name.parse().unwrap()
}

pub(crate) fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

pub(crate) fn hello() -> Value {
    json!({
        "origin": THERE, "destination": HERE, "software": {"name": "other", "version": "9"},
        "versions": [1, 7], "features": ["profiles", "magic"],
    })
}

/// Who signs, how and when; everything right unless said otherwise.
pub(crate) struct Signing {
    pub(crate) origin: &'static str,
    pub(crate) destination: &'static str,
    pub(crate) key_id: &'static str,
    pub(crate) key: SigningKey,
    pub(crate) after_seconds: i64,
}

impl Default for Signing {
    fn default() -> Self {
        Self {
            origin: THERE,
            destination: HERE,
            key_id: "k1",
            key: key(),
            after_seconds: 0,
        }
    }
}

impl Signing {
    /// A signed request to the service's address.
    pub(crate) fn request(&self, method: Method, path: &str, body: &Value) -> Request<Bytes> {
        let body = if body.is_null() {
            Bytes::new()
        } else {
            Bytes::from(body.to_string())
        };
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .body(body)
            .unwrap();
        let (origin, destination) = (domain(self.origin), domain(self.destination));
        let signer = Signer {
            origin: &origin,
            key_id: self.key_id,
            key: &self.key,
        };
        let now = now().plus_seconds(self.after_seconds);
        sign(&mut request, signer, &destination, now, &OsEntropy);
        request
    }

    /// A signed hello.
    pub(crate) fn hello(&self) -> Request<Bytes> {
        self.request(Method::POST, "/federation/v1/hello", &hello())
    }
}

pub(crate) fn now() -> Timestamp {
    kith_types::Clock::now(&SystemClock)
}

impl World {
    pub(crate) async fn start() -> Self {
        let database = Postgres::shared().await.database().await;
        let (nats, redis) = (Nats::start().await, Redis::start().await);
        let folder = Folder::new("federation", RunAs::Me);
        let key_path = folder.path().join("keys").display().to_string();
        let (nats_url, redis_url) = (nats.url(), redis.url());
        let environment = [
            ("KITH_INSTANCE_NAME", HERE),
            ("KITH_INSTANCE_NAMESPACE", database.name()),
            ("KITH_FEDERATION_LISTEN", "127.0.0.1:0"),
            ("KITH_FEDERATION_NATS_PASSWORD", "not asked for"),
            ("KITH_FEDERATION_KEY_PATH", &key_path),
            ("KITH_POSTGRES_URL", database.url()),
            ("KITH_POSTGRES_MAX_CONNECTIONS", "8"),
            ("KITH_NATS_URL", &nats_url),
            ("KITH_CACHE_URL", &redis_url),
            // Nobody is there, and nobody is asked by accident.
            (
                "KITH_OUTBOUND_HOSTS",
                "one.test=127.0.0.1:1,evil.test=127.0.0.1:1,a.test=127.0.0.1:1,b.test=127.0.0.1:1,c.test=127.0.0.1:1,\
                 d.test=127.0.0.1:1,e.test=127.0.0.1:1",
            ),
        ];
        let config = Sources::given(None, environment)
            .load(&[Part::Federation])
            .unwrap();
        let lifecycle = Lifecycle::new();
        let service = FederationService::new(&config, &lifecycle).await.unwrap();
        let address = service.address().unwrap().to_string();
        lifecycle.spawn(FederationService::NAME, service.run(lifecycle.clone()));
        let store = Store::connect(StoreSettings {
            url: database.url().to_owned().into(),
            max_connections: 4,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
            traceparent: || None,
        })
        .unwrap();
        store.name_instance(HERE).await.unwrap();
        store.renew_worker().await.unwrap();
        let mut world = Self {
            store,
            instance: 0,
            address,
            database,
            _engines: (nats, redis, folder),
            _lifecycle: lifecycle,
        };
        world.instance = world.learn(THERE, None).await;
        world
    }

    /// Makes an instance known, with the tests' key.
    pub(crate) async fn learn(&self, name: &str, expires_at: Option<Timestamp>) -> i32 {
        let known = KnownKey {
            id: "k1".to_owned(),
            public_key: *key().verifying_key().as_bytes(),
            expires_at,
        };
        let learnt = Learnt {
            domain: &domain(name),
            keys: &[known],
            at: now(),
        };
        peers::learn(&self.store, &learnt).await.unwrap()
    }

    /// Sends a request to the host that it was signed for.
    pub(crate) async fn send(&self, request: &Request<Bytes>) -> Answer {
        self.send_to(request, HERE).await
    }

    pub(crate) async fn send_to(&self, request: &Request<Bytes>, host: &str) -> Answer {
        let url = format!("http://{}{}", self.address, request.uri());
        let client = reqwest::Client::new();
        let sent = client
            .request(request.method().clone(), url)
            .headers(request.headers().clone())
            .header("host", host)
            .body(request.body().clone());
        let answer = sent.send().await.unwrap();
        Answer {
            status: answer.status().as_u16(),
            body: answer.json().await.unwrap_or_default(),
        }
    }

    /// Which database it is, for messages.
    pub(crate) fn name(&self) -> &str {
        self.database.name()
    }
}
