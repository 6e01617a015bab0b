use kith_types::RoleId;

/// Why roles cannot be placed as wished.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidOrder {
    /// The role at this index of the wish is not one of the guild's, or is the everyone role.
    #[error("there is no such role that can be moved")]
    Unknown(usize),
    /// The role at this index of the wish stands there twice.
    #[error("the role stands in the list twice")]
    Twice(usize),
    /// The place at this index of the wish does not exist, or is wished for twice.
    #[error("must be a place from 1 to the number of roles, each once")]
    Place(usize),
}

/// Puts the wished roles to their places and the others, in their old order, to the places that are left.
///
/// `current` are the guild's roles without the everyone role, ascending; places count from 1. The result has
/// every role, ascending, so that positions are contiguous whatever was wished.
pub(crate) fn reorder(
    current: &[RoleId],
    wishes: &[(RoleId, i32)],
) -> Result<Vec<RoleId>, InvalidOrder> {
    let mut places: Vec<Option<RoleId>> = vec![None; current.len()];
    for (index, (role, position)) in wishes.iter().enumerate() {
        if !current.contains(role) {
            return Err(InvalidOrder::Unknown(index));
        }
        if wishes[..index].iter().any(|(earlier, _)| earlier == role) {
            return Err(InvalidOrder::Twice(index));
        }
        let place = usize::try_from(*position)
            .ok()
            .and_then(|position| position.checked_sub(1))
            .and_then(|place| places.get_mut(place))
            .filter(|place| place.is_none())
            .ok_or(InvalidOrder::Place(index))?;
        *place = Some(*role);
    }
    let mut others = current
        .iter()
        .filter(|role| !wishes.iter().any(|(wished, _)| wished == *role));
    Ok(places
        .into_iter()
        .filter_map(|place| place.or_else(|| others.next().copied()))
        .collect())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn role(number: u128) -> RoleId {
        RoleId::from(Uuid::from_u128(number))
    }

    #[test]
    fn the_others_keep_their_order_around_the_moved() {
        let current = [role(1), role(2), role(3), role(4)];
        assert_eq!(
            reorder(&current, &[(role(4), 1)]),
            Ok(vec![role(4), role(1), role(2), role(3)])
        );
        assert_eq!(
            reorder(&current, &[(role(1), 4), (role(4), 1)]),
            Ok(vec![role(4), role(2), role(3), role(1)])
        );
        assert_eq!(reorder(&current, &[]), Ok(current.to_vec()));
    }

    #[test]
    fn a_wish_that_leaves_two_roles_at_one_place_or_none_is_refused() {
        let current = [role(1), role(2)];
        let wishes = |wishes: &[(RoleId, i32)]| reorder(&current, wishes);
        assert_eq!(wishes(&[(role(9), 1)]), Err(InvalidOrder::Unknown(0)));
        assert_eq!(
            wishes(&[(role(1), 1), (role(1), 2)]),
            Err(InvalidOrder::Twice(1))
        );
        assert_eq!(
            wishes(&[(role(1), 1), (role(2), 1)]),
            Err(InvalidOrder::Place(1))
        );
        for outside in [-1, 0, 3, i32::MAX, i32::MIN] {
            assert_eq!(wishes(&[(role(1), outside)]), Err(InvalidOrder::Place(0)));
        }
    }
}
