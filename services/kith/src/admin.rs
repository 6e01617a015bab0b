use std::io::Read;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use kith_api::Hasher;
use kith_config::{Part, Sources};
use kith_federation::KeySource;
use kith_store::Store;
use kith_store::accounts::{self, NewAccount};
use kith_types::{Clock, Entropy, OsEntropy, Password, SystemClock, UserId, Username};

use crate::cli::{AdminCommand, FederationCommand, UserCommand};
use crate::files;
use crate::load;
use crate::migrate::store;
use crate::reindex::reindex;

/// The letters of a password that is made up: without those that look alike.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// 5 bits each, so 120 bits.
const LENGTH: usize = 24;

/// Does what concerns accounts, straight on the database.
pub(crate) async fn act(sources: &Sources, command: AdminCommand) -> Result<ExitCode> {
    if let AdminCommand::Federation { command } = command {
        return federation(sources, &command);
    }
    if let AdminCommand::ImportFiles { folder } = command {
        let config = sources.load(&[Part::Media])?;
        files::import(&config.objects, &folder).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let config = sources.load(&[Part::Database])?;
    let store = store(&config)?;
    match command {
        AdminCommand::User {
            command:
                UserCommand::Create {
                    name,
                    password_stdin,
                    unlimited,
                },
        } => {
            let name = Username::parse(&name).context("the name cannot be used")?;
            let (password, made_up) = if password_stdin {
                (from_stdin()?, None)
            } else {
                let made_up = make_up();
                (Password::parse(&made_up)?, Some(made_up))
            };
            let id = create(&store, &name, &password).await?;
            if unlimited {
                accounts::set_unlimited(&store, &name, true).await?;
            }
            println!("{id}");
            if let Some(password) = made_up {
                println!("password: {password}");
            }
        }
        AdminCommand::LoadUsers {
            names,
            count,
            password_stdin,
        } => {
            let names = match names.as_slice() {
                [] => (0..count).map(|index| format!("load{index}")).collect(),
                _ => names,
            };
            let password = if password_stdin {
                from_stdin()?
            } else {
                Password::parse(&make_up())?
            };
            load::people(&store, &config.api, &names, &password).await?;
        }
        AdminCommand::Reindex { again } => reindex(&store, again).await?,
        AdminCommand::GrantInstanceAdmin { name, revoke } => {
            let name = Username::parse(&name)?;
            let changed = accounts::set_instance_admin(&store, &name, !revoke).await?;
            tell(changed, &name)?;
        }
        AdminCommand::Federation { .. } | AdminCommand::ImportFiles { .. } => {
            unreachable!("it was done above")
        }
        AdminCommand::LiftLimits { name, restore } => {
            let name = Username::parse(&name)?;
            let changed = accounts::set_unlimited(&store, &name, !restore).await?;
            tell(changed, &name)?;
        }
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// What needs no database.
fn federation(sources: &Sources, command: &FederationCommand) -> Result<ExitCode> {
    let config = sources.load(&[])?;
    let FederationCommand::RotateKey {
        delay_seconds,
        overlap_hours,
    } = *command;
    let (delay, overlap) = (i64::from(delay_seconds), i64::from(overlap_hours) * 3600);
    let source = KeySource::of(&config.federation);
    let rotation = source.rotate(&OsEntropy, SystemClock.now(), delay, overlap)?;
    println!("{}", rotation.key_id);
    println!("signs from {}", rotation.signs_from);
    println!("the ones before count until {}", rotation.others_expire);
    Ok(ExitCode::SUCCESS)
}

async fn create(store: &Store, name: &Username, password: &Password) -> Result<UserId> {
    let hash = Hasher::new(Arc::new(OsEntropy), 1).hash(password).await?;
    store.renew_worker().await?;
    let id = store.mint()?;
    let account = NewAccount {
        id,
        username: name,
        display_name: None,
        password_hash: &hash,
        at: store.now(),
    };
    let created = accounts::create(store, &account).await?;
    store.release_worker().await?;
    if created.is_none() {
        bail!("the name {} is taken", name.as_str());
    }
    Ok(id)
}

fn tell(changed: Option<UserId>, name: &Username) -> Result<()> {
    let id = changed.with_context(|| format!("there is no account {}", name.as_str()))?;
    println!("{id}");
    Ok(())
}

fn from_stdin() -> Result<Password> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Password::parse(text.trim_end_matches(['\r', '\n'])).context("the password cannot be used")
}

fn make_up() -> String {
    let mut bytes = [0; LENGTH];
    OsEntropy.fill(&mut bytes);
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte & 31)]);
    bytes.iter().map(letter).collect()
}
