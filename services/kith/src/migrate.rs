use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, bail};
use kith_config::{Config, Part, Sources};
use kith_store::{Store, StoreSettings};
use kith_types::{OsEntropy, SystemClock};

use crate::cli::Direction;
use crate::table;

/// Changes or shows the database's schema.
pub(crate) async fn migrate(sources: &Sources, direction: Direction) -> Result<ExitCode> {
    let config = sources.load(&[Part::Database])?;
    let store = store(&config)?;
    match direction {
        Direction::Up => match store.migrate_up().await?.as_slice() {
            [] => println!("the database is up to date"),
            [one] => println!("applied step {one}"),
            [first, .., last] => println!("applied steps {first} to {last}"),
        },
        Direction::Down { yes: false } => {
            bail!("taking a step back loses the data that it holds; repeat it with --yes")
        }
        Direction::Down { yes: true } => match store.migrate_down().await? {
            Some(step) => println!("took back step {step}"),
            None => println!("there was nothing to take back"),
        },
        Direction::Status => {
            let mut table = table::new(["step", "what", "state"]);
            for step in store.migrations().await? {
                let state = if step.applied { "applied" } else { "missing" };
                table.add_row([&step.version.to_string(), &step.description, state]);
            }
            println!("{table}");
        }
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// The database, for commands of an operator.
pub(crate) fn store(config: &Config) -> Result<Store> {
    Ok(Store::connect(StoreSettings {
        url: config.postgres.url.clone(),
        max_connections: config.postgres.max_connections,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(OsEntropy),
        traceparent: kith_runtime::current_traceparent,
    })?)
}
