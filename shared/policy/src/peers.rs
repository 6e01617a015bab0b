use kith_types::{Domain, DomainPattern};

/// With whom this instance speaks when nobody has said anything about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerMode {
    /// With everybody who is not denied.
    Open,
    /// Only with those who are allowed.
    AllowList,
}

/// What the operators have decided about one other instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PeerStanding {
    /// Nothing.
    #[default]
    Active,
    /// Nothing goes in or out until it is taken back.
    Suspended,
    /// As suspended, and what was known of its people is forgotten.
    Blocked,
}

/// What a rule says of the domains that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleKind {
    Allow,
    Deny,
}

/// Why this instance does not speak with another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeerDenied {
    #[error("the other instance is suspended here")]
    Suspended,
    #[error("the other instance is blocked here")]
    Blocked,
    #[error("a rule denies the other instance")]
    Denied,
    #[error("this instance speaks only with those on its list")]
    NotAllowed,
}

/// Whether this instance speaks with another one, in either direction. What forbids it wins over what allows it.
pub fn may_speak_with(
    mode: PeerMode,
    standing: PeerStanding,
    rules: &[(DomainPattern, RuleKind)],
    domain: &Domain,
) -> Result<(), PeerDenied> {
    match standing {
        PeerStanding::Blocked => return Err(PeerDenied::Blocked),
        PeerStanding::Suspended => return Err(PeerDenied::Suspended),
        PeerStanding::Active => {}
    }
    let says = |wanted: RuleKind| {
        let mut rules = rules.iter();
        rules.any(|(pattern, kind)| *kind == wanted && pattern.matches(domain))
    };
    if says(RuleKind::Deny) {
        Err(PeerDenied::Denied)
    } else if mode == PeerMode::AllowList && !says(RuleKind::Allow) {
        Err(PeerDenied::NotAllowed)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(
        mode: PeerMode,
        standing: PeerStanding,
        rules: &[(&str, RuleKind)],
    ) -> Result<(), PeerDenied> {
        let parsed = |(pattern, kind): &(&str, RuleKind)| (pattern.parse().unwrap(), *kind);
        let rules: Vec<_> = rules.iter().map(parsed).collect();
        may_speak_with(mode, standing, &rules, &"chat.other.test".parse().unwrap())
    }

    #[test]
    fn an_open_instance_speaks_with_everybody_who_is_not_denied() {
        let open = |rules: &[_]| verdict(PeerMode::Open, PeerStanding::Active, rules);
        assert_eq!(open(&[]), Ok(()));
        assert_eq!(open(&[("*.elsewhere.test", RuleKind::Deny)]), Ok(()));
        assert_eq!(
            open(&[("*.other.test", RuleKind::Deny)]),
            Err(PeerDenied::Denied)
        );
    }

    #[test]
    fn an_instance_with_a_list_speaks_only_with_those_on_it() {
        let listed = |rules: &[_]| verdict(PeerMode::AllowList, PeerStanding::Active, rules);
        assert_eq!(listed(&[]), Err(PeerDenied::NotAllowed));
        assert_eq!(listed(&[("*.other.test", RuleKind::Allow)]), Ok(()));
    }

    #[test]
    fn what_forbids_wins_over_what_allows() {
        let both = [
            ("chat.other.test", RuleKind::Allow),
            ("*.other.test", RuleKind::Deny),
        ];
        for mode in [PeerMode::Open, PeerMode::AllowList] {
            assert_eq!(
                verdict(mode, PeerStanding::Active, &both),
                Err(PeerDenied::Denied)
            );
            let allowed = &both[..1];
            assert_eq!(
                verdict(mode, PeerStanding::Suspended, allowed),
                Err(PeerDenied::Suspended)
            );
            assert_eq!(
                verdict(mode, PeerStanding::Blocked, allowed),
                Err(PeerDenied::Blocked)
            );
        }
    }
}
