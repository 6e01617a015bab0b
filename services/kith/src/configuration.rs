use std::process::ExitCode;

use anyhow::Result;
use kith_config::Sources;

use crate::cli::{ConfigCommand, parts};
use crate::table;

/// Explains the configuration.
pub(crate) fn act(sources: &Sources, command: ConfigCommand) -> Result<ExitCode> {
    match command {
        ConfigCommand::Example => print!("{}", kith_config::example()),
        ConfigCommand::Check { role } => {
            let mut table = table::new(["key", "value", "where from"]);
            for value in sources.explain(&parts(&role))? {
                table.add_row([value.key, value.shown, value.source]);
            }
            println!("{table}");
        }
    }
    Ok(ExitCode::SUCCESS)
}
