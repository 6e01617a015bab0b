use std::sync::Arc;

use kith_api::ApiService;
use kith_config::{Part, Sources};
use kith_runtime::{Lifecycle, Service};
use kith_store::accounts::{NewAccount, NewSession, create, open_session, set_unlimited};
use kith_store::{Store, StoreSettings, TokenHash};
use kith_testkit::{Account, Client, Nats, Postgres, Redis, until};
use kith_types::{Clock, IdGenerator, OsEntropy, SystemClock, Timestamp, Username, WorkerId};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

/// The api service with engines and a database of its own.
pub struct World {
    pub client: Door,
    lifecycle: Lifecycle,
}

/// The way in: makes accounts without the slow hashing of passwords, which other tests are about.
#[derive(Clone)]
pub struct Door {
    http: Client,
    store: Store,
    ids: Arc<IdGenerator>,
}

struct Engines {
    nats: Nats,
    redis: Redis,
}

async fn engines() -> &'static Engines {
    static ENGINES: OnceCell<Engines> = OnceCell::const_new();
    ENGINES
        .get_or_init(|| async {
            Engines {
                nats: Nats::start().await,
                redis: Redis::start().await,
            }
        })
        .await
}

impl World {
    pub async fn start() -> Self {
        let database = Postgres::shared().await.database().await;
        let engines = engines().await;
        let (nats, cache) = (engines.nats.url(), engines.redis.url());
        // The database's name is unique in this process, and so is everything that is named after it.
        let sources = Sources::given(
            None,
            [
                ("KITH_INSTANCE_NAMESPACE", database.name()),
                ("KITH_API_LISTEN", "127.0.0.1:0"),
                ("KITH_API_NATS_PASSWORD", "none is asked for"),
                ("KITH_POSTGRES_URL", database.url()),
                ("KITH_NATS_URL", &nats),
                ("KITH_CACHE_URL", &cache),
            ],
        );
        let config = sources
            .load(&[Part::Api])
            .expect("a complete configuration");
        let lifecycle = Lifecycle::new();
        let api = ApiService::new(&config, &lifecycle)
            .await
            .expect("a free port");
        let address = api.address().expect("an open port");
        lifecycle.spawn("api", api.run(lifecycle.clone()));
        let clock = Arc::new(SystemClock);
        let entropy = Arc::new(OsEntropy);
        let store = Store::connect(StoreSettings {
            url: database.url().to_owned().into(),
            max_connections: 2,
            clock: clock.clone(),
            entropy: entropy.clone(),
            traceparent: || None,
        })
        .expect("a good address");
        // A number that the api does not lease: it begins with the lowest.
        let worker = WorkerId::new(kith_types::MAX_WORKER).expect("it is the largest");
        let client = Door {
            http: Client::new(&format!("http://{address}")),
            store,
            ids: Arc::new(IdGenerator::new(worker, clock, entropy)),
        };
        let first = client.register("warm_up").await.client;
        until("the api writes", async || {
            let answer = herald
                .post("/api/v1/guilds", &json!({ "name": "first" }))
                .await;
            if answer.status == 201 {
                Ok(())
            } else {
                Err(answer.body)
            }
        })
        .await;
        Self { client, lifecycle }
    }

    /// An account that no rate limit applies to.
    pub async fn unlimited(&self, username: &str) -> Account {
        let account = self.client.register(username).await;
        let username = Username::parse(username).expect("a good name");
        let done = set_unlimited(&self.client.store, &username, true).await;
        done.expect("the database answers")
            .expect("it was just made");
        account
    }

    /// The present moment, as the api sees it.
    pub fn now(&self) -> Timestamp {
        SystemClock.now()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.lifecycle.stop();
    }
}

impl Door {
    /// A new account with a session.
    pub async fn register(&self, username: &str) -> Account {
        let now = self.store.now();
        let name = Username::parse(username).expect("a good name");
        let account = NewAccount {
            id: self.ids.mint(),
            username: &name,
            display_name: None,
            password_hash: "none",
            at: now,
        };
        let user = create(&self.store, &account)
            .await
            .expect("the database answers");
        let user = user.expect("the name is free");
        let session: kith_types::SessionId = self.ids.mint();
        let (access, refresh) = (format!("access-{session}"), format!("refresh-{session}"));
        let hash = |token: &str| TokenHash(Sha256::digest(token).into());
        let new = NewSession {
            id: session,
            user: user.id,
            access: hash(&access),
            refresh: hash(&refresh),
            access_expires_at: now.plus_seconds(3600),
            expires_at: now.plus_seconds(3600),
            user_agent: None,
            at: now,
        };
        let opened = open_session(&self.store, &new, "none").await;
        opened
            .expect("the database answers")
            .expect("the hash is the same");
        Account {
            client: self.http.with_token(&access),
            id: user.id.to_string(),
            username: user.username,
            session_id: session.to_string(),
            access_token: access,
            refresh_token: refresh,
        }
    }

    /// Nobody.
    pub fn anonymous(&self) -> Client {
        self.http.anonymous()
    }
}
