use std::collections::HashMap;

use kith_types::ChannelId;

/// The largest position that can be wished for: far above any guild's number of channels, and far below what
/// a column holds, so that pushing others down cannot overflow.
pub(crate) const MAX_POSITION: i32 = 100_000;

/// Gives the wished channels their positions and pushes others down where two would stand at the same one.
///
/// The mover need not know the channels that are hidden from them, so a wish for a taken position is no mistake:
/// who was moved there stands first. Returns the channels whose position changes.
pub(crate) fn reorder(
    current: &[(ChannelId, i32)],
    wishes: &HashMap<ChannelId, i32>,
) -> Vec<(ChannelId, i32)> {
    let mut places: Vec<_> = current
        .iter()
        .map(|(channel, old)| {
            let wish = wishes.get(channel);
            let position = *wish.unwrap_or(old);
            (position, wish.is_none(), *channel, *old)
        })
        .collect();
    places.sort_unstable();
    let mut next = i32::MIN;
    let mut changed = Vec::new();
    for (position, _, channel, old) in places {
        let position = position.max(next);
        next = position + 1;
        if position != old {
            changed.push((channel, position));
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn channel(number: u128) -> ChannelId {
        ChannelId::from(Uuid::from_u128(number))
    }

    fn after(current: &[(ChannelId, i32)], wishes: &[(ChannelId, i32)]) -> Vec<(i32, ChannelId)> {
        let changed = reorder(current, &wishes.iter().copied().collect());
        let mut all: HashMap<_, _> = current.iter().copied().collect();
        all.extend(changed);
        let mut all: Vec<_> = all.into_iter().map(|(id, at)| (at, id)).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn two_channels_can_change_places_although_positions_have_gaps() {
        let current = [(channel(1), 0), (channel(2), 5), (channel(3), 9)];
        assert_eq!(
            after(&current, &[(channel(2), 9), (channel(3), 5)]),
            [(0, channel(1)), (5, channel(3)), (9, channel(2))]
        );
    }

    #[test]
    fn who_is_moved_to_a_taken_position_stands_first_and_pushes_the_others_down() {
        let current = [(channel(1), 0), (channel(2), 1), (channel(3), 2)];
        assert_eq!(
            after(&current, &[(channel(3), 0)]),
            [(0, channel(3)), (1, channel(1)), (2, channel(2))]
        );
    }

    #[test]
    fn nothing_changes_where_nothing_is_wished() {
        let current = [(channel(1), 0), (channel(2), 7)];
        assert!(reorder(&current, &HashMap::new()).is_empty());
    }
}
