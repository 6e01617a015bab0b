use crate::Denied;

/// How somebody stands to a person whose picture they ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acquaintance {
    /// They are the same.
    pub is_self: bool,
    /// There is a guild that both are in.
    pub share_guild: bool,
    /// There is a direct message between the two.
    pub share_direct: bool,
}

/// Decides whether somebody may see a person's picture: whoever meets them somewhere may, to all others there is none.
pub fn may_see_avatar(acquaintance: Acquaintance) -> Result<(), Denied> {
    if acquaintance.is_self || acquaintance.share_guild || acquaintance.share_direct {
        Ok(())
    } else {
        Err(Denied::Hidden)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_for_those_who_meet_the_person_and_for_nobody_else() {
        let nobody = Acquaintance {
            is_self: false,
            share_guild: false,
            share_direct: false,
        };
        assert_eq!(may_see_avatar(nobody), Err(Denied::Hidden));
        for known in [
            Acquaintance {
                is_self: true,
                ..nobody
            },
            Acquaintance {
                share_guild: true,
                ..nobody
            },
            Acquaintance {
                share_direct: true,
                ..nobody
            },
        ] {
            assert_eq!(may_see_avatar(known), Ok(()));
        }
    }
}
