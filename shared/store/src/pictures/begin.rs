use kith_types::{FileId, UserId};

use crate::columns::moment;
use crate::{Store, StoreError};

/// How long it may take to be sent, worked on and shown. Then it is removed.
const UNUSED_SECONDS: i64 = 24 * 3600;

/// Whose picture it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureKind {
    /// A person's.
    Avatar,
    /// A guild's.
    Icon,
}

impl PictureKind {
    /// `files.purpose`
    fn column(self) -> i16 {
        match self {
            Self::Avatar => 1,
            Self::Icon => 2,
        }
    }
}

impl Store {
    /// Notes that a picture is about to be stored.
    pub async fn begin_picture(
        &self,
        kind: PictureKind,
        uploader: UserId,
    ) -> Result<FileId, StoreError> {
        let id: FileId = self.mint()?;
        let now = self.now();
        sqlx::query!(
            "INSERT INTO files (id, purpose, uploader_id, filename, created_at, purge_at) VALUES ($1, $2, $3, '', $4, $5)",
            id.uuid(),
            kind.column(),
            uploader.uuid(),
            moment(now),
            moment(now.plus_seconds(UNUSED_SECONDS)),
        )
        .execute(self.pool())
        .await?;
        Ok(id)
    }
}
