use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde::Deserialize;

/// Where the engines' binaries are, as `./dev tools` prints it.
#[derive(Debug, Deserialize)]
pub struct Tools {
    pub postgres_bin_dir: PathBuf,
    pub nats_server: PathBuf,
    pub redis_server: PathBuf,
    pub caddy: PathBuf,
    /// Only browser tests need one.
    pub chromium: Option<PathBuf>,
    /// What the engines need in their environment, such as where their libraries are.
    pub env: BTreeMap<String, String>,
}

/// The root of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The engines' binaries; `./dev tools` obtains them if they are not here yet.
///
/// # Panics
/// If it cannot.
pub fn tools() -> &'static Tools {
    static TOOLS: OnceLock<Tools> = OnceLock::new();
    TOOLS.get_or_init(|| {
        let run = Command::new("./dev")
            .arg("tools")
            .current_dir(workspace())
            .output()
            .expect("./dev is in the workspace's root; it needs python3");
        assert!(
            run.status.success(),
            "the engines are missing; run ./dev tools and read what it says:\n{}",
            String::from_utf8_lossy(&run.stderr)
        );
        serde_json::from_slice(&run.stdout).expect("./dev tools prints JSON")
    })
}
