use std::io::Write;
use std::sync::Arc;

use anyhow::{Context, Result};
use indicatif::ProgressBar;
use kith_api::{Hasher, TokenSource};
use kith_config::ApiConfig;
use kith_store::Store;
use kith_store::accounts::{self, NewAccount};
use kith_types::{OsEntropy, Password, SessionId, Username};
use serde_json::json;

/// Makes the people of a load test, each with a session, and prints one JSON object for each.
///
/// Their password is hashed once and shared: a thousand log-ins would take a minute and measure nothing.
pub(crate) async fn people(
    store: &Store,
    config: &ApiConfig,
    names: &[String],
    password: &Password,
) -> Result<()> {
    let entropy = Arc::new(OsEntropy);
    let hash = Hasher::new(entropy.clone(), 1).hash(password).await?;
    let tokens = TokenSource {
        entropy,
        config: Arc::new(config.clone()),
    };
    store.renew_worker().await?;
    let bar = ProgressBar::new(names.len() as u64);
    let mut out = std::io::stdout().lock();
    for name in names {
        let name = Username::parse(name).with_context(|| format!("{name} cannot be used"))?;
        let at = store.now();
        let account = NewAccount {
            id: store.mint()?,
            username: &name,
            display_name: None,
            password_hash: &hash,
            at,
        };
        // Those of an earlier run have another hash; a session begins with the one that is there.
        accounts::create(store, &account).await?;
        accounts::set_unlimited(store, &name, true).await?;
        let known = accounts::credentials(store, &name, None).await?;
        let known = known.context("the account has no password")?;
        let fresh = tokens.fresh(at);
        let session_id: SessionId = store.mint()?;
        let session = fresh.session(session_id, known.user.id, Some("kith admin load-users"));
        accounts::open_session(store, &session, &known.password_hash).await?;
        let tokens = fresh.reveal();
        let line = json!({
            "id": known.user.id, "name": name.as_str(), "session_id": session_id,
            "token": tokens.access_token, "refresh_token": tokens.refresh_token,
        });
        writeln!(out, "{line}")?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    store.release_worker().await?;
    Ok(())
}
