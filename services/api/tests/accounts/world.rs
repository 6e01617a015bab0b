use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use kith_api::{ApiService, Hasher};
use kith_bus::{Bus, BusOptions, Ingest, IngestEvent, IngestItem, StartAt};
use kith_config::{Part, Sources};
use kith_events::{Aggregate, Namespace, Scope};
use kith_runtime::{Lifecycle, Service};
use kith_store::accounts::{
    NewAccount, NewSession, change_password, create, open_session, set_unlimited,
};
use kith_store::{Store, StoreSettings, TokenHash};
use kith_testkit::{
    Account, Answer, Client, Database, Nats, PASSWORD, PATIENCE, Postgres, Redis, tools, until,
};
use kith_types::{
    Clock, IdGenerator, MAX_WORKER, ManualClock, OsEntropy, Password, SessionId, SystemClock,
    Username, WorkerId,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

/// An instance whose time stands still unless the test moves it.
pub(crate) struct World {
    /// The first api process, as nobody.
    pub(crate) client: Client,
    /// The last one.
    pub(crate) second: Client,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Store,
    database: Database,
    ids: IdGenerator,
    nats: Nats,
    lifecycle: Lifecycle,
}

/// The hash of [`PASSWORD`]: made once, since hashing is slow on purpose.
async fn password_hash() -> &'static str {
    static HASH: OnceCell<String> = OnceCell::const_new();
    let hash = async || {
        let password = Password::parse(PASSWORD).expect("it is long enough");
        let hasher = Hasher::new(Arc::new(OsEntropy), 1);
        hasher.hash(&password).await.expect("nobody else waits")
    };
    HASH.get_or_init(hash).await
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(1, &[]).await
    }

    /// Two api processes on the same engines.
    pub(crate) async fn start_two() -> Self {
        Self::with(2, &[]).await
    }

    /// Api processes with some settings of their own.
    pub(crate) async fn with(processes: usize, settings: &[(&str, &str)]) -> Self {
        static CACHE: OnceCell<Redis> = OnceCell::const_new();
        let database = Postgres::shared().await.database().await;
        let nats = Nats::start().await;
        let clock = Arc::new(ManualClock::new(SystemClock.now()));
        let (nats_url, cache) = (nats.url(), CACHE.get_or_init(Redis::start).await.url());
        let mut environment = vec![
            ("KITH_INSTANCE_NAMESPACE", database.name()),
            ("KITH_API_LISTEN", "127.0.0.1:0"),
            ("KITH_API_NATS_PASSWORD", "none is asked for"),
            ("KITH_POSTGRES_URL", database.url()),
            ("KITH_NATS_URL", &nats_url),
            ("KITH_CACHE_URL", &cache),
            // Tests count to the last request, however busy the machine is.
            ("KITH_CACHE_TIMEOUT_MS", "60000"),
        ];
        environment.retain(|(name, _)| settings.iter().all(|(other, _)| other != name));
        environment.extend_from_slice(settings);
        let config = Sources::given(None, environment).load(&[Part::Api]);
        let config = config.expect("a complete configuration");
        let lifecycle = Lifecycle::new();
        let mut clients = Vec::new();
        for _ in 0..processes {
            let api = ApiService::with_clock(&config, &lifecycle, clock.clone()).await;
            let api = api.expect("a free port");
            let address = api.address().expect("an open port");
            lifecycle.spawn("api", api.run(lifecycle.clone()));
            clients.push(Client::new(&format!("http://{address}")));
        }
        let entropy = Arc::new(OsEntropy);
        let store = Store::connect(StoreSettings {
            url: database.url().to_owned().into(),
            max_connections: 2,
            clock: clock.clone(),
            entropy: entropy.clone(),
            traceparent: || None,
        });
        // A number that no process leases: they begin with the lowest.
        let worker = WorkerId::new(MAX_WORKER).expect("it is the largest");
        let world = Self {
            client: clients[0].clone(),
            second: clients[processes - 1].clone(),
            ids: IdGenerator::new(worker, clock.clone(), entropy),
            store: store.expect("a good address"),
            clock,
            database,
            nats,
            lifecycle,
        };
        world.wait_for(&clients).await;
        world
    }

    /// A process writes once it has its number among those that mint ids.
    async fn wait_for(&self, processes: &[Client]) {
        let warm_up = self.account("warm_up").await;
        // It asks as often as it takes.
        self.lift_limits(&warm_up).await;
        for process in processes {
            let client = process.with_token(&warm_up.access_token);
            until("the api writes", async || {
                let body = json!({ "name": "first" });
                let answer = client.post("/api/v1/guilds", &body).await;
                if answer.status == 201 {
                    Ok(())
                } else {
                    Err(answer.body)
                }
            })
            .await;
        }
    }

    /// A new account with [`PASSWORD`] and a session, by no route that counts.
    pub(crate) async fn account(&self, username: &str) -> Account {
        let name = Username::parse(username).expect("a good name");
        let account = NewAccount {
            id: self.ids.mint(),
            username: &name,
            display_name: None,
            password_hash: password_hash().await,
            at: self.clock.now(),
        };
        let user = create(&self.store, &account).await;
        let user = user
            .expect("the database answers")
            .expect("the name is free");
        let (id, access, refresh) = self.session(&user.id.to_string()).await;
        Account {
            client: self.client.with_token(&access),
            id: user.id.to_string(),
            username: user.username,
            session_id: id.to_string(),
            access_token: access,
            refresh_token: refresh,
        }
    }

    /// A new session of an account: its id and its tokens.
    pub(crate) async fn session(&self, user: &str) -> (SessionId, String, String) {
        let id: SessionId = self.ids.mint();
        let (access, refresh) = (format!("access-{id}"), format!("refresh-{id}"));
        let hash = |token: &str| TokenHash(Sha256::digest(token).into());
        let at = self.clock.now();
        let new = NewSession {
            id,
            user: user.parse().expect("an id"),
            access: hash(&access),
            refresh: hash(&refresh),
            access_expires_at: at.plus_seconds(3600),
            expires_at: at.plus_seconds(7 * 24 * 3600),
            user_agent: None,
            at,
        };
        let opened = open_session(&self.store, &new, password_hash().await).await;
        opened
            .expect("the database answers")
            .expect("there is such an account");
        (id, access, refresh)
    }

    /// Puts another hash in the place of an account's first password.
    pub(crate) async fn set_password_hash(&self, account: &Account, hash: &str) {
        let user = account.id.parse().expect("an id");
        let work = self.store.begin(&[Aggregate::User(user)]).await;
        let mut work = work.expect("the database answers");
        let done = change_password(&mut work, user, password_hash().await, hash).await;
        assert!(done.expect("the database answers"));
        work.commit()
            .await
            .expect("the database answers")
            .hand_over(drop);
    }

    /// Lifts the rate limits for an account.
    pub(crate) async fn lift_limits(&self, account: &Account) {
        let name = Username::parse(&account.username).expect("a good name");
        let lifted = set_unlimited(&self.store, &name, true).await;
        lifted
            .expect("the database answers")
            .expect("there is such an account");
    }

    /// Everything that is in the database, as text.
    pub(crate) fn dump(&self) -> String {
        let dump = Command::new(tools().postgres_bin_dir.join("pg_dump"))
            .args(["--data-only", self.database.url()])
            .envs(&tools().env)
            .output()
            .expect("pg_dump lies beside postgres");
        assert!(
            dump.status.success(),
            "{}",
            String::from_utf8_lossy(&dump.stderr)
        );
        String::from_utf8_lossy(&dump.stdout).into_owned()
    }

    /// The events up to the one that `is_last` accepts, as a gateway gets them, as far as `accepts` does.
    pub(crate) async fn events(
        &self,
        is_last: impl Fn(&IngestEvent) -> bool,
        accepts: impl Fn(&IngestEvent) -> bool,
    ) -> Vec<IngestEvent> {
        let bus = Bus::connect(BusOptions {
            url: self.nats.url(),
            login: None,
            name: "test".to_owned(),
            namespace: Namespace::new(self.database.name().to_owned()),
        });
        let bus = bus.await.expect("a good address");
        let from = StartAt::FillSince(Duration::from_hours(1));
        let mut ingest = Ingest::start(bus, Arc::new(SystemClock), from);
        let mut found = Vec::new();
        let collect = async {
            loop {
                let IngestItem::Event(event) = ingest.next().await else {
                    continue;
                };
                let last = is_last(&event);
                if last || accepts(&event) {
                    found.push(event);
                }
                if last {
                    return;
                }
            }
        };
        let waited = tokio::time::timeout(PATIENCE, collect).await;
        waited.expect("the last event comes");
        found
    }

    /// What became known to one account's own devices so far: kinds and payloads.
    pub(crate) async fn known_to(&self, account: &Account) -> Vec<(&'static str, Value)> {
        let (_, access, _) = self.session(&account.id).await;
        self.known_with(account, &access).await
    }

    /// As [`Self::known_to`], with an access token of theirs.
    pub(crate) async fn known_with(
        &self,
        account: &Account,
        access: &str,
    ) -> Vec<(&'static str, Value)> {
        let fence = format!("fence {}", self.ids.mint::<SessionId>());
        let client = self.client.with_token(access);
        let body = json!({ "display_name": fence });
        client.patch("/api/v1/users/@me", &body).await.expect(200);
        let own = Scope::User(account.id.parse().expect("an id"));
        let is_last = |event: &IngestEvent| {
            event.head.scope == own && payload(event)["user"]["display_name"] == fence
        };
        let events = self.events(is_last, |event| event.head.scope == own).await;
        let revs: Vec<_> = events.iter().map(|event| event.head.rev).collect();
        assert!(revs.iter().copied().eq(1..=revs.len() as i64), "{revs:?}");
        // What others did so reaches who has a direct message with them.
        let is_fence = |payload: &Value| {
            let name = payload["user"]["display_name"].as_str();
            name.is_some_and(|name| name.starts_with("fence "))
        };
        events
            .iter()
            .map(|event| (event.head.kind.into(), payload(event)))
            .filter(|(_, payload)| !is_fence(payload))
            .collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.lifecycle.stop();
    }
}

