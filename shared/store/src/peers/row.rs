use kith_policy::PeerStanding;
use kith_types::{Domain, Timestamp};
use time::OffsetDateTime;

use crate::StoreError;

/// What another instance said of itself in the last hello.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Greeting {
    /// Name and version of its program.
    pub software: String,
    /// Of the protocol, as agreed.
    pub version: i32,
    /// What both can do.
    pub features: Vec<String>,
}

/// Another instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerRow {
    /// Its `origin` in rows of its things.
    pub id: i32,
    pub domain: Domain,
    pub standing: PeerStanding,
    /// Why it stands so.
    pub reason: Option<String>,
    pub greeting: Option<Greeting>,
    /// When its document was read last.
    pub discovered_at: Option<Timestamp>,
    /// When it answered a hello last, or sent one.
    pub greeted_at: Option<Timestamp>,
    /// In a row.
    pub failures: i32,
    pub last_error: Option<String>,
    /// With failures: when it is tried again.
    pub retry_at: Option<Timestamp>,
}

/// As every statement about peers reads it.
pub(super) struct Columns {
    pub(super) id: i32,
    pub(super) domain: String,
    pub(super) standing: i16,
    pub(super) reason: Option<String>,
    pub(super) software: Option<String>,
    pub(super) version: Option<i32>,
    pub(super) features: Vec<String>,
    pub(super) discovered_at: Option<OffsetDateTime>,
    pub(super) greeted_at: Option<OffsetDateTime>,
    pub(super) failures: i32,
    pub(super) last_error: Option<String>,
    pub(super) retry_at: Option<OffsetDateTime>,
}

/// `instances.standing`
pub(super) fn standing_column(standing: PeerStanding) -> i16 {
    match standing {
        PeerStanding::Active => 0,
        PeerStanding::Suspended => 1,
        PeerStanding::Blocked => 2,
    }
}

impl TryFrom<Columns> for PeerRow {
    type Error = StoreError;

    fn try_from(row: Columns) -> Result<Self, StoreError> {
        let features = row.features;
        let greeting = row.software.zip(row.version);
        let greeting = greeting.map(|(software, version)| Greeting {
            software,
            version,
            features,
        });
        Ok(Self {
            id: row.id,
            domain: domain(&row.domain)?,
            standing: match row.standing {
                0 => PeerStanding::Active,
                1 => PeerStanding::Suspended,
                2 => PeerStanding::Blocked,
                _ => return Err(StoreError::Corrupt("instances.standing")),
            },
            reason: row.reason,
            greeting,
            discovered_at: row.discovered_at.map(Into::into),
            greeted_at: row.greeted_at.map(Into::into),
            failures: row.failures,
            last_error: row.last_error,
            retry_at: row.retry_at.map(Into::into),
        })
    }
}

/// `instances.domain`
pub(super) fn domain(column: &str) -> Result<Domain, StoreError> {
    column
        .parse()
        .map_err(|_| StoreError::Corrupt("instances.domain"))
}
