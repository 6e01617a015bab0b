use kith_events::{Aggregate, EventKind, Scope};
use kith_types::{ChannelId, FileId, GuildId, MessageId, UserId};
use kith_wire::MessageChange;
use sqlx::PgConnection;

use crate::{Store, StoreError};

/// A file that has to be worked on before anybody gets it.
#[derive(Debug, Clone)]
pub struct WaitingFile {
    pub content_type: String,
    pub size: u64,
    pub uploader: UserId,
}

/// What became of a file that was worked on.
#[derive(Debug, Clone)]
pub enum Worked {
    /// It says nothing about its maker any more.
    Clean {
        content_type: String,
        /// None: nothing had to be changed.
        stored: Option<Stored>,
        /// Of a picture that is shown.
        picture: Option<Seen>,
    },
    /// It cannot be shown, or is too much: from now on it is a mere file.
    Mere {
        reason: String,
        /// None: it is as it was sent.
        stored: Option<Stored>,
    },
}

/// The bytes that are in the object store instead of those that were sent.
#[derive(Debug, Clone, Copy)]
pub struct Stored {
    pub size: i64,
    pub sha256: [u8; 32],
}

/// What is seen of a picture that has a thumbnail.
#[derive(Debug, Clone)]
pub struct Seen {
    pub width: i32,
    pub height: i32,
    pub thumbhash: Vec<u8>,
}

/// Who has to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkedOn {
    /// Somebody else was faster, or it is gone.
    Nothing,
    /// Nobody sees it yet.
    Unattached,
    /// An event waits for the relay.
    Told,
}

impl Store {
    /// The image that waits to be worked on; none if it does not (any more).
    pub async fn waiting_file(&self, file: FileId) -> Result<Option<WaitingFile>, StoreError> {
        let row = sqlx::query!(
            "SELECT content_type, size, uploader_id FROM files WHERE id = $1 AND state = 1",
            file.uuid(),
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(row.map(|row| WaitingFile {
            content_type: row.content_type,
            size: row.size as u64,
            uploader: row.uploader_id.into(),
        }))
    }

    /// Notes what became of an image. If a message shows it, the message's event goes to the relay, which has to be nudged.
    pub async fn file_worked_on(
        &self,
        file: FileId,
        worked: &Worked,
    ) -> Result<WorkedOn, StoreError> {
        // Only the file's row is locked: a post locks it before its channel, so here it cannot be the other way round.
        let mut connection = self.connection().await?;
        if note(&mut connection, file, worked, false).await? {
            return Ok(WorkedOn::Unattached);
        }
        drop(connection);
        let Some((guild, channel, message)) = self.shown_in(file).await? else {
            return Ok(WorkedOn::Nothing);
        };
        // No post takes a file that is attached, so from here on the usual order of locks is safe.
        let mut work = match self.begin(&[Aggregate::Channel(channel)]).await {
            Ok(work) => work,
            Err(StoreError::Gone) => return Ok(WorkedOn::Nothing),
            Err(error) => return Err(error),
        };
        if !note(work.tx(), file, worked, true).await? {
            return Ok(WorkedOn::Nothing);
        }
        let Some(message) = crate::messages::find(work.tx(), guild, channel, message).await? else {
            return Err(StoreError::Corrupt("files.message_id"));
        };
        let scope = guild.map_or(Scope::Direct(channel), |guild| {
            Scope::Channel(guild, channel)
        });
        work.emit(scope, EventKind::MessageUpdate, |event_id, rev| {
            MessageChange {
                event_id,
                rev,
                message,
            }
        })?;
        work.commit_for_relay().await?;
        Ok(WorkedOn::Told)
    }

    async fn shown_in(
        &self,
        file: FileId,
    ) -> Result<Option<(Option<GuildId>, ChannelId, MessageId)>, StoreError> {
        let row = sqlx::query!(
            r#"
            SELECT channels.guild_id, channels.id, files.message_id AS "message_id!"
            FROM files JOIN channels ON channels.id = files.channel_id
            WHERE files.id = $1 AND files.state = 1 AND files.message_id IS NOT NULL
            "#,
            file.uuid(),
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(row.map(|row| {
            (
                row.guild_id.map(Into::into),
                row.id.into(),
                row.message_id.into(),
            )
        }))
    }
}

/// Whether there was something to note: the file still waits, and is attached or is not, as said.
async fn note(
    connection: &mut PgConnection,
    file: FileId,
    worked: &Worked,
    attached: bool,
) -> Result<bool, StoreError> {
    let (content_type, stored, picture, failure) = match worked {
        Worked::Clean {
            content_type,
            stored,
            picture,
        } => (content_type.as_str(), stored, picture.as_ref(), None),
        Worked::Mere { reason, stored } => ("application/octet-stream", stored, None, Some(reason)),
    };
    let done = sqlx::query!(
        "UPDATE files SET state = 2, content_type = $3, size = COALESCE($4, size), sha256 = COALESCE($5, sha256), \
         width = $6, height = $7, thumbhash = $8, failure = $9 \
         WHERE id = $1 AND state = 1 AND (message_id IS NOT NULL) = $2",
        file.uuid(),
        attached,
        content_type,
        stored.map(|stored| stored.size),
        stored.as_ref().map(|stored| &stored.sha256[..]),
        picture.map(|picture| picture.width),
        picture.map(|picture| picture.height),
        picture.map(|picture| picture.thumbhash.as_slice()),
        failure.map(String::as_str),
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}
