use kith_policy::{ChannelPlace, Granted};
use kith_store::{InChannel, Named};
use kith_types::{Permissions, RoleId, UserId};

/// How many people and how many roles one message can name; what follows is plain text.
const MOST: usize = 100;

/// Whom a text names: `<@USER>`, `<@&ROLE>`, `@everyone`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Mentions {
    pub(crate) users: Vec<UserId>,
    pub(crate) roles: Vec<RoleId>,
    pub(crate) everyone: bool,
}

impl Mentions {
    /// Reads them out of a message's text.
    pub(crate) fn of(text: &str) -> Self {
        let mut found = Self {
            everyone: text.contains("@everyone"),
            ..Self::default()
        };
        for rest in text.split("<@").skip(1) {
            let Some((name, _)) = rest.split_once('>') else {
                continue;
            };
            if let Some(role) = name.strip_prefix('&') {
                note(&mut found.roles, role);
            } else {
                note(&mut found.users, name);
            }
        }
        found
    }

    /// For the statement that looks them up.
    pub(crate) fn named(&self) -> Named<'_> {
        Named {
            users: &self.users,
            roles: &self.roles,
            files: &[],
        }
    }

    /// Those of them whom the author may really mention there. Others stay plain text, and nobody is told.
    pub(crate) fn permitted<R>(&self, found: &InChannel, granted: &Granted<R>) -> Self {
        match found.access.as_ref().map(|access| &access.place) {
            Some(ChannelPlace::Direct(direct)) => {
                let both = [direct.user, direct.peer];
                let users = self.users.iter().copied();
                Self {
                    users: users.filter(|user| both.contains(user)).collect(),
                    ..Self::default()
                }
            }
            Some(ChannelPlace::Guild { member, .. }) => {
                let all = granted
                    .permissions()
                    .contains(Permissions::MENTION_EVERYONE);
                let everyone = member.guild.everyone();
                let roles = found
                    .roles
                    .iter()
                    .filter(|(role, open)| (*open || all) && *role != everyone);
                Self {
                    users: found.members.clone(),
                    roles: roles.map(|(role, _)| *role).collect(),
                    everyone: self.everyone && all,
                }
            }
            None => Self::default(),
        }
    }
}

fn note<T: std::str::FromStr + PartialEq>(found: &mut Vec<T>, name: &str) {
    if let Ok(id) = name.parse()
        && found.len() < MOST
        && !found.contains(&id)
    {
        found.push(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: &str = "01M7X094NF15018JC8E57M87Z4";
    const CREW: &str = "01M7X094NF15018JC8E57M87Z5";

    #[test]
    fn people_roles_and_everyone_are_found_once_each() {
        let text = format!("<@{ADA}>, <@{ADA}>: <@&{CREW}> and @everyone <@nobody> <@");
        let found = Mentions::of(&text);
        assert_eq!(found.users, [ADA.parse().unwrap()]);
        assert_eq!(found.roles, [CREW.parse().unwrap()]);
        assert!(found.everyone);
    }

    #[test]
    fn plain_text_names_nobody() {
        assert_eq!(
            Mentions::of("a < b, mail@example.org, @every one"),
            Mentions::default()
        );
    }
}
