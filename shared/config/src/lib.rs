//! What can be configured, and where it comes from: defaults, then `kith.toml`, then `KITH_{SECTION}_{KEY}` in the
//! environment, then `KITH_{SECTION}_{KEY}_FILE` for secrets. The later one wins.
//!
//! Every key stands once, in `sections.rs`, with its type, default and documentation; the structs, the reader and
//! `config/kith.example.toml` come from there. All mistakes are reported at once, each with where it stands and
//! what to do about it.

mod checks;
mod define;
mod example;
mod file;
mod load;
mod mistake;
mod sections;
mod setting;
mod unknown;

pub use example::example;
pub use load::{Explained, Part, Sources};
pub use mistake::{EXIT_CODE, Mistake, Mistakes};
pub use sections::{
    ApiConfig, CacheConfig, Config, FederationConfig, GatewayConfig, HttpConfig, InstanceConfig,
    LivekitConfig, MediaConfig, NatsConfig, ObjectsConfig, OpsConfig, OutboundConfig,
    PostgresConfig, PresenceConfig, SearchConfig, SecurityConfig, TelemetryConfig,
};
pub use setting::{FederationMode, HostAddress, LogFormat};
