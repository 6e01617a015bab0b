use bytes::Bytes;
use http::Method;
use kith_types::{Domain, Username};
use kith_wire::{RemoteProfile, UserKind};

use super::AskError;
use super::ask::ask;
use super::greet::{noted, ready};
use crate::Core;

/// The user of this name at another instance. None if that instance says that there is none.
pub(crate) async fn look_up(
    core: &Core,
    domain: &Domain,
    username: &Username,
) -> Result<Option<RemoteProfile>, AskError> {
    ready(core, domain).await?;
    noted(core, domain, async {
        let path = format!("/federation/v1/users?name={}", username.as_str());
        let found: Option<RemoteProfile> =
            ask(core, domain, Method::GET, &path, Bytes::new()).await?;
        found
            .map(|found| checked(domain, username, found))
            .transpose()
    })
    .await
}

/// An instance speaks for its own users only, and answers what it was asked.
fn checked(
    domain: &Domain,
    username: &Username,
    found: RemoteProfile,
) -> Result<RemoteProfile, AskError> {
    if found.home != *domain {
        return Err(AskError::Impossible("the user is not its own"));
    }
    if found.username != *username {
        return Err(AskError::Impossible("the user has another name"));
    }
    if found.kind == UserKind::Deleted {
        return Err(AskError::Impossible("the user is deleted"));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(home: &str, username: &str) -> RemoteProfile {
        RemoteProfile {
            id: "01M7X094NF15018JC8E57M87Z4".parse().unwrap(),
            home: home.parse().unwrap(),
            username: Username::parse(username).unwrap(),
            display_name: kith_types::DisplayName::parse("Ada").unwrap(),
            kind: UserKind::Human,
        }
    }

    #[test]
    fn an_instance_that_speaks_for_others_or_of_somebody_else_is_not_believed() {
        let (domain, ada) = (
            "other.test".parse().unwrap(),
            Username::parse("ada").unwrap(),
        );
        let refused = |found| matches!(checked(&domain, &ada, found), Err(AskError::Impossible(_)));
        assert!(!refused(profile("other.test", "ada")));
        assert!(refused(profile("third.test", "ada")));
        assert!(refused(profile("other.test", "eve")));
        let deleted = RemoteProfile {
            kind: UserKind::Deleted,
            ..profile("other.test", "ada")
        };
        assert!(refused(deleted));
    }
}
