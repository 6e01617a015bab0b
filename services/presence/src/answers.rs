use std::sync::Arc;

use kith_bus::{Bus, ServeError};
use kith_cache::{CachePresence, PresenceError};
use kith_events::rpc::{Beat, PRESENCES_AT_ONCE, Presences};
use kith_types::{Clock, Timestamp};
use kith_wire::{ErrorCode, Presence};
use metrics::counter;
use tokio_util::sync::CancellationToken;

use crate::teller::Teller;

/// How many questions are answered at once. The cache does one thing after the other anyway.
const AT_ONCE: usize = 4;

/// What answering takes.
#[derive(Clone)]
pub(crate) struct Answers {
    pub(crate) presence: CachePresence,
    pub(crate) teller: Teller,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Takes beats until `stop`, one after the other.
pub(crate) async fn beats(
    answers: Answers,
    bus: Bus,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    bus.serve(1, stop, |beat: Beat| {
        let answers = answers.clone();
        async move {
            let noted = answers.presence.beat(&beat, answers.clock.now()).await;
            let changed = noted.map_err(|error| failure(&error))?;
            counter!("kith_presence_beats_total").increment(1);
            answers.tell(changed).await;
            Ok(())
        }
    })
    .await
}

/// Says how users are seen, until `stop`.
pub(crate) async fn presences(
    answers: Answers,
    bus: Bus,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    bus.serve(AT_ONCE, stop, |asked: Presences| {
        let answers = answers.clone();
        async move {
            if asked.users.len() > PRESENCES_AT_ONCE {
                return Err(ErrorCode::InvalidRequest);
            }
            let now = answers.clock.now();
            let known = answers.presence.read(&asked.users, now).await;
            let mut known = known.map_err(|error| failure(&error))?;
            for presence in &mut known.presences {
                forget_expired(presence, now);
            }
            Ok(known)
        }
    })
    .await
}

impl Answers {
    async fn tell(&self, mut changed: Vec<Presence>) {
        let now = self.clock.now();
        for presence in &mut changed {
            forget_expired(presence, now);
        }
        self.teller.tell(&changed).await;
    }
}

/// Words that were to be shown until a moment that has passed are not shown.
pub(crate) fn forget_expired(presence: &mut Presence, now: Timestamp) {
    presence
        .custom_status
        .take_if(|words| words.expires_at.is_some_and(|end| end <= now));
}

fn failure(error: &PresenceError) -> ErrorCode {
    match error {
        PresenceError::Corrupt => {
            tracing::error!(error = %error, "presence cannot be read");
            ErrorCode::Internal
        }
        PresenceError::Away | PresenceError::Failed(_) => {
            tracing::debug!(error = %error, "the cache is away");
            ErrorCode::Unavailable
        }
    }
}

#[cfg(test)]
mod tests {
    use kith_wire::{CustomStatus, Status};

    use super::*;

    #[test]
    fn words_are_shown_until_their_moment_and_not_at_it() {
        let end = Timestamp::from_millis(1000);
        let with = |expires_at| Presence {
            user_id: "01M7X094NF15018JC8E57M87Z2".parse().unwrap(),
            status: Status::Online,
            custom_status: Some(CustomStatus {
                text: "soon".to_owned(),
                expires_at,
            }),
            version: 1,
        };
        let shown = |expires_at, now| {
            let mut presence = with(expires_at);
            forget_expired(&mut presence, Timestamp::from_millis(now));
            presence.custom_status.is_some()
        };
        assert!(shown(Some(end), 999));
        assert!(!shown(Some(end), 1000));
        assert!(shown(None, i64::MAX));
    }
}
