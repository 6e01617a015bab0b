use kith_policy::{self as policy, RuleKind, may_speak_with};
use kith_store::peers::{self, PeerRow};
use kith_store::{Store, StoreError};
use kith_types::{Domain, DomainPattern};
use kith_wire::{Peer, PeerStanding};

use crate::Failure;
use crate::core::Home;

/// The other instances by name, from the one behind `after`.
pub(crate) async fn list(
    store: &Store,
    home: &Home,
    after: &str,
    limit: i64,
) -> Result<Vec<Peer>, Failure> {
    let rules = peers::rules(store).await?;
    let rows = peers::list(store, after, limit).await?;
    let described = rows.into_iter().map(|row| describe(home, &rules, row));
    Ok(described.collect())
}

/// One other instance.
pub(crate) async fn get(store: &Store, home: &Home, domain: &Domain) -> Result<Peer, Failure> {
    let found = peers::find(store, domain).await?;
    let row = found.ok_or_else(Failure::not_found)?;
    Ok(described(store, home, row).await?)
}

/// A row as an administrator sees it.
pub(super) async fn described(
    store: &Store,
    home: &Home,
    row: PeerRow,
) -> Result<Peer, StoreError> {
    let rules = peers::rules(store).await?;
    Ok(describe(home, &rules, row))
}

fn describe(home: &Home, rules: &[(DomainPattern, RuleKind)], row: PeerRow) -> Peer {
    let allowed = may_speak_with(home.mode, row.standing, rules, &row.domain).is_ok();
    let (software, version, features) = row.greeting.map_or((None, None, Vec::new()), |said| {
        (Some(said.software), Some(said.version), said.features)
    });
    Peer {
        domain: row.domain,
        standing: match row.standing {
            policy::PeerStanding::Active => PeerStanding::Active,
            policy::PeerStanding::Suspended => PeerStanding::Suspended,
            policy::PeerStanding::Blocked => PeerStanding::Blocked,
        },
        reason: row.reason,
        allowed,
        software,
        version,
        features,
        discovered_at: row.discovered_at,
        greeted_at: row.greeted_at,
        failures: row.failures,
        last_error: row.last_error,
        retry_at: row.retry_at,
    }
}
