use kith_types::FileId;
use kith_wire::Attachment;
use sqlx::types::Json;

use crate::columns::moment;
use crate::messages::AttachmentRow;
use crate::{Store, StoreError};

/// What was found out about a file while it came in.
#[derive(Debug, Clone)]
pub struct Received {
    pub content_type: String,
    pub size: i64,
    pub sha256: [u8; 32],
    /// Of an image: as it is to be shown, if that is known already.
    pub pixels: Option<(i32, i32)>,
    /// Whether it will be worked on before anybody gets it.
    pub waits: bool,
}

impl Store {
    /// Notes that all bytes of a file are in the object store. [`StoreError::Gone`] if it took too long.
    pub async fn finish_file(
        &self,
        file: FileId,
        received: &Received,
    ) -> Result<Attachment, StoreError> {
        let (width, height) = received.pixels.unzip();
        let row = sqlx::query_scalar!(
            r#"UPDATE files SET content_type = $2, size = $3, sha256 = $4, width = $5, height = $6, state = $7
            WHERE id = $1 AND state = 0 AND purge_at > $8
            RETURNING attachment(files) AS "attachment!: Json<AttachmentRow>""#,
            file.uuid(),
            received.content_type,
            received.size,
            &received.sha256[..],
            width,
            height,
            if received.waits { 1_i16 } else { 2 },
            moment(self.now()),
        )
        .fetch_optional(self.pool())
        .await?;
        let row = row.ok_or(StoreError::Gone)?;
        Ok(row.0.into())
    }

    /// Notes that a file will not be finished: its objects can go at once.
    pub async fn give_up_file(&self, file: FileId) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE files SET state = 3, purge_at = $2 WHERE id = $1 AND state = 0",
            file.uuid(),
            moment(self.now()),
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }
}
