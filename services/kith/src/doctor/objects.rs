use kith_blobs::BlobError;
use kith_config::ObjectsConfig;

use super::{Finding, describe};

const ABOUT: &str = "files";

/// Whether files can be stored, read and removed. Text goes on without.
pub(super) async fn look(config: &ObjectsConfig) -> Finding {
    let blobs = kith_media::blobs(config);
    let probed = async {
        blobs.ensure_bucket().await?;
        blobs.probe().await
    };
    match probed.await {
        Ok(took) => Finding::good(
            ABOUT,
            format!(
                "bucket {} at {}; stored, read and removed in {took:.1?}",
                config.bucket, config.endpoint
            ),
        ),
        Err(error @ BlobError::Unavailable(_)) => Finding::wrong(
            ABOUT,
            format!("{}: {}", config.endpoint, describe(&error)),
            "start it (garage server), or check objects.endpoint; until then nobody can send or fetch files",
        ),
        Err(error) => Finding::wrong(
            ABOUT,
            format!(
                "bucket {} at {}: {}",
                config.bucket,
                config.endpoint,
                describe(&error)
            ),
            "check objects.access_key, objects.secret_key, objects.bucket and objects.region; the key must be allowed to read and \
             write there",
        ),
    }
}
