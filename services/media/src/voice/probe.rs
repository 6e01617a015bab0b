use kith_config::LivekitConfig;

use super::sfu::{Sfu, SfuError};

/// What a LiveKit server says that takes our key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LivekitProbed {
    /// How many of its rooms are ours.
    pub rooms: usize,
}

/// LiveKit does not answer, or does not take the key.
#[derive(Debug, thiserror::Error)]
#[error("LiveKit cannot be used")]
pub struct LivekitProbeError(#[source] SfuError);

/// Asks LiveKit something that only who holds a good key is told. None if no key is configured.
pub async fn probe_livekit(
    config: &LivekitConfig,
) -> Result<Option<LivekitProbed>, LivekitProbeError> {
    let Some(sfu) = Sfu::new(config) else {
        return Ok(None);
    };
    let channels = sfu.channels().await.map_err(LivekitProbeError)?;
    Ok(Some(LivekitProbed {
        rooms: channels.len(),
    }))
}
