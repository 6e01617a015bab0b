use kith_config::Config;
use kith_federation::KeySource;
use kith_types::{Domain, OsEntropy};

use super::{Finding, describe};

const ABOUT: &str = "federation";

/// Whether this instance has a name and a key that others can believe.
pub(super) fn look(config: &Config) -> Finding {
    let name: Result<Domain, _> = config.instance.name.parse();
    if let Err(error) = &name {
        return Finding::wrong(
            ABOUT,
            format!("instance.name {:?}: {error}", config.instance.name),
            "set instance.name to the instance's domain",
        );
    }
    let source = KeySource::of(&config.federation);
    // Loading would make it, as whoever asks.
    if !source.is_there() {
        return Finding::doubtful(
            ABOUT,
            "there is no key yet",
            "start the federation service, which makes one",
        );
    }
    match source.load(&OsEntropy) {
        Err(error) => Finding::wrong(
            ABOUT,
            describe(&error),
            "give federation.key_path a file that only its owner may read, or remove it to have another one made",
        ),
        Ok(_) if config.instance.name == "localhost" => Finding::doubtful(
            ABOUT,
            "no other instance can ask one that is called localhost",
            "set instance.name to its domain before there are accounts",
        ),
        Ok(ring) => Finding::good(ABOUT, format!("signs with the key {}", ring.newest())),
    }
}
