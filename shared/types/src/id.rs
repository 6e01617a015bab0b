use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use ulid::Ulid;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::{Clock, Entropy, Timestamp};

/// The text is not a ULID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an id: 26 characters of Crockford's base 32")]
pub struct InvalidId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The 16 bytes, as Postgres keeps them.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(Ulid::from(self.0.as_u128()).array_to_str(&mut [0; 26]))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                // 26 characters carry two bits more than an id has: what does not fit would become another id.
                if text.as_bytes().first().is_none_or(|first| *first > b'7') {
                    return Err(InvalidId);
                }
                let ulid = Ulid::from_string(text).map_err(|_| InvalidId)?;
                Ok(Self(Uuid::from_u128(ulid.0)))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(Ulid::from(self.0.as_u128()).array_to_str(&mut [0; 26]))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .min_length(Some(26))
                    .max_length(Some(26))
                    .description(Some("A ULID"))
                    .examples([serde_json_example()])
                    .into()
            }
        }

        impl ToSchema for $name {}
    )+};
}

ids! {
    /// A person, bot or remote account.
    UserId;
    /// A community.
    GuildId;
    /// A place where messages stand: a guild's channel or a direct message.
    ChannelId;
    /// One message.
    MessageId;
    /// A role of a guild; the everyone role has its guild's id.
    RoleId;
    /// A log-in session.
    SessionId;
    /// One device's connection to a voice channel.
    VoiceConnectionId;
    /// A durable event, unique for ever: what consumers are idempotent by.
    EventId;
    /// A file that somebody sent: an attachment, an avatar or a guild's icon.
    FileId;
    /// An entry of a guild's audit log.
    AuditEntryId;
    /// One run of a process, from its start to its end. Random.
    BootId;
}

fn serde_json_example() -> &'static str {
    "01M7X094NF15018JC8E57M87Z4"
}

impl GuildId {
    /// The everyone role, which has the guild's own id.
    pub const fn everyone(self) -> RoleId {
        RoleId(self.0)
    }
}

/// The largest number of a local worker; 992–1023 are kept for aliases of foreign ids.
pub const MAX_WORKER: u16 = 991;

/// The number of a process that mints ids, leased in Postgres. 10 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerId(u16);

impl WorkerId {
    /// The worker `number`, or none if it is over [`MAX_WORKER`].
    pub const fn new(number: u16) -> Option<Self> {
        if number <= MAX_WORKER {
            Some(Self(number))
        } else {
            None
        }
    }

    /// The number, 0 to [`MAX_WORKER`].
    pub const fn number(self) -> u16 {
        self.0
    }
}

const SEQUENCE_BITS: u32 = 12;
const RANDOM_BITS: u32 = 58;
const SNOWFLAKE_EPOCH: i64 = 1_420_070_400_000;

struct Last {
    millis: i64,
    sequence: u16,
}

/// Mints ULIDs of 48 bits of milliseconds, 10 of worker, 12 of sequence and 58 of chance.
///
/// It never waits and never goes back: when the clock does, or when a millisecond's 4096 numbers are used
/// up, it borrows the next millisecond. So ids of one generator grow strictly, and so do their snowflakes.
pub struct IdGenerator {
    worker: WorkerId,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    last: Mutex<Last>,
}

impl IdGenerator {
    /// A generator for a worker whose lease the caller holds.
    pub fn new(worker: WorkerId, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        let last = Mutex::new(Last {
            millis: 0,
            sequence: 0,
        });
        Self {
            worker,
            clock,
            entropy,
            last,
        }
    }

