//! Brings voice connections into line with rights, first in the database and then in LiveKit.

use std::collections::BTreeSet;

use kith_events::Aggregate;
use kith_policy::{ConnectVoice, Restraints, VoiceRights, require};
use kith_store::voice::{Standings, Voice as Row};
use kith_store::{StoreError, voice};
use kith_types::{ChannelId, GuildId, Timestamp, UserId};

use super::sfu::{Participant, SfuError};
use super::tell::{tell_gone, tell_state};
use super::{Voice, identity_of};

/// Why rights could not be enforced. Whoever asked tries again.
#[derive(Debug, thiserror::Error)]
pub(super) enum EnforceError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Sfu(#[from] SfuError),
}

/// A connection that may go on, and what it may do.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) row: Row,
    pub(super) rights: VoiceRights,
    /// Whether they lack the right to speak, whatever moderators have put on them.
    pub(super) suppress: bool,
}

impl Voice {
    /// Ends the connections in a guild of those who may not connect any more, and gives the others exactly the rights that
    /// they have now.
    pub(super) async fn enforce(&self, guild: GuildId) -> Result<(), EnforceError> {
        let (kept, ended) = self.decide(guild).await?;
        // Those who may not be there come first.
        let sfu = self.sfu()?;
        for row in &ended {
            sfu.remove(row.channel, &identity_of(row).to_string())
                .await?;
        }
        let channels: BTreeSet<ChannelId> = kept.iter().map(|kept| kept.row.channel).collect();
        for channel in channels {
            let participants = sfu.participants(channel).await?;
            for kept in kept.iter().filter(|kept| kept.row.channel == channel) {
                self.level(kept, &participants).await?;
            }
        }
        Ok(())
    }

    /// Gives a participant the rights of their connection, if LiveKit has others.
    pub(super) async fn level(
        &self,
        kept: &Kept,
        participants: &[Participant],
    ) -> Result<(), SfuError> {
        let identity = identity_of(&kept.row).to_string();
        let found = participants.iter().find(|it| it.identity == identity);
        if found.is_some_and(|it| it.rights != Some(kept.rights)) {
            let sfu = self.sfu()?;
            sfu.grant(kept.row.channel, &identity, kept.rights).await?;
        }
        Ok(())
    }

    /// Decides who of a guild may go on, and ends the other connections in the database, which are returned too.
    pub(super) async fn decide(&self, guild: GuildId) -> Result<(Vec<Kept>, Vec<Row>), StoreError> {
        // Most guilds have nobody in voice most of the time, and most changes leave everybody where they are: the lock is
        // taken only where something is to be written.
        let store = self.store();
        let mut connection = store.connection().await?;
        let now = store.now();
        let rows = voice::in_guild(&mut connection, guild, now).await?;
        if rows.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let standings = Standings::read(&mut connection, guild, &users(&rows)).await?;
        drop(connection);
        let (kept, ended) = judge(rows, &standings, now);
        if ended.is_empty() && kept.iter().all(|kept| kept.row.suppress == kept.suppress) {
            return Ok((kept, ended));
        }
        self.settle(guild).await
    }

    /// Decides again under the guild's lock, and writes what comes out.
    async fn settle(&self, guild: GuildId) -> Result<(Vec<Kept>, Vec<Row>), StoreError> {
        let store = self.store();
        let mut work = match store.begin(&[Aggregate::Guild(guild)]).await {
            Ok(work) => work,
            Err(StoreError::Gone) => {
                let mut connection = store.connection().await?;
                let rows = voice::in_guild(&mut connection, guild, store.now()).await?;
                drop(connection);
                voice::forget_guild(store, guild).await?;
                return Ok((Vec::new(), rows));
            }
            Err(error) => return Err(error),
        };
        let now = work.now();
        let rows = voice::in_guild(work.tx(), guild, now).await?;
        let standings = Standings::read(work.tx(), guild, &users(&rows)).await?;
        let (mut kept, ended) = judge(rows, &standings, now);
        for row in &ended {
            voice::remove(&mut work, row.user, row.connection).await?;
            tell_gone(&mut work, row)?;
        }
        for Kept { row, suppress, .. } in &mut kept {
            if row.suppress != *suppress {
                row.suppress = *suppress;
                voice::suppress(&mut work, row.user, row.suppress).await?;
                tell_state(&mut work, row)?;
            }
        }
        self.commit(work).await?;
        Ok((kept, ended))
    }
}

/// Who may go on, with what rights, and who may not.
fn judge(rows: Vec<Row>, standings: &Standings, now: Timestamp) -> (Vec<Kept>, Vec<Row>) {
    let (mut kept, mut ended) = (Vec::new(), Vec::new());
    for row in rows {
        match judge_one(&row, standings, now) {
            Some((rights, suppress)) => kept.push(Kept {
                row,
                rights,
                suppress,
            }),
            None => ended.push(row),
        }
    }
    (kept, ended)
}

/// What a connection may do, and whether the right to speak is lacking. None if it may not go on.
pub(super) fn judge_one(
    row: &Row,
    standings: &Standings,
    now: Timestamp,
) -> Option<(VoiceRights, bool)> {
    let access = standings.access(row.user, row.channel);
    let granted = require::<ConnectVoice>(access.as_ref(), now).ok()?;
    let suppress = !VoiceRights::of(&granted, Restraints::default()).speak;
    row.session_good
        .then(|| (VoiceRights::of(&granted, row.restraints), suppress))
}

fn users(rows: &[Row]) -> Vec<UserId> {
    rows.iter().map(|row| row.user).collect()
}
