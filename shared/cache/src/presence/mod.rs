//! Who is online, as the gateways' beats say.
//!
//! A user's connections stand in one hash, and each script call works on the whole hash, so that every change is one
//! atomic step however many processes are at it. What comes twice or too late changes nothing: each connection's epoch
//! decides. So all of this may be lost at any time, and the next beats bring it back.

use std::collections::BTreeMap;
use std::time::Duration;

use fred::interfaces::SortedSetsInterface;
use fred::types::scripts::Script;
use kith_events::rpc::{Beat, Connected, KnownPresences};
use kith_types::{BootId, Timestamp, UserId};
use kith_wire::{ChosenStatus, CustomStatus, Presence, Status};

use crate::Cache;

/// How many users one script call works on: a millisecond or two, in which the server does nothing else.
const AT_ONCE: usize = 100;

/// How long things count.
#[derive(Debug, Clone, Copy)]
pub struct PresenceTimes {
    /// How long a beat holds.
    pub lease: Duration,
    /// How long a connection that was closed still counts: who reloads a page has not gone away.
    pub linger: Duration,
    /// How long the epoch of a connection that is gone is remembered, so that what comes late changes nothing.
    pub look_back: Duration,
}

/// The cache cannot tell, or did not take note. Trying again does no harm.
#[derive(Debug, thiserror::Error)]
pub enum PresenceError {
    #[error("there is no connection to the cache")]
    Away,
    #[error("the cache does not do it")]
    Failed(#[from] fred::error::Error),
    /// Somebody else wrote there.
    #[error("what the cache holds of presence cannot be read")]
    Corrupt,
}

/// The presence keys of the cache. A clone works on the same keys.
#[derive(Clone)]
pub struct CachePresence {
    cache: Cache,
    times: PresenceTimes,
    note: Script,
    read: Script,
}

/// A user, as the script says: id, version, how they are seen, their custom status as JSON.
type Row = (String, String, String, String);

impl CachePresence {
    pub(crate) fn new(cache: Cache, times: PresenceTimes) -> Self {
        Self {
            cache,
            times,
            note: Script::from_lua(include_str!("note.lua")),
            read: Script::from_lua(include_str!("read.lua")),
        }
    }

    /// Takes note of a beat. Who is seen otherwise because of it, by anybody's call only once.
    pub async fn beat(&self, beat: &Beat, now: Timestamp) -> Result<Vec<Presence>, PresenceError> {
        let mut users: BTreeMap<UserId, Vec<&Connected>> = BTreeMap::new();
        for connection in &beat.connections {
            users.entry(connection.user).or_default().push(connection);
        }
        let users: Vec<_> = users.into_iter().collect();
        if users.is_empty() {
            // Also a gateway without connections says that beats come.
            return self.call("beat", now, &[], Vec::new()).await;
        }
        let mut changed = Vec::new();
        for chunk in users.chunks(AT_ONCE) {
            let mut arguments = Vec::new();
            for (user, connections) in chunk {
                let said = connections.iter().max_by_key(|it| it.rev);
                let words = said.and_then(|it| it.custom_status.as_ref());
                let words = words.map(serde_json::to_string).transpose();
                arguments.extend([
                    user.to_string(),
                    said.map_or(-1, |it| it.rev).to_string(),
                    words
                        .map_err(|_| PresenceError::Corrupt)?
                        .unwrap_or_default(),
                    connections.len().to_string(),
                ]);
                for it in connections {
                    arguments.extend([
                        name(beat.gateway, it.connection),
                        it.epoch.to_string(),
                        state(it.status).to_owned(),
                    ]);
                }
            }
            let chunk: Vec<UserId> = chunk.iter().map(|(user, _)| *user).collect();
            changed.extend(self.call("beat", now, &chunk, arguments).await?);
        }
        Ok(changed)
    }

    /// Lets go of connections whose beats have stopped, of some hundred users at most. Who is seen otherwise because
    /// of it, and whether there may be more to do.
    pub async fn reap(&self, now: Timestamp) -> Result<(Vec<Presence>, bool), PresenceError> {
        self.connected()?;
        let key = self.due();
        let limit = Some((0, AT_ONCE as i64));
        let due: Vec<String> = self
            .cache
            .client
            .zrangebyscore(key, "-inf", now.millis(), false, limit)
            .await?;
        let users: Result<Vec<UserId>, _> = due.iter().map(|user| user.parse()).collect();
        let users = users.map_err(|_| PresenceError::Corrupt)?;
        if users.is_empty() {
            return Ok((Vec::new(), false));
        }
        let nothing_new =
            |user: &UserId| [user.to_string(), "-1".into(), String::new(), "0".into()];
        let arguments = users.iter().flat_map(nothing_new).collect();
        let changed = self.call("reap", now, &users, arguments).await?;
        Ok((changed, users.len() == AT_ONCE))
    }

