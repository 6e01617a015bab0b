use bytes::Bytes;
use kith_bus::{Bus, SendError};
use kith_events::Ephemeral;
use kith_wire::{Presence, Status};
use metrics::counter;

/// Tells all gateways who is seen otherwise now. Core NATS, never stored: a gateway that does not hear it asks later.
#[derive(Clone)]
pub(crate) struct Teller(Bus);

impl Teller {
    pub(crate) fn new(bus: Bus) -> Self {
        Self(bus)
    }

    pub(crate) async fn tell(&self, changed: &[Presence]) {
        for presence in changed {
            let status: &'static str = Status::into(presence.status);
            counter!("kith_presence_changes_total", "status" => status).increment(1);
            let about = Ephemeral::Presence {
                user: presence.user_id,
            };
            let payload = serde_json::to_vec(presence).expect("it has only plain fields");
            match self.0.publish_ephemeral(&about, Bytes::from(payload)).await {
                Ok(()) => {}
                // Nobody would hear of the others either.
                Err(SendError::Disconnected) => return,
                Err(error) => {
                    tracing::warn!(error = %error, "gateways cannot be told who is online");
                    return;
                }
            }
        }
    }
}
