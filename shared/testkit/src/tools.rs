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
    pub garage: PathBuf,
    pub livekit_server: PathBuf,
    /// Takes part in a LiveKit room.
    pub voice_client: PathBuf,
    /// Only browser tests need one.
    pub chromium: Option<PathBuf>,
    /// What the engines need in their environment, such as where their libraries are.
    pub env: BTreeMap<String, String>,
}

/// The root of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// A folder of real text in many languages, as `./dev corpus` obtains it: a file has texts with a line of `%` between them.
///
/// # Panics
/// If it cannot be obtained.
pub fn corpus() -> &'static Path {
    static CORPUS: OnceLock<PathBuf> = OnceLock::new();
    CORPUS.get_or_init(|| {
        let printed = dev("corpus", "the corpus is missing");
        PathBuf::from(String::from_utf8_lossy(&printed).trim())
    })
}

/// What a command of `./dev` prints.
fn dev(command: &str, missing: &str) -> Vec<u8> {
    let run = Command::new("./dev")
        .arg(command)
        .current_dir(workspace())
        .output()
        .expect("./dev is in the workspace's root; it needs python3");
    assert!(
        run.status.success(),
        "{missing}; run ./dev {command} and read what it says:\n{}",
        String::from_utf8_lossy(&run.stderr)
    );
    run.stdout
}

/// HTTP clients want to know who does their TLS, also where they do none. The second call changes nothing.
pub(crate) fn choose_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The engines' binaries; `./dev tools` obtains them if they are not here yet.
///
/// # Panics
/// If it cannot.
pub fn tools() -> &'static Tools {
    static TOOLS: OnceLock<Tools> = OnceLock::new();
    TOOLS.get_or_init(|| {
        choose_tls();
        let printed = dev("tools", "the engines are missing");
        serde_json::from_slice(&printed).expect("./dev tools prints JSON")
    })
}
