use async_nats::{ConnectErrorKind, ConnectOptions};
use kith_types::{Clock, Timestamp};
use secrecy::ExposeSecret;
use serde::Deserialize;

use crate::connect::{ANSWER_TIMEOUT, CONNECT_TIMEOUT};
use crate::{Bus, BusOptions};

/// Why nobody gets in. [`Bus::connect`] tries for ever and does not tell.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    #[error("the server refuses the name or the password")]
    Refused,
    #[error("the server cannot be reached")]
    Unreachable(#[source] async_nats::ConnectError),
}

/// The part of an answer of JetStream that says when it was given.
#[derive(Deserialize)]
struct Dated {
    ts: Option<Timestamp>,
}

impl Bus {
    /// Connects and logs in once, to find out why a connection does not come about.
    pub async fn try_login(options: &BusOptions) -> Result<(), LoginError> {
        let mut connect = ConnectOptions::new()
            .name(&options.name)
            .max_reconnects(1)
            .connection_timeout(CONNECT_TIMEOUT);
        if let Some((user, password)) = &options.login {
            connect = connect.user_and_password(user.clone(), password.expose_secret().to_owned());
        }
        match connect.connect(&options.url).await {
            Ok(_) => Ok(()),
            Err(error) => Err(match error.kind() {
                ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
                    LoginError::Refused
                }
                _ => LoginError::Unreachable(error),
            }),
        }
    }

    /// How far the server's clock is ahead of `clock`, in milliseconds; the round trip blurs it. None before the
    /// stream of events is made, and with servers older than 2.10: nothing else says what time it is there.
    pub async fn clock_skew_millis(&self, clock: &dyn Clock) -> Option<i64> {
        let subject = format!("$JS.API.STREAM.INFO.{}", self.namespace.events_stream());
        let before = clock.now();
        let request = self.client.request(subject, bytes::Bytes::new());
        let answer = tokio::time::timeout(ANSWER_TIMEOUT, request)
            .await
            .ok()?
            .ok()?;
        let middle = i64::midpoint(before.millis(), clock.now().millis());
        let dated: Dated = serde_json::from_slice(&answer.payload).ok()?;
        Some(dated.ts?.millis() - middle)
    }
}
