//! A guild with people in it, made through the public API.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use reqwest::{Client, Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::frames::Socket;

/// Where the fleet is.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// `http://host:port` of api or of the front door.
    pub(crate) api: String,
    /// `host:port` of each gateway; readers are spread over them.
    pub(crate) gateways: Vec<String>,
    pub(crate) client: Client,
}

/// Somebody who is signed in.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) token: String,
}

/// Reads the people of a load test, as `kith admin load-users` prints them: one JSON object a line.
pub(crate) fn read_people(file: &Path, wanted: usize) -> Result<Vec<Person>> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let people: Vec<Person> = text
        .lines()
        .take(wanted)
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    if people.len() < wanted {
        bail!(
            "{} people are needed, {} has {}",
            wanted,
            file.display(),
            people.len()
        );
    }
    Ok(people)
}

impl Target {
    /// The fleet at these addresses.
    pub(crate) fn new(api: &str, gateways: Vec<String>) -> Result<Self> {
        // It wants to know who does its TLS, although it does none.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().tcp_nodelay(true).build()?;
        Ok(Self {
            api: api.trim_end_matches('/').to_owned(),
            gateways,
            client,
        })
    }

    /// Calls the API and gives `data`. Waits as long as `Retry-After` says when it is told to.
    pub(crate) async fn call(
        &self,
        token: Option<&str>,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value> {
        loop {
            let mut request = self
                .client
                .request(method.clone(), format!("{}/api/v1{path}", self.api));
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            if let Some(body) = body {
                request = request.json(body);
            }
            let response = request.send().await.with_context(|| path.to_owned())?;
            let status = response.status();
            if status == StatusCode::TOO_MANY_REQUESTS {
                let wait = response.headers().get("retry-after");
                let seconds = wait
                    .and_then(|value| value.to_str().ok()?.parse().ok())
                    .unwrap_or(1);
                tokio::time::sleep(std::time::Duration::from_secs(seconds)).await;
                continue;
            }
            let text = response.text().await?;
            if !status.is_success() {
                bail!("{method} {path}: {status} {text}");
            }
            let mut body: Value = serde_json::from_str(&text).unwrap_or_default();
            return Ok(body["data"].take());
        }
    }

    /// Logs in, or registers first if the name is unknown.
    pub(crate) async fn sign_in(&self, name: &str) -> Result<Person> {
        let credentials = json!({"username": name, "password": format!("{name} has a password")});
        let known = self
            .call(None, Method::POST, "/auth/login", Some(&credentials))
            .await;
        let session = match known {
            Ok(session) => session,
            Err(_) => {
                self.call(None, Method::POST, "/auth/register", Some(&credentials))
                    .await?
            }
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(Person {
            name: name.to_owned(),
            token: text(&session["tokens"]["access_token"]),
        })
    }

    /// Makes a guild of the first person's and lets the others join it; gives the guild and its first channel.
    pub(crate) async fn guild(&self, name: &str, people: &[Person]) -> Result<(String, String)> {
        let owner = people.first().context("nobody to own the guild")?;
        let token = Some(owner.token.as_str());
        let guild = self
            .call(token, Method::POST, "/guilds", Some(&json!({"name": name})))
            .await?;
        let guild = guild["id"].as_str().context("no guild id")?.to_owned();
        let path = format!("/guilds/{guild}/invites");
        let invite = self
            .call(token, Method::POST, &path, Some(&json!({})))
            .await?;
        let code = invite["code"]
            .as_str()
            .context("no invite code")?
            .to_owned();
        for person in &people[1..] {
            let path = format!("/invites/{code}");
            self.call(Some(&person.token), Method::POST, &path, None)
                .await?;
        }
        let channels = self
            .call(
                token,
                Method::GET,
                &format!("/guilds/{guild}/channels"),
                None,
            )
            .await?;
        let channel = channels[0]["id"]
            .as_str()
            .context("no first channel")?
            .to_owned();
        Ok((guild, channel))
    }

    /// Opens a socket for somebody on the gateway whose turn it is, and waits until it has all guilds.
    pub(crate) async fn open(&self, person: &Person, turn: usize) -> Result<Socket> {
        let gateway = &self.gateways[turn % self.gateways.len()];
        let mut socket = Socket::connect(gateway, "/gateway").await?;
        let identify = json!({"op": "IDENTIFY", "d": {"token": person.token}});
        socket.send(&identify.to_string()).await?;
        let ready = memchr::memmem::Finder::new("\"t\":\"READY\"");
        let guild = memchr::memmem::Finder::new("\"t\":\"GUILD_CREATE\"");
        let (mut expected, mut arrived) = (None, 0);
        while expected.is_none_or(|expected| arrived < expected) {
            socket
                .receive(|frame| {
                    if expected.is_none() && ready.find(frame).is_some() {
                        let frame: Value = serde_json::from_slice(frame)?;
                        expected = frame["d"]["guilds"].as_array().map(Vec::len);
                    } else if guild.find(frame).is_some() {
                        arrived += 1;
                    }
                    Ok(())
                })
                .await
                .context("while waiting for READY and its guilds")?;
        }
        Ok(socket)
    }
}
