use std::time::Duration;

use kith_bus::{Bus, RequestError};
use kith_events::rpc::{LookUpUser, LookedUp};
use kith_http::ApiError;
use kith_store::{Store, peers};
use kith_types::{Domain, Username};
use kith_wire::{ErrorCode, User};

use crate::Failure;
use crate::core::Home;

/// Finds somebody by their whole name. Of another instance: it is asked each time, through federation, and what it answers is
/// written down, so that they have an id here.
pub(crate) async fn look_up(
    store: &Store,
    bus: &Bus,
    home: &Home,
    name: &str,
) -> Result<User, Failure> {
    let (username, domain) = parse(name)?;
    let Some(domain) = domain.filter(|domain| *domain != home.domain) else {
        let found = peers::local_by_name(store, &username).await?;
        return found.ok_or_else(Failure::not_found);
    };
    let asked = LookUpUser { domain, username };
    match bus.request(&asked).await {
        Ok(LookedUp::Found { profile }) => {
            let known = peers::remember(store, &profile, store.now()).await?;
            // It was suspended or blocked while it was asked.
            known.ok_or_else(|| ErrorCode::PeerRefused.into())
        }
        Ok(LookedUp::Absent) => {
            peers::forget(store, &asked.domain, &asked.username, store.now()).await?;
            Err(Failure::not_found())
        }
        Ok(LookedUp::Away { retry_after_millis }) => Err(away(retry_after_millis).into()),
        Err(RequestError::Refused(_, code)) => Err(code.into()),
        Err(error @ RequestError::Unavailable(_)) => Err(ApiError::unavailable(error).into()),
        Err(error) => Err(ApiError::internal(error).into()),
    }
}

fn away(millis: u64) -> ApiError {
    ApiError::new(
        ErrorCode::Unavailable,
        "the other instance does not answer; try again later",
    )
    .with_retry_after(Duration::from_millis(millis))
}

/// `name`, `name@domain`, or the same with an `@` before it, as people write it.
fn parse(name: &str) -> Result<(Username, Option<Domain>), Failure> {
    let name = name.trim();
    let name = name.strip_prefix('@').unwrap_or(name);
    let (username, domain) = match name.split_once('@') {
        Some((username, domain)) => (username, Some(domain)),
        None => (name, None),
    };
    let wrong = |message: String| Failure::field("name", message);
    let username = Username::parse(&username.to_lowercase());
    let username = username.map_err(|error| wrong(error.to_string()))?;
    let domain = domain.map(str::parse).transpose();
    let domain = domain.map_err(|error: kith_types::InvalidDomain| wrong(error.to_string()))?;
    Ok((username, domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_people_write_it() {
        let read = |name: &str| {
            let (username, domain) = parse(name).ok()?;
            Some((
                username.into_string(),
                domain.map(|domain| domain.to_string()),
            ))
        };
        let full = Some(("ada".to_owned(), Some("other.test".to_owned())));
        for name in ["ada@other.test", "@ada@other.test", " Ada@OTHER.test "] {
            assert_eq!(read(name), full, "{name}");
        }
        assert_eq!(read("ada"), Some(("ada".to_owned(), None)));
        for name in [
            "",
            "@",
            "ada@",
            "@other.test@",
            "ada@127.0.0.1",
            "a b@other.test",
            "ada@other.test:443",
        ] {
            assert_eq!(read(name), None, "{name}");
        }
    }
}
