//! What the services say to each other: subjects, events, requests. Internal, but versions run side by side during
//! an upgrade, so every form that ever shipped stays readable (`golden/`).

mod event;
mod payload;
pub mod rpc;
mod subject;

pub use event::{
    Aggregate, EventHead, EventKind, InvalidEvent, Scope, StoredEvent, filters, headers,
    parse_subject, subject,
};
pub use payload::{Payload, PayloadError, REV_PLACEHOLDER, SEQ_PLACEHOLDER};
pub use subject::{Ephemeral, InvalidEphemeral, NUDGE, Namespace, events_filter};
