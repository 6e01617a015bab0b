//! The engines, each of them with its own data and port.

mod garage;
mod livekit;
mod nats;
mod postgres;
mod redis;

pub use garage::Garage;
pub use livekit::LiveKit;
pub use nats::Nats;
pub use postgres::{Database, Postgres};
pub use redis::Redis;

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use crate::{Folder, Launch, RunAs, tools};

fn launch(name: &str, program: &Path, arguments: &[&str], folder: &Arc<Folder>) -> Launch {
    let environment = tools()
        .env
        .iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    Launch {
        name: name.to_owned(),
        program: program.to_owned(),
        arguments: arguments.iter().map(OsString::from).collect(),
        environment,
        folder: Arc::clone(folder),
        run_as: RunAs::Me,
        last_signal: "KILL",
    }
}