    /// How these users are seen.
    pub async fn read(
        &self,
        users: &[UserId],
        now: Timestamp,
    ) -> Result<KnownPresences, PresenceError> {
        self.connected()?;
        let mut known = KnownPresences {
            settled: true,
            presences: Vec::new(),
        };
        for chunk in users.chunks(AT_ONCE) {
            let mut keys = vec![self.since()];
            keys.extend(chunk.iter().map(|user| self.user(*user)));
            let answer: (String, Vec<(String, String, String)>) = {
                let flat: Vec<fred::types::Value> = self
                    .read
                    .evalsha_with_reload(&self.cache.client, keys, Vec::<String>::new())
                    .await?;
                let mut flat = flat.into_iter();
                let since = flat.next().ok_or(PresenceError::Corrupt)?.convert()?;
                let rows: Result<_, fred::error::Error> =
                    flat.map(fred::types::Value::convert).collect();
                (since, rows?)
            };
            let (since, rows) = answer;
            let lease = self.times.lease.as_millis() as i64;
            let moments = since.split_once(' ');
            let moments =
                moments.and_then(|(since, last)| since.parse().ok().zip(last.parse().ok()));
            known.settled &= moments.is_some_and(|(since, last): (i64, i64)| {
                now.millis() - since >= lease && now.millis() - last < lease
            });
            for (user, (version, seen, words)) in chunk.iter().zip(rows) {
                if !seen.is_empty() {
                    known
                        .presences
                        .push(presence(*user, &version, &seen, &words)?);
                }
            }
        }
        Ok(known)
    }

    fn connected(&self) -> Result<(), PresenceError> {
        // The client would let it wait, and nobody has the time.
        if self.cache.is_connected() {
            Ok(())
        } else {
            Err(PresenceError::Away)
        }
    }

    async fn call(
        &self,
        what: &str,
        now: Timestamp,
        users: &[UserId],
        facts: Vec<String>,
    ) -> Result<Vec<Presence>, PresenceError> {
        self.connected()?;
        let mut keys = vec![self.since(), self.due()];
        keys.extend(users.iter().map(|user| self.user(*user)));
        let millis = |time: Duration| time.as_millis().to_string();
        let mut arguments = vec![
            now.millis().to_string(),
            millis(self.times.lease),
            millis(self.times.linger),
            millis(self.times.look_back),
            what.to_owned(),
        ];
        arguments.extend(facts);
        let changed: Vec<Row> = self
            .note
            .evalsha_with_reload(&self.cache.client, keys, arguments)
            .await?;
        changed
            .into_iter()
            .map(|(user, version, seen, words)| {
                let user = user.parse().map_err(|_| PresenceError::Corrupt)?;
                presence(user, &version, &seen, &words)
            })
            .collect()
    }

    fn since(&self) -> String {
        format!("{}:presence:since", self.cache.namespace)
    }

    fn due(&self) -> String {
        format!("{}:presence:due", self.cache.namespace)
    }

    fn user(&self, user: UserId) -> String {
        format!("{}:presence:user:{user}", self.cache.namespace)
    }
}

/// What a connection is called in its user's hash.
fn name(gateway: BootId, connection: u64) -> String {
    format!("{gateway}:{connection}")
}

fn state(status: Option<ChosenStatus>) -> &'static str {
    match status {
        Some(ChosenStatus::Online) => "o",
        Some(ChosenStatus::Idle) => "i",
        Some(ChosenStatus::Dnd) => "d",
        Some(ChosenStatus::Invisible) => "n",
        None => "x",
    }
}

fn presence(
    user_id: UserId,
    version: &str,
    seen: &str,
    words: &str,
) -> Result<Presence, PresenceError> {
    let status = match seen {
        "o" => Status::Online,
        "i" => Status::Idle,
        "d" => Status::Dnd,
        "f" => Status::Offline,
        _ => return Err(PresenceError::Corrupt),
    };
    let custom_status: Option<CustomStatus> = match words {
        "" => None,
        words => Some(serde_json::from_str(words).map_err(|_| PresenceError::Corrupt)?),
    };
    Ok(Presence {
        user_id,
        status,
        custom_status,
        version: version.parse().map_err(|_| PresenceError::Corrupt)?,
    })
}
