use std::time::Duration;

use fred::interfaces::ClientLike;
use fred::types::InfoKind;

use crate::Cache;

/// How long the cache may take to connect and to answer when somebody asks how it is.
const PATIENCE: Duration = Duration::from_secs(3);

/// What `kith doctor` wants to know of the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    /// Which server it is: `redis 7.0.15`, `dragonfly 1.25.0`.
    pub version: String,
    pub round_trip: Duration,
}

/// What is wrong with the cache.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    #[error("the cache does not answer")]
    Unreachable,
    #[error("the cache refuses to answer")]
    Refused(#[source] fred::error::Error),
}

impl Cache {
    /// Asks the server how it is.
    pub async fn probe(&self) -> Result<Probed, ProbeError> {
        tokio::time::timeout(PATIENCE, self.client.wait_for_connect())
            .await
            .map_err(|_| ProbeError::Unreachable)?
            .map_err(ProbeError::Refused)?;
        let before = tokio::time::Instant::now();
        let (): () = self.client.ping(None).await.map_err(ProbeError::Refused)?;
        let round_trip = before.elapsed();
        let info: String = self
            .client
            .info(Some(InfoKind::Server))
            .await
            .map_err(ProbeError::Refused)?;
        let field = |name: &str| info.lines().find_map(|line| line.strip_prefix(name));
        let version = match (field("dragonfly_version:"), field("redis_version:")) {
            (Some(version), _) => format!("dragonfly {}", version.trim_start_matches("df-v")),
            (None, Some(version)) => format!("redis {version}"),
            (None, None) => "unknown".to_owned(),
        };
        Ok(Probed {
            version,
            round_trip,
        })
    }
}
