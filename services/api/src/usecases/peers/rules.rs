use kith_policy::RuleKind;
use kith_store::peers::{self, Note, RuleRow};
use kith_store::{Actor, Store};
use kith_types::DomainPattern;
use kith_wire::{ErrorCode, InstanceAuditAction, PeerRule, PeerRuleKind, PutPeerRule};
use serde_json::json;

use crate::Failure;

/// The rules by pattern, from the one behind `after`.
pub(crate) async fn list_rules(
    store: &Store,
    after: &str,
    limit: i64,
) -> Result<Vec<PeerRule>, Failure> {
    let rows = peers::list_rules(store, after, limit).await?;
    Ok(rows.into_iter().map(describe).collect())
}

/// Makes a rule, or changes it. It holds from the next request on.
pub(crate) async fn put_rule(
    store: &Store,
    actor: &Actor,
    pattern: &DomainPattern,
    body: &PutPeerRule,
) -> Result<(), Failure> {
    let kind = match body.kind {
        PeerRuleKind::Allow => RuleKind::Allow,
        PeerRuleKind::Deny => RuleKind::Deny,
    };
    let note = Note {
        actor: actor.user.id,
        action: InstanceAuditAction::PeerRulePut,
        target: pattern.to_string(),
        changes: json!({ "kind": body.kind }),
        reason: body.reason.as_ref(),
    };
    if peers::put_rule(store, pattern, kind, &note).await? {
        Ok(())
    } else {
        Err(ErrorCode::LimitReached.into())
    }
}

/// Takes a rule back.
pub(crate) async fn remove_rule(
    store: &Store,
    actor: &Actor,
    pattern: &DomainPattern,
) -> Result<(), Failure> {
    let note = Note {
        actor: actor.user.id,
        action: InstanceAuditAction::PeerRuleRemove,
        target: pattern.to_string(),
        changes: json!({}),
        reason: None,
    };
    if peers::remove_rule(store, pattern, &note).await? {
        Ok(())
    } else {
        Err(Failure::not_found())
    }
}

fn describe(row: RuleRow) -> PeerRule {
    PeerRule {
        pattern: row.pattern,
        kind: match row.kind {
            RuleKind::Allow => PeerRuleKind::Allow,
            RuleKind::Deny => PeerRuleKind::Deny,
        },
        reason: row.reason,
        created_at: row.created_at,
    }
}
