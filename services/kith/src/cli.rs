use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use kith_config::Part;

/// Kith, a community platform of your own.
#[derive(Debug, Parser)]
#[command(name = "kith", disable_version_flag = true, propagate_version = false)]
pub(crate) struct Cli {
    /// The configuration file; `kith.toml` in this folder if there is one.
    #[arg(long, global = true, env = "KITH_CONFIG", value_name = "PATH")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run services until SIGTERM or Ctrl-C.
    Run {
        /// Which ones, with commas between them.
        #[arg(long, value_delimiter = ',', default_value = "all")]
        role: Vec<Role>,
    },
    /// Bring the database to this program's version, or back.
    Migrate {
        #[command(subcommand)]
        direction: Direction,
    },
    /// Look at every engine, and say what to do about what is wrong.
    Doctor {
        /// For which services, with commas between them.
        #[arg(long, value_delimiter = ',', default_value = "all")]
        role: Vec<Role>,
    },
    /// Check the configuration, or print an example.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Accounts and their special rights, and the search's index.
    Admin {
        #[command(subcommand)]
        command: AdminCommand,
    },
    /// Print the `OpenAPI` document of the REST interface.
    Openapi,
    /// Print the version.
    Version,
}

/// A service that a process can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    Api,
    Gateway,
    Presence,
    Media,
    Search,
    Federation,
    All,
}

/// What is to be done with the database's schema.
#[derive(Debug, Subcommand)]
pub(crate) enum Direction {
    /// Apply all steps that are missing.
    Up,
    /// Take the newest step back. What it held is gone.
    Down {
        /// Do it, and lose that data.
        #[arg(long)]
        yes: bool,
    },
    /// Say which steps are applied.
    Status,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Report all mistakes, or every key with its value and where that comes from.
    Check {
        /// For which services, with commas between them.
        #[arg(long, value_delimiter = ',', default_value = "all")]
        role: Vec<Role>,
    },
    /// Print a file with every key, its default and what it is for.
    Example,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Accounts.
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Make the index of the search anew from the messages, while everything goes on. What was broken off goes on where
    /// it was.
    Reindex {
        /// Begin with the first message again.
        #[arg(long)]
        again: bool,
    },
    /// Put every file under a folder into the object store, each under its path there: to move from one store to another.
    ImportFiles { folder: PathBuf },
    /// Let somebody use what concerns the instance as a whole.
    GrantInstanceAdmin {
        name: String,
        /// Take it back.
        #[arg(long)]
        revoke: bool,
    },
    /// Make accounts for a load test, or take those that are there: each with a session, and without rate limits. Prints
    /// one JSON object for each, with its tokens.
    LoadUsers {
        /// Their names; `load0`, `load1` … if none is given.
        names: Vec<String>,
        /// How many, if no names are given.
        #[arg(long, default_value_t = 100, conflicts_with = "names")]
        count: usize,
        /// Read the password of the new ones from standard input; otherwise nobody knows it.
        #[arg(long)]
        password_stdin: bool,
    },
    /// What concerns other instances.
    Federation {
        #[command(subcommand)]
        command: FederationCommand,
    },
    /// Let somebody do things as fast as they can: rate limits do not apply to them.
    LiftLimits {
        name: String,
        /// Put the limits back.
        #[arg(long)]
        restore: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum FederationCommand {
    /// Make a new key to sign with. The ones before are published until they expire, so that what is under way still counts.
    RotateKey {
        /// When the new one begins to sign: long enough for every process to have read it.
        #[arg(long, default_value_t = 60)]
        delay_seconds: u32,
        /// How long the ones before still count, after that.
        #[arg(long, default_value_t = 24)]
        overlap_hours: u32,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Make an account, also where strangers may not.
    Create {
        name: String,
        /// Read the password from standard input; otherwise one is made up and printed.
        #[arg(long)]
        password_stdin: bool,
        /// Rate limits do not apply to this account.
        #[arg(long)]
        unlimited: bool,
    },
}

/// Whether `wanted` is among the roles.
pub(crate) fn includes(roles: &[Role], wanted: Role) -> bool {
    roles.contains(&wanted) || roles.contains(&Role::All)
}

/// What the roles need of the configuration.
pub(crate) fn parts(roles: &[Role]) -> Vec<Part> {
    let all = [
        (Role::Api, Part::Api),
        (Role::Gateway, Part::Gateway),
        (Role::Presence, Part::Presence),
        (Role::Media, Part::Media),
        (Role::Search, Part::Search),
        (Role::Federation, Part::Federation),
    ];
    let chosen = all.into_iter().filter(|(role, _)| includes(roles, *role));
    chosen.map(|(_, part)| part).collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn roles_are_separated_by_commas() {
        let cli = Cli::try_parse_from(["kith", "run", "--role", "api,presence"]).unwrap();
        let Command::Run { role } = cli.command else {
            panic!("it is `run`")
        };
        assert_eq!(role, [Role::Api, Role::Presence]);
        assert_eq!(parts(&role), [Part::Api, Part::Presence]);
        // Each service, and the one word for all of them.
        let every = Role::value_variants().len() - 1;
        assert_eq!(parts(&[Role::All]).len(), every);
        assert_eq!(parts(&[Role::Gateway]), [Part::Gateway]);
    }
}