    /// The next id.
    pub fn mint<T: From<Uuid>>(&self) -> T {
        let now = self.clock.now().millis();
        let (millis, sequence) = {
            let mut last = self
                .last
                .lock()
                .expect("no code panics while it holds this lock");
            if now > last.millis {
                *last = Last {
                    millis: now,
                    sequence: 0,
                };
            } else if last.sequence + 1 < 1 << SEQUENCE_BITS {
                last.sequence += 1;
            } else {
                *last = Last {
                    millis: last.millis + 1,
                    sequence: 0,
                };
            }
            (last.millis, last.sequence)
        };
        let chance = self.entropy.next_u64() & ((1 << RANDOM_BITS) - 1);
        let bits = (millis as u128) << 80
            | u128::from(self.worker.0) << (SEQUENCE_BITS + RANDOM_BITS)
            | u128::from(sequence) << RANDOM_BITS
            | u128::from(chance);
        T::from(Uuid::from_u128(bits))
    }
}

/// When an id was minted.
impl From<MessageId> for Timestamp {
    fn from(id: MessageId) -> Self {
        Self::from_millis((id.0.as_u128() >> 80) as i64)
    }
}

/// The Discord snowflake of a local id: `(ms − 1420070400000) << 22 | worker and sequence`.
pub fn snowflake_of(id: Uuid) -> u64 {
    let bits = id.as_u128();
    let millis = (bits >> 80) as i64 - SNOWFLAKE_EPOCH;
    let low = (bits >> RANDOM_BITS) as u64 & ((1 << 22) - 1);
    (millis as u64) << 22 | low
}

/// The first and the last id that can have `snowflake`: one probe of a primary key finds it.
pub fn snowflake_range(snowflake: u64) -> (Uuid, Uuid) {
    let millis = ((snowflake >> 22) as i64 + SNOWFLAKE_EPOCH) as u128;
    let low = millis << 80 | u128::from(snowflake & ((1 << 22) - 1)) << RANDOM_BITS;
    (
        Uuid::from_u128(low),
        Uuid::from_u128(low | ((1 << RANDOM_BITS) - 1)),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{ManualClock, SeededEntropy};

    fn generator(worker: u16, clock: &Arc<ManualClock>) -> IdGenerator {
        let worker = WorkerId::new(worker).unwrap();
        IdGenerator::new(worker, clock.clone(), Arc::new(SeededEntropy::new(7)))
    }

    proptest! {
        #[test]
        fn ids_and_their_snowflakes_grow_whatever_the_clock_does(
            steps in prop::collection::vec(-50_i64..50, 1..400), worker in 0..=MAX_WORKER,
        ) {
            let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_795_255_200_000)));
            let generator = generator(worker, &clock);
            let mut last = Uuid::nil();
            for step in steps {
                clock.advance(step);
                let id: MessageId = generator.mint();
                prop_assert!(id.uuid() > last);
                prop_assert!(last.is_nil() || snowflake_of(id.uuid()) > snowflake_of(last));
                let (low, high) = snowflake_range(snowflake_of(id.uuid()));
                prop_assert!((low..=high).contains(&id.uuid()));
                last = id.uuid();
            }
        }
    }

    #[test]
    fn a_used_up_millisecond_borrows_the_next() {
        let start = Timestamp::from_millis(1_795_255_200_000);
        let generator = generator(3, &Arc::new(ManualClock::new(start)));
        let ids: Vec<MessageId> = (0..5000).map(|_| generator.mint()).collect();
        assert!(ids.is_sorted());
        assert_eq!(Timestamp::from(ids[4999]).millis(), start.millis() + 1);
    }

    #[test]
    fn an_id_survives_its_text_form() {
        let id: UserId = "01M7X094NF15018JC8E57M87Z4".parse().unwrap();
        assert_eq!(id.to_string(), "01M7X094NF15018JC8E57M87Z4");
        assert_eq!(snowflake_of(id.uuid()), 1_573_390_662_508_892_165);
        assert_eq!("short".parse::<UserId>(), Err(InvalidId));
        assert!("7ZZZZZZZZZZZZZZZZZZZZZZZZZ".parse::<UserId>().is_ok());
        for too_large in ["80000000000000000000000000", "ZZZZZZZZZZZZZZZZZZZZZZZZZZ"] {
            assert_eq!(too_large.parse::<UserId>(), Err(InvalidId));
        }
    }
}
