use kith_events::{Aggregate, EventKind, Scope};
use kith_types::{GuildId, UserId};
use kith_wire::{MemberChange, User, UserChange};
use sqlx::PgConnection;

use crate::{Store, StoreError, Work, members};

/// How often it begins anew because a guild was joined or deleted meanwhile.
const ATTEMPTS: usize = 4;
/// Direct messages whose other person is told: as many as a client knows of when it connects. Older ones learn of it when they
/// are opened.
const DIRECT_CHANNELS: i64 = 200;

/// A change of what others see of an account: those who share a guild or a direct message with it learn of it.
pub struct ProfileChange {
    pub work: Work,
    user: UserId,
    told: Told,
}

/// Who learns of it besides the account's own devices.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    /// All that the user is in.
    guilds: Vec<GuildId>,
    /// The others of their direct messages.
    peers: Vec<UserId>,
}

impl ProfileChange {
    /// Locks everything whose events will be written. None if there is no such account, or if it joins and leaves guilds so
    /// fast that nobody can say whom to tell.
    pub async fn begin(store: &Store, user: UserId) -> Result<Option<Self>, StoreError> {
        for _ in 0..ATTEMPTS {
            let told = read(&mut *store.connection().await?, user).await?;
            let guilds = told.guilds.iter().copied().map(Aggregate::Guild);
            let peers = told.peers.iter().copied().map(Aggregate::User);
            let aggregates: Vec<_> = guilds.chain(peers).chain([Aggregate::User(user)]).collect();
            let mut work = match store.begin(&aggregates).await {
                Ok(work) => work,
                // One of the guilds, perhaps.
                Err(StoreError::Gone) => continue,
                Err(other) => return Err(other),
            };
            // Who joins a guild or opens a direct message locks the user too. So from here on none is added, and one that was
            // meanwhile is seen.
            let now = read(work.tx(), user).await?;
            if now.guilds.iter().all(|guild| told.guilds.contains(guild))
                && now.peers.iter().all(|peer| told.peers.contains(peer))
            {
                return Ok(Some(Self {
                    work,
                    user,
                    told: now,
                }));
            }
        }
        Ok(None)
    }

    /// Adds the events that say what the account is now.
    pub async fn tell(&mut self, user: &User) -> Result<(), StoreError> {
        for id in self.told.peers.iter().copied().chain([self.user]) {
            let user = user.clone();
            self.work
                .emit(Scope::User(id), EventKind::UserUpdate, |event_id, rev| {
                    UserChange {
                        event_id,
                        rev,
                        user,
                    }
                })?;
        }
        for &guild in &self.told.guilds {
            let member = members::find(self.work.tx(), guild, self.user).await?;
            let member = member.ok_or(StoreError::Gone)?;
            self.work.emit(
                Scope::Guild(guild),
                EventKind::GuildMemberUpdate,
                |event_id, rev| MemberChange {
                    event_id,
                    rev,
                    member,
                },
            )?;
        }
        Ok(())
    }
}

async fn read(connection: &mut PgConnection, user: UserId) -> Result<Told, StoreError> {
    let guilds = sqlx::query_scalar!(
        r#"
        SELECT guilds.id FROM members JOIN guilds ON guilds.id = members.guild_id
        WHERE members.user_id = $1 AND guilds.deleted_at IS NULL
        ORDER BY guilds.id
        "#,
        user.uuid(),
    )
    .fetch_all(&mut *connection)
    .await?;
    let peers = sqlx::query_scalar!(
        r#"
        SELECT peer.id
        FROM direct_channels pair
        JOIN channels ON channels.id = pair.channel_id AND channels.deleted_at IS NULL
        JOIN users peer ON peer.id = CASE WHEN pair.user_a = $1 THEN pair.user_b ELSE pair.user_a END
        WHERE (pair.user_a = $1 OR pair.user_b = $1) AND peer.origin = 0 AND peer.deleted_at IS NULL
        ORDER BY coalesce(channels.last_message_id, channels.id) DESC
        LIMIT $2
        "#,
        user.uuid(),
        DIRECT_CHANNELS,
    )
    .fetch_all(connection)
    .await?;
    Ok(Told {
        guilds: guilds.into_iter().map(GuildId::from).collect(),
        peers: peers.into_iter().map(UserId::from).collect(),
    })
}
