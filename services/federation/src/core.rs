use std::sync::{Arc, Mutex};

use kith_http::Failures;
use kith_outbound::Outbound;
use kith_policy::PeerMode;
use kith_store::Store;
use kith_types::{Domain, Entropy, Limiter, Timestamp};
use kith_wire::{InstanceDocument, Software};

use crate::keys::KeyRing;

/// What the routes and the requests to others share.
#[derive(Clone)]
pub(crate) struct Core {
    pub(crate) domain: Domain,
    pub(crate) mode: PeerMode,
    pub(crate) store: Store,
    pub(crate) limiter: Arc<dyn Limiter>,
    /// Requests that were not believed.
    pub(crate) failures: Failures,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) outbound: Outbound,
    pub(crate) keys: Keys,
}

/// The keys as they are now: the file may be written at any time.
#[derive(Clone)]
pub(crate) struct Keys(Arc<Mutex<Arc<KeyRing>>>);

impl Keys {
    pub(crate) fn new(ring: KeyRing) -> Self {
        Self(Arc::new(Mutex::new(Arc::new(ring))))
    }

    pub(crate) fn now(&self) -> Arc<KeyRing> {
        self.0
            .lock()
            .expect("no code panics while it holds this lock")
            .clone()
    }

    pub(crate) fn replace(&self, ring: KeyRing) {
        *self
            .0
            .lock()
            .expect("no code panics while it holds this lock") = Arc::new(ring);
    }
}

impl Core {
    pub(crate) fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// Who this instance is.
    pub(crate) fn document(&self) -> InstanceDocument {
        InstanceDocument {
            domain: self.domain.clone(),
            software: software(),
            versions: kith_wire::FEDERATION_VERSIONS.to_vec(),
            features: features(),
            keys: self.keys.now().published(self.now()),
        }
    }
}

/// The program.
pub(crate) fn software() -> Software {
    Software {
        name: "kith".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// What it can do.
pub(crate) fn features() -> Vec<String> {
    let names = kith_wire::FEDERATION_FEATURES.iter();
    names.map(|name| (*name).to_owned()).collect()
}
