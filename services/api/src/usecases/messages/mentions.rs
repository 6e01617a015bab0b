use std::ops::Range;

use kith_policy::{ChannelPlace, Granted};
use kith_store::{InChannel, Named};
use kith_types::{Permissions, RoleId, UserId};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

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
    /// Reads them out of a message's text: not out of code, and not where somebody has escaped them. The table of cases in
    /// `shared/wire/testdata/mentions.json` holds for clients too.
    pub(crate) fn of(text: &str) -> Self {
        let mut found = Self::default();
        for Words { words, escaped } in words(text) {
            found.everyone |= names_everyone(words, escaped);
            for (at, _) in words
                .match_indices("<@")
                .filter(|(at, _)| *at > 0 || !escaped)
            {
                let Some((name, _)) = words[at + 2..].split_once('>') else {
                    continue;
                };
                // Ids are spelled in one way only; clients read no other.
                if name.chars().any(|letter| letter.is_ascii_lowercase()) {
                    continue;
                }
                if let Some(role) = name.strip_prefix('&') {
                    note(&mut found.roles, role);
                } else {
                    note(&mut found.users, name);
                }
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

const EVERYONE: &str = "@everyone";

/// A piece of a text that is no code, as it was written.
struct Words<'a> {
    words: &'a str,
    /// Whether its first character has lost its meaning.
    escaped: bool,
}

/// What people read as words. Markdown decides what code is.
fn words(text: &str) -> Vec<Words<'_>> {
    let mut pieces: Vec<Range<usize>> = Vec::new();
    let mut in_fence = false;
    for (event, range) in Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => in_fence = true,
            Event::End(TagEnd::CodeBlock) => in_fence = false,
            Event::Text(_) | Event::Html(_) | Event::InlineHtml(_) if !in_fence => {
                match pieces.last_mut() {
                    Some(last) if last.end == range.start => last.end = range.end,
                    _ => pieces.push(range),
                }
            }
            _ => {}
        }
    }
    let words = pieces.into_iter().map(|piece| {
        let before = text[..piece.start].bytes().rev();
        let slashes = before.take_while(|byte| *byte == b'\\').count();
        Words {
            words: &text[piece],
            escaped: slashes % 2 == 1,
        }
    });
    words.collect()
}

/// Whether everyone is named by a word of its own, and not by a part of an address.
fn names_everyone(words: &str, escaped: bool) -> bool {
    let within = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    words.match_indices(EVERYONE).any(|(at, _)| {
        let before = words[..at].chars().next_back();
        let after = words[at + EVERYONE.len()..].chars().next();
        (at > 0 || !escaped)
            && !before.is_some_and(|letter| within(letter) || "./:@%+-".contains(letter))
            && !after.is_some_and(within)
    })
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

    #[derive(serde::Deserialize)]
    struct Case {
        about: String,
        text: String,
        users: Vec<UserId>,
        roles: Vec<RoleId>,
        everyone: bool,
    }

    #[test]
    fn mentions_are_read_as_the_table_says_that_clients_read_too() {
        let table = include_str!("../../../../../shared/wire/testdata/mentions.json");
        for case in serde_json::from_str::<Vec<Case>>(table).unwrap() {
            let found = Mentions::of(&case.text);
            let expected = Mentions {
                users: case.users,
                roles: case.roles,
                everyone: case.everyone,
            };
            assert_eq!(found, expected, "{}: {}", case.about, case.text);
        }
    }

    #[test]
    fn plain_text_names_nobody() {
        assert_eq!(
            Mentions::of("a < b, mail@example.org, @every one"),
            Mentions::default()
        );
    }
}
