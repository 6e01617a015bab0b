//! Kith's one program: it runs the services, and does what an operator needs besides.

mod admin;
mod cli;
mod configuration;
mod doctor;
mod files;
mod load;
mod migrate;
mod reindex;
mod run;
mod table;

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use kith_config::Mistakes;

use crate::cli::{Cli, Command};

fn main() -> ExitCode {
    act(Cli::parse()).unwrap_or_else(|error| {
        if let Some(mistakes) = error.downcast_ref::<Mistakes>() {
            eprintln!("{mistakes}");
            ExitCode::from(kith_config::EXIT_CODE)
        } else {
            eprintln!("kith: {error:#}");
            ExitCode::FAILURE
        }
    })
}

fn act(cli: Cli) -> Result<ExitCode> {
    let sources = kith_config::Sources::of_process(cli.config);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("no threads can be started")?;
    let result = runtime.block_on(async {
        match cli.command {
            Command::Run { role } => run::run(&sources, &role).await,
            Command::Migrate { direction } => migrate::migrate(&sources, direction).await,
            Command::Doctor { role } => doctor::doctor(&sources, &role).await,
            Command::Config { command } => configuration::act(&sources, command),
            Command::Admin { command } => admin::act(&sources, command).await,
            Command::Openapi => {
                let mut document = kith_api::openapi();
                document.merge(kith_media::openapi());
                println!("{}", document.to_pretty_json()?);
                Ok(ExitCode::SUCCESS)
            }
            Command::Version => {
                println!("kith {}", env!("CARGO_PKG_VERSION"));
                Ok(ExitCode::SUCCESS)
            }
        }
    });
    // A password that is still being hashed for somebody who is gone must not hold up the end.
    runtime.shutdown_background();
    result
}
