use kith_types::FileId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether a file can be fetched already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileStatus {
    /// It is all there, and an image waits to be freed of what it says about its maker. `MESSAGE_UPDATE` tells when it is.
    Processing,
    Ready,
}

/// A file that belongs to a message, or that its sender may still attach to one.
///
/// It is fetched at `/api/v1/attachments/{id}/{filename}`, an image's thumbnail at `/api/v1/thumbnails/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Attachment {
    pub id: FileId,
    pub filename: String,
    /// As its first bytes say, whatever the sender called it.
    pub content_type: String,
    /// Bytes.
    pub size: i64,
    pub status: FileStatus,
    /// Pixels, of an image as it is to be shown.
    pub width: Option<i32>,
    pub height: Option<i32>,
    /// A blur of some 25 bytes to show until the image is there, in base 64; see ThumbHash.
    pub thumbhash: Option<String>,
}
