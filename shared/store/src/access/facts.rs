use kith_policy::{Overwrite, OverwriteTarget, RoleFacts};
use kith_types::Permissions;
use uuid::Uuid;

use crate::StoreError;

/// Parallel arrays of one aggregation, as Postgres returns them; none where there was no row.
pub(super) struct RoleArrays {
    pub(super) ids: Option<Vec<Uuid>>,
    pub(super) positions: Option<Vec<i32>>,
    pub(super) permissions: Option<Vec<i64>>,
}

impl RoleArrays {
    pub(super) fn into_facts(self) -> Vec<RoleFacts> {
        let ids = self.ids.unwrap_or_default();
        let positions = self.positions.unwrap_or_default();
        let permissions = self.permissions.unwrap_or_default();
        ids.into_iter()
            .zip(positions)
            .zip(permissions)
            .map(|((id, position), permissions)| RoleFacts {
                id: id.into(),
                position,
                permissions: Permissions::from_column(permissions),
            })
            .collect()
    }
}

/// As [`RoleArrays`], of overwrites.
pub(super) struct OverwriteArrays {
    pub(super) targets: Option<Vec<Uuid>>,
    pub(super) kinds: Option<Vec<i16>>,
    pub(super) allow: Option<Vec<i64>>,
    pub(super) deny: Option<Vec<i64>>,
}

impl OverwriteArrays {
    pub(super) fn into_overwrites(self) -> Result<Vec<Overwrite>, StoreError> {
        let targets = self.targets.unwrap_or_default();
        let kinds = self.kinds.unwrap_or_default();
        let allow = self.allow.unwrap_or_default();
        let deny = self.deny.unwrap_or_default();
        targets
            .into_iter()
            .zip(kinds)
            .zip(allow.into_iter().zip(deny))
            .map(|((id, kind), (allow, deny))| {
                let target = match kind {
                    0 => OverwriteTarget::Role(id.into()),
                    1 => OverwriteTarget::Member(id.into()),
                    _ => return Err(StoreError::Corrupt("overwrites.target_kind")),
                };
                Ok(Overwrite {
                    target,
                    allow: Permissions::from_column(allow),
                    deny: Permissions::from_column(deny),
                })
            })
            .collect()
    }
}
