use kith_events::{Aggregate, EventKind, Scope};
use kith_types::{ChannelId, FileId, GuildId, MessageId};
use kith_wire::MessageChange;
use sqlx::PgConnection;

use crate::{Store, StoreError};

/// What became of an image.
#[derive(Debug, Clone)]
pub enum Worked {
    /// It says nothing about its maker any more, and has a thumbnail.
    Clean {
        size: i64,
        sha256: [u8; 32],
        width: i32,
        height: i32,
        thumbhash: Vec<u8>,
    },
    /// It cannot be decoded, or is too much: from now on it is a mere file.
    Failed(String),
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
    /// What kind of image waits to be worked on; none if it does not (any more).
    pub async fn waiting_file(&self, file: FileId) -> Result<Option<String>, StoreError> {
        let row = sqlx::query_scalar!(
            "SELECT content_type FROM files WHERE id = $1 AND state = 1",
            file.uuid(),
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(row)
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
    let done = match worked {
        Worked::Clean {
            size,
            sha256,
            width,
            height,
            thumbhash,
        } => {
            sqlx::query!(
                "UPDATE files SET state = 2, size = $3, sha256 = $4, width = $5, height = $6, thumbhash = $7 \
                 WHERE id = $1 AND state = 1 AND (message_id IS NOT NULL) = $2",
                file.uuid(),
                attached,
                size,
                &sha256[..],
                width,
                height,
                thumbhash,
            )
            .execute(connection)
            .await?
        }
        Worked::Failed(reason) => {
            sqlx::query!(
                "UPDATE files SET state = 2, content_type = 'application/octet-stream', width = NULL, height = NULL, \
                 failure = $3 WHERE id = $1 AND state = 1 AND (message_id IS NOT NULL) = $2",
                file.uuid(),
                attached,
                reason,
            )
            .execute(connection)
            .await?
        }
    };
    Ok(done.rows_affected() > 0)
}
