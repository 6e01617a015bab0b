use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kith_config::ApiConfig;
use kith_store::TokenHash;
use kith_store::accounts::{NewSession, NextTokens};
use kith_types::{Entropy, SessionId, Timestamp, UserId};
use kith_wire::Tokens;

use crate::Core;
use crate::access::token_hash;

/// 256 bits: nobody guesses one, so nothing slower than SHA-256 is needed to keep it.
const TOKEN_BYTES: usize = 32;
/// What is kept of a `User-Agent`, in characters.
const USER_AGENT: usize = 256;

/// Makes the tokens of sessions.
#[derive(Clone)]
pub struct TokenSource {
    pub entropy: Arc<dyn Entropy>,
    pub config: Arc<ApiConfig>,
}

/// A pair of tokens that nobody has seen yet.
pub struct Fresh {
    access: String,
    refresh: String,
    access_expires_at: Timestamp,
    expires_at: Timestamp,
    at: Timestamp,
}

impl TokenSource {
    /// Two new tokens, good from `at`.
    pub fn fresh(&self, at: Timestamp) -> Fresh {
        let access = i64::from(self.config.access_token_minutes) * 60;
        let refresh = i64::from(self.config.refresh_token_days) * 24 * 3600;
        Fresh {
            access: self.token(),
            refresh: self.token(),
            access_expires_at: at.plus_seconds(access),
            expires_at: at.plus_seconds(refresh),
            at,
        }
    }

    /// A new token of any kind.
    pub(super) fn token(&self) -> String {
        let mut bytes = [0; TOKEN_BYTES];
        self.entropy.fill(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

impl Fresh {
    /// As the beginning of a session.
    pub fn session<'a>(
        &self,
        id: SessionId,
        user: UserId,
        user_agent: Option<&'a str>,
    ) -> NewSession<'a> {
        let end = user_agent.and_then(|text| text.char_indices().nth(USER_AGENT));
        NewSession {
            id,
            user,
            access: self.access_hash(),
            refresh: token_hash(&self.refresh),
            access_expires_at: self.access_expires_at,
            expires_at: self.expires_at,
            user_agent: user_agent.map(|text| end.map_or(text, |(index, _)| &text[..index])),
            at: self.at,
        }
    }

    /// As what takes the place of the session's tokens.
    pub(crate) fn next(&self) -> NextTokens {
        NextTokens {
            access: self.access_hash(),
            refresh: token_hash(&self.refresh),
            access_expires_at: self.access_expires_at,
            expires_at: self.expires_at,
            at: self.at,
        }
    }

    fn access_hash(&self) -> TokenHash {
        token_hash(&self.access)
    }

    /// For whom they were made.
    pub fn reveal(self) -> Tokens {
        Tokens {
            expires_in: (self.access_expires_at.millis() - self.at.millis()) / 1000,
            access_token: self.access,
            refresh_token: self.refresh,
        }
    }
}

impl TokenSource {
    /// With what the routes share.
    pub(crate) fn of(core: &Core) -> Self {
        Self {
            entropy: core.entropy.clone(),
            config: core.config.clone(),
        }
    }
}