/// What clients receive of an event.
pub(crate) fn payload(event: &IngestEvent) -> Value {
    serde_json::from_slice(&event.payload).expect("a payload is JSON")
}

/// A string in an answer.
#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    let text = value.as_str();
    text.unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}

/// Logs in with whatever headers.
pub(crate) async fn log_in(
    client: &Client,
    username: &str,
    password: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let body = json!({ "username": username, "password": password });
    call(client, "/api/v1/auth/login", &body, headers).await
}

/// Posts with whatever headers.
pub(crate) async fn call(
    client: &Client,
    path: &str,
    body: &Value,
    headers: &[(&str, &str)],
) -> Answer {
    let http = reqwest::Client::builder().no_proxy().build();
    let mut request = http
        .expect("an HTTP client without TLS can be made")
        .post(format!("{}{path}", client.base()))
        .json(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.expect("it answers");
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response.json().await.unwrap_or_default(),
    }
}

/// Whether a token is good for anything.
pub(crate) async fn is_signed_in(client: &Client, token: &str) -> bool {
    let answer = client.with_token(token).get("/api/v1/users/@me").await;
    if answer.status != 200 {
        answer.expect_error(401, "UNAUTHENTICATED");
    }
    answer.status == 200
}

/// Shows a refresh token.
pub(crate) async fn refresh(client: &Client, token: &str) -> Answer {
    let body = json!({ "refresh_token": token });
    client.anonymous().post("/api/v1/auth/refresh", &body).await
}

/// A guild of the first one that all the others join.
pub(crate) async fn guild_of(people: &[&Account]) -> String {
    let owner = &people[0].client;
    let guild = owner
        .post("/api/v1/guilds", &json!({ "name": "Tea house" }))
        .await;
    let guild = text(&guild.expect(201)["id"]);
    let path = format!("/api/v1/guilds/{guild}/invites");
    let invite = owner.post(&path, &json!({})).await;
    let path = format!("/api/v1/invites/{}", text(&invite.expect(201)["code"]));
    for account in &people[1..] {
        account.client.post(&path, &json!({})).await.expect(200);
    }
    guild
}

/// Opens the direct message with somebody.
pub(crate) async fn open(from: &Account, to: &Account) -> Answer {
    let body = json!({ "recipient_id": to.id });
    from.client.post("/api/v1/users/@me/channels", &body).await
}
