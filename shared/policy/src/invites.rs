/// How somebody stands to the guild that an invite leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invitation {
    /// The invite is neither revoked, expired nor used up.
    pub is_open: bool,
    /// Who asks is banned from the guild. Of somebody without a session nobody knows.
    pub is_banned: bool,
}

/// Why an invite is not for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotInvited {
    Banned,
    Closed,
}

/// Decides whether somebody who holds an invite's code may see the guild's name, picture and size, and who invites: whoever
/// could join may.
pub fn may_see_invite(invitation: Invitation) -> Result<(), NotInvited> {
    match invitation {
        Invitation {
            is_banned: true, ..
        } => Err(NotInvited::Banned),
        Invitation { is_open: false, .. } => Err(NotInvited::Closed),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invite_is_for_who_could_join_by_it() {
        let verdict = |is_open, is_banned| may_see_invite(Invitation { is_open, is_banned });
        assert_eq!(verdict(true, false), Ok(()));
        assert_eq!(verdict(false, false), Err(NotInvited::Closed));
        for is_open in [true, false] {
            assert_eq!(verdict(is_open, true), Err(NotInvited::Banned));
        }
    }
}
