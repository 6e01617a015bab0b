use kith_config::InstanceConfig;

use super::Finding;

const ABOUT: &str = "front door";

/// Whether people can come in, and nobody listens on the way.
pub(super) fn look(instance: &InstanceConfig) -> Finding {
    let url = &instance.public_url;
    let host = url
        .split_once("://")
        .map_or(url.as_str(), |(_, rest)| rest)
        .split(['/', '?', '#'])
        .next()
        .unwrap_or_default();
    let is_local = ["localhost", "127.", "[::1]"]
        .iter()
        .any(|local| host.starts_with(local));
    if url.starts_with("http://") && !is_local {
        Finding::wrong(
            ABOUT,
            format!("{url} is not encrypted: everybody on the way can read passwords"),
            "give Caddy a domain (KITH_SITE_ADDRESS), which obtains a certificate, and set instance.public_url to https://…",
        )
    } else if !is_local && instance.name == "localhost" {
        Finding::doubtful(
            ABOUT,
            format!("people open {url}, and the instance calls itself localhost"),
            "set instance.name to its domain before there are accounts",
        )
    } else {
        Finding::good(ABOUT, format!("{} at {url}", instance.name))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Grade;
    use super::*;

    #[test]
    fn an_address_for_the_world_has_to_be_encrypted() {
        let grade = |name: &str, url: &str| {
            let instance = InstanceConfig {
                name: name.to_owned(),
                public_url: url.to_owned(),
                namespace: "kith".to_owned(),
            };
            look(&instance).grade
        };
        assert_eq!(grade("localhost", "http://localhost:8420"), Grade::Good);
        assert_eq!(grade("localhost", "http://127.0.0.1:8420"), Grade::Good);
        assert_eq!(grade("kith.example", "https://kith.example"), Grade::Good);
        assert_eq!(grade("kith.example", "http://kith.example"), Grade::Wrong);
        assert_eq!(grade("localhost", "https://kith.example"), Grade::Doubtful);
    }
}
