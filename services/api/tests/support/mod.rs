//! The service as a black box: real Postgres, NATS and cache, the API on a free port. Each test has its own database and
//! its own namespace in the others.

use std::sync::atomic::{AtomicU32, Ordering};

use kith_api::ApiService;
use kith_config::{Part, Sources};
use kith_runtime::{Lifecycle, Service};
use kith_testkit::{Client, Database, Nats, Postgres, Redis};
use tokio::sync::OnceCell;

/// One api process, as far as a test can tell.
pub(crate) struct Api {
    pub(crate) client: Client,
    lifecycle: Lifecycle,
}

/// What a process is started with.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) database: Database,
    pub(crate) nats: String,
    pub(crate) cache: String,
    pub(crate) namespace: String,
}

impl Settings {
    /// A database and a namespace of the test's own, on the servers that all tests share.
    pub(crate) async fn new() -> Self {
        static NATS: OnceCell<Nats> = OnceCell::const_new();
        static REDIS: OnceCell<Redis> = OnceCell::const_new();
        static COUNT: AtomicU32 = AtomicU32::new(0);
        Self {
            database: Postgres::shared().await.database().await,
            nats: NATS.get_or_init(Nats::start).await.url(),
            cache: REDIS.get_or_init(Redis::start).await.url(),
            namespace: format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed)),
        }
    }

    /// Starts a process with them. Several may run on the same ones.
    pub(crate) async fn start(&self) -> Api {
        let environment = [
            ("KITH_INSTANCE_NAMESPACE", self.namespace.as_str()),
            ("KITH_API_LISTEN", "127.0.0.1:0"),
            ("KITH_API_NATS_PASSWORD", "not asked for"),
            ("KITH_POSTGRES_URL", self.database.url()),
            ("KITH_POSTGRES_MAX_CONNECTIONS", "8"),
            ("KITH_NATS_URL", &self.nats),
            ("KITH_CACHE_URL", &self.cache),
        ];
        let config = Sources::given(None, environment).load(&[Part::Api]);
        let config = config.expect("the settings are complete");
        let lifecycle = Lifecycle::new();
        let service = ApiService::new(&config, &lifecycle).await.expect("a port is free");
        let address = service.address().expect("it listens");
        lifecycle.spawn(ApiService::NAME, service.run(lifecycle.clone()));
        let client = Client::new(&format!("http://{address}"));
        // It answers 503 until it has its number among those that mint ids.
        kith_testkit::until("the api is ready", async || {
            let body = serde_json::json!({ "username": "early.bird", "password": kith_testkit::PASSWORD });
            match client.post("/api/v1/auth/register", &body).await.status {
                201 | 409 => Ok(()),
                status => Err(format!("it answers {status}")),
            }
        })
        .await;
        Api { client, lifecycle }
    }
}

impl Api {
    /// One process on a database of its own.
    pub(crate) async fn start() -> Self {
        Settings::new().await.start().await
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.lifecycle.stop();
    }
}
