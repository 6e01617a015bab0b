use kith_policy::{AttachFiles, Granted};
use kith_types::{FileId, FileName};

use crate::columns::moment;
use crate::{Store, StoreError};

/// How long a file may take to be sent and attached. Then it is removed.
const UNUSED_SECONDS: i64 = 24 * 3600;

impl Store {
    /// Notes that an attachment is about to be sent, for a message in this channel.
    pub async fn begin_attachment(
        &self,
        granted: &Granted<AttachFiles>,
        name: &FileName,
    ) -> Result<FileId, StoreError> {
        let channel = granted.channel().ok_or(StoreError::Gone)?;
        let id: FileId = self.mint()?;
        let now = self.now();
        sqlx::query!(
            "INSERT INTO files (id, purpose, uploader_id, channel_id, filename, created_at, purge_at) \
             VALUES ($1, 0, $2, $3, $4, $5, $6)",
            id.uuid(),
            granted.user().uuid(),
            channel.uuid(),
            name.as_str(),
            moment(now),
            moment(now.plus_seconds(UNUSED_SECONDS)),
        )
        .execute(self.pool())
        .await?;
        Ok(id)
    }
}
