use std::sync::Arc;

use axum::extract::FromRef;
use kith_bus::Bus;
use kith_config::ApiConfig;
use kith_policy::PeerMode;
use kith_store::Store;
use kith_types::{Domain, Entropy, Limiter};

use crate::access::Gate;
use crate::outbox::Publisher;
use crate::passwords::Hasher;
use crate::posting::Poster;

/// What the routes share. A handler takes the parts that it uses, such as `State<Store>`.
#[derive(Clone)]
pub(crate) struct Core {
    pub(crate) store: Store,
    pub(crate) publisher: Publisher,
    pub(crate) poster: Poster,
    pub(crate) bus: Bus,
    pub(crate) limiter: Arc<dyn Limiter>,
    pub(crate) gate: Gate,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) hasher: Hasher,
    pub(crate) config: Arc<ApiConfig>,
    pub(crate) home: Home,
}

/// This instance among others.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    pub(crate) domain: Domain,
    /// Whether browsers reach it by HTTPS.
    pub(crate) is_encrypted: bool,
    /// With whom it speaks.
    pub(crate) mode: PeerMode,
}

macro_rules! parts {
    ($($field:ident: $part:ty),+ $(,)?) => {$(
        impl FromRef<Core> for $part {
            fn from_ref(core: &Core) -> Self {
                core.$field.clone()
            }
        }
    )+};
}

parts! {
    store: Store,
    publisher: Publisher,
    poster: Poster,
    bus: Bus,
    limiter: Arc<dyn Limiter>,
    gate: Gate,
    entropy: Arc<dyn Entropy>,
    hasher: Hasher,
    config: Arc<ApiConfig>,
    home: Home,
}
