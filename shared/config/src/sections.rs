use std::net::SocketAddr;

use ipnet::IpNet;
use secrecy::SecretString;

use crate::LogFormat;
use crate::checks::{
    between, cores_when_zero, decode_key, domain, hex_key, namespace, nats_url, not_empty,
    optional, redis_url, replicas, url,
};
use crate::define::sections;

sections! {
    /// The instance as a whole. All its processes need the same values here.
    instance: InstanceConfig {
        /// The domain that the instance is known by. Accounts are name@domain: it cannot change later.
        name: String = "localhost" => domain;
        /// The address that people open in a browser, without a path.
        public_url: String = "http://localhost:8420" => url(&["https", "http"]);
        /// Stands before every subject, stream and cache key, so that instances can share engines. The subjects of
        /// the NATS users must begin with it.
        namespace: String = "kith" => namespace;
    }

    /// The api service: REST under `/api/v1`, and every write.
    api: ApiConfig {
        /// Where it listens. The front door is what the world sees.
        listen: SocketAddr = "127.0.0.1:7001";
        /// The name that it logs in to NATS with.
        nats_user: String = "api";
        /// The password of that name.
        nats_password: SecretString, for Api;
        /// How many passwords are hashed at once: each takes 19 MiB and a core for a moment. 0: as many as there
        /// are cores.
        password_hash_concurrency: usize = 0 => cores_when_zero;
        /// How long an event is kept after the stream has acknowledged it, in case the stream loses its tail.
        outbox_retention_minutes: u32 = 10 => between(1, 1440);
        /// How long an access token is good for. A refresh token gets a new one.
        access_token_minutes: u32 = 15 => between(1, 1440);
        /// How long somebody stays logged in without coming back.
        refresh_token_days: u32 = 7 => between(1, 365);
        /// Whether strangers may make an account. If not, `kith admin user create` does.
        registration_open: bool = true;
        /// How many accounts may be made from one address in an hour. Schools and offices share one.
        registrations_per_hour: u32 = 20 => between(1, 1_000_000);
    }

    /// The gateway service: the WebSockets.
    gateway: GatewayConfig {
        /// Where it listens. The front door is what the world sees.
        listen: SocketAddr = "127.0.0.1:7002";
        /// The name that it logs in to NATS with.
        nats_user: String = "gateway";
        /// The password of that name.
        nats_password: SecretString, for Gateway;
        /// How often a client has to say that it is there.
        heartbeat_interval_ms: u32 = 30000 => between(1000, 300_000);
        /// How much of the past each process keeps for those who reconnect: this much …
        ring_megabytes: usize = 64 => between(1, 16_384);
        /// … and at most this long. A client that was away longer starts anew.
        ring_minutes: u32 = 5 => between(1, 60);
        /// How much may wait for a socket that does not read before it is closed.
        session_buffer_kilobytes: usize = 1024 => between(64, 65_536);
        /// How many clients are let in at the same time; the others wait their turn.
        identify_concurrency: usize = 16 => between(1, 1024);
    }

    /// The search service: indexes what is said, and finds it.
    search: SearchConfig {
        /// The name that it logs in to NATS with.
        nats_user: String = "search";
        /// The password of that name.
        nats_password: SecretString, for Search;
    }

    /// What a process tells its operator: `/health/live`, `/health/ready` and `/metrics`. Not for the world.
    ops: OpsConfig {
        /// Where it listens. Each process on a machine needs its own port.
        listen: SocketAddr = "127.0.0.1:7000";
    }

    /// PostgreSQL, which holds the truth.
    postgres: PostgresConfig {
        /// `postgres://user:password@host:5432/database`
        url: SecretString => url(&["postgres", "postgresql"]), for Api Search Database;
        /// How many connections each process opens at most.
        max_connections: u32 = 16 => between(2, 1000);
    }

    /// NATS with JetStream, which carries everything between the services.
    nats: NatsConfig {
        /// `nats://host:4222`, without a name and a password: each service has its own. One server of a cluster is
        /// enough, it tells of the others.
        url: String => nats_url, for Api Gateway Search;
        /// On how many servers of a cluster each event is kept: 1, 3 or 5.
        replicas: usize = 1 => replicas;
    }

    /// Dragonfly, or any other server that speaks Redis' protocol. What is in it may be lost at any time.
    cache: CacheConfig {
        /// `redis://:password@host:6379`, or `rediss://` with TLS.
        url: SecretString => redis_url, for Api;
        /// How long it may take to answer. What is not answered by then is decided without it, and for a second
        /// it is not asked at all.
        timeout_ms: u32 = 250 => between(10, 60_000);
    }

    /// Keys.
    security: SecurityConfig {
        /// Signs the sessions of the gateway, so that each process can resume each session. The same for all of
        /// them. 32 random bytes as 64 hex digits: `openssl rand -hex 32`.
        session_key: SecretString => hex_key, for Gateway;
    }

    /// HTTP, for api and gateway.
    http: HttpConfig {
        /// The networks of the proxies in front. Only what comes from them is believed when it says whom it is from.
        trusted_proxies: Vec<IpNet> = ["127.0.0.0/8", "::1/128"];
    }

    /// What a process tells of itself.
    telemetry: TelemetryConfig {
        /// What is logged: a level, or levels per module like `info,kith_gateway=debug`.
        log: String = "info" => not_empty;
        /// "text" for people, "json" for machines.
        format: LogFormat = "text";
        /// Where traces are sent, by OTLP over plain HTTP: a collector close by, for example
        /// `http://localhost:4318`. Without it none are sent.
        otlp_endpoint: Option<String> => optional(url(&["http"]));
    }
}

impl SecurityConfig {
    /// The session key's 32 bytes.
    pub fn session_key_bytes(&self) -> [u8; 32] {
        decode_key(&self.session_key).unwrap_or_default()
    }
}
