use std::net::SocketAddr;

use ipnet::IpNet;
use secrecy::SecretString;

use crate::checks::{
    between, cores_when_zero, decode_key, domain, hex_key, namespace, nats_url, not_empty,
    optional, redis_url, replicas, url,
};
use crate::define::sections;
use crate::{FederationMode, HostAddress, LogFormat};

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
        /// How many sockets one address (of IPv6, one /64) may have open at each process, and how often it may identify or
        /// resume there in a minute. A school or an office is one address.
        sockets_per_address: u32 = 2000 => between(1, 1_000_000);
        /// How many of them may not have said yet who they are, for which they have ten seconds.
        handshakes_per_address: u32 = 200 => between(1, 1_000_000);
    }

    /// The presence service: who is online. The gateways need the same values here.
    presence: PresenceConfig {
        /// The name that it logs in to NATS with.
        nats_user: String = "presence";
        /// The password of that name.
        nats_password: SecretString, for Presence;
        /// How often each gateway says who is connected to it.
        beat_interval_ms: u32 = 10000 => between(100, 300_000);
        /// People whose gateway says nothing for this long are offline. At least two beats and a turn of the reaper.
        ttl_ms: u32 = 30000 => between(500, 3_600_000);
        /// How often it is looked for them. Who closes the last connection is offline that much later too, so that
        /// reloading a page is not seen.
        reap_interval_ms: u32 = 3000 => between(100, 60_000);
        /// How long a connection that has ended is remembered, so that word of it that comes late changes nothing.
        look_back_ms: u32 = 60000 => between(1000, 3_600_000);
        /// In guilds with up to so many members everybody who looks at the member list learns how all of them are
        /// seen; in larger ones, those whom they see in the list.
        whole_guild_members: u32 = 250 => between(0, 1000);
    }

    /// The federation service: what other instances ask of this one, and what is asked of them.
    federation: FederationConfig {
        /// Where it listens. The front door is what the world sees.
        listen: SocketAddr = "127.0.0.1:7006";
        /// The name that it logs in to NATS with.
        nats_user: String = "federation";
        /// The password of that name.
        nats_password: SecretString, for Federation;
        /// With whom this instance speaks: "open", with everybody whom no rule denies, or "allowlist", only with
        /// those whom a rule allows. Administrators of the instance make the rules.
        mode: FederationMode = "open";
        /// The file of the keys that this instance signs with, which only its owner may read. It is made when it is not
        /// there; all processes of the instance need the same one.
        key_path: String = "federation.keys" => not_empty;
        /// The content of such a file, instead of it. It is read when a process starts.
        key_ring: Option<SecretString>;
    }

    /// Requests to hosts that others name: other instances.
    outbound: OutboundConfig {
        /// Networks that they may go to although they are not of the public network. None, unless instances that you
        /// trust are in your own.
        allowed_networks: Vec<IpNet> = [];
        /// Where certain hosts are, instead of what their names resolve to, as "name=address:port". The address has to be
        /// an allowed one all the same.
        hosts: Vec<HostAddress> = [];
        /// A file of certificates in PEM that are trusted besides the public authorities.
        trusted_roots: Option<String> => optional(not_empty);
        /// How often one host is asked at most, in a minute.
        requests_per_minute: u32 = 120 => between(1, 1_000_000);
    }

    /// The media service: files that people send, with their thumbnails, and voice.
    media: MediaConfig {
        /// Where it listens. The front door is what the world sees; LiveKit calls `/livekit/webhook` here.
        listen: SocketAddr = "127.0.0.1:7004";
        /// The name that it logs in to NATS with.
        nats_user: String = "media";
        /// The password of that name.
        nats_password: SecretString, for Media;
        /// How large a file may be, in MB of 1,000,000 bytes.
        upload_megabytes: usize = 100 => between(1, 10_000);
        /// How much the files of one account may have together, in MB of 1,000,000 bytes. What is deleted is given back.
        account_megabytes: usize = 5_000 => between(1, 100_000_000);
        /// How much the files of all accounts may have together, in MB of 1,000,000 bytes.
        instance_megabytes: usize = 50_000 => between(1, 100_000_000);
        /// How many files each process takes in at once, each with a part of 5 MiB in the folder for temporary files while it comes.
        /// One account has a share of four. If there is no place, who sends too slowly loses theirs to who waits.
        uploads: usize = 64 => between(2, 4096);
        /// How many of those parts each process holds in memory at once, on their way to the object store. More wait.
        upload_buffers: usize = 6 => between(2, 1024);
        /// Who sends a file may be slow, but in this time 16 KiB have to come.
        upload_idle_seconds: u32 = 60 => between(5, 3600);
        /// Larger images are refused.
        image_megapixels: usize = 50 => between(1, 500);
        /// How much memory each process takes for images that it decodes, all at once, in MB of 1,000,000 bytes. One that would need
        /// more by itself is a mere file: 50 megapixels need 150 to 300, in deep colours or as progressive JPEG up to 450.
        decode_megabytes: usize = 320 => between(16, 100_000);
        /// How large the picture of a person or a guild may be when it is sent, in MB of 1,000,000 bytes. What is kept of it is
        /// small.
        picture_megabytes: usize = 8 => between(1, 10);
    }

    /// Garage, or any other server that speaks S3, which holds the files. The front door need not reach it.
    objects: ObjectsConfig {
        /// `http://host:3900`
        endpoint: String = "http://127.0.0.1:3900" => url(&["http", "https"]);
        /// As the server calls its region.
        region: String = "garage" => not_empty;
        /// The bucket. It is made if the key may do that.
        bucket: String = "kith" => not_empty;
        /// The key's id.
        access_key: String => not_empty, for Media;
        /// The key itself.
        secret_key: SecretString, for Media;
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
        url: SecretString => url(&["postgres", "postgresql"]), for Api Media Search Federation Database;
        /// How many connections each process opens at most. They take turns, so more than are busy at once make each slower.
        max_connections: u32 = 8 => between(2, 1000);
    }

    /// NATS with JetStream, which carries everything between the services.
    nats: NatsConfig {
        /// `nats://host:4222`, without a name and a password: each service has its own. Of a cluster name all servers, with
        /// commas between them, the nearest first.
        url: String => nats_url, for Api Gateway Presence Media Search Federation;
        /// On how many servers of a cluster each event is kept: 1, 3 or 5.
        replicas: usize = 1 => replicas;
    }

    /// Dragonfly, or any other server that speaks Redis' protocol. What is in it may be lost at any time.
    cache: CacheConfig {
        /// `redis://:password@host:6379`, or `rediss://` with TLS.
        url: SecretString => redis_url, for Api Presence Media Federation;
        /// How long it may take to answer. What is not answered by then is decided without it, and for a second
        /// it is not asked at all.
        timeout_ms: u32 = 250 => between(10, 60_000);
    }

    /// LiveKit, which carries voice and video. Without a key and its secret there is no voice.
    livekit: LivekitConfig {
        /// Where the services reach it.
        url: String = "http://127.0.0.1:7880" => url(&["http", "https"]);
        /// Where clients reach it, for example `wss://voice.example.org`. Without it: `/livekit` at
        /// `instance.public_url`, from where the front door leads there.
        client_url: Option<String> => optional(url(&["ws", "wss"]));
        /// The name of the key, as LiveKit's own configuration has it.
        api_key: Option<String> => optional(not_empty);
        /// The secret of that key.
        api_secret: Option<SecretString>;
        /// The port where it takes media by UDP, for `kith doctor`.
        udp_port: u32 = 7882 => between(1, 65_535);
        /// The port where it takes media by TCP from those who cannot use UDP, for `kith doctor`.
        tcp_port: u32 = 7881 => between(1, 65_535);
    }

    /// Keys.
    security: SecurityConfig {
        /// Signs the sessions of the gateway, so that each process can resume each session. The same for all of
        /// them. 32 random bytes as 64 hex digits: `openssl rand -hex 32`.
        session_key: SecretString => hex_key, for Gateway;
    }

    /// HTTP, for every service that listens.
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
