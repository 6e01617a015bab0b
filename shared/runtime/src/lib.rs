//! How a process of Kith lives: tasks and an orderly end, health, metrics, logs and traces.
//!
//! A process ends in this order. [`Lifecycle::stopping`]: nothing new is accepted, sockets are told to come back
//! elsewhere, what is under way is finished. When all [`Lifecycle::spawn`]ed tasks have ended,
//! [`Lifecycle::settling`]: what outlives them (relay, bus, operator's page) hands over what it still has. After
//! [`GRACE`], or at a second signal, everything left is dropped.

mod health;
mod lifecycle;
mod metrics;
pub mod ops;
mod process;
mod serve;
mod service;
mod telemetry;
mod trace;

pub use health::{Check, Health};
pub use lifecycle::{Ending, GRACE, Lifecycle, TaskError, TaskResult};
pub use metrics::{MetricsError, install as install_metrics};
pub use serve::serve;
pub use service::Service;
pub use telemetry::{Telemetry, TelemetryError, init as init_telemetry};
pub use trace::{current_traceparent, set_parent};
