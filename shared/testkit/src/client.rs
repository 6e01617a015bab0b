use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

/// A client of the REST interface, as one account or as nobody.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    /// The whole body, or null if there was none or it was no JSON.
    pub body: Value,
}

/// Somebody who is logged in.
#[derive(Debug, Clone)]
pub struct Account {
    pub client: Client,
    pub id: String,
    pub username: String,
    pub session_id: String,
    pub access_token: String,
    pub refresh_token: String,
}

/// The password of every account that [`Client::register`] makes.
pub const PASSWORD: &str = "correct horse battery staple 42";

impl Answer {
    /// `data` of an answer with this status.
    ///
    /// # Panics
    /// With the whole answer if the status is another.
    #[track_caller]
    pub fn expect(&self, status: u16) -> &Value {
        assert_eq!(self.status, status, "the answer was {}", self.body);
        &self.body["data"]
    }

    /// Asserts that the answer is this error.
    ///
    /// # Panics
    /// With the whole answer if it is not.
    #[track_caller]
    pub fn expect_error(&self, status: u16, code: &str) -> &Value {
        let error = &self.body["error"];
        assert_eq!(
            (self.status, error["code"].as_str()),
            (status, Some(code)),
            "the answer was {}",
            self.body
        );
        assert!(
            error["request_id"].is_string(),
            "no request id in {}",
            self.body
        );
        error
    }

    /// Seconds from `Retry-After`.
    pub fn retry_after(&self) -> Option<u64> {
        self.headers.get("retry-after")?.to_str().ok()?.parse().ok()
    }
}

impl Client {
    /// A client without a session. `base` is the server's address, such as `http://127.0.0.1:30123`.
    ///
    /// # Panics
    /// If there can be no HTTP client.
    pub fn new(base: &str) -> Self {
        crate::tools::choose_tls();
        let http = reqwest::Client::builder()
            .timeout(crate::PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("an HTTP client without TLS can be made");
        Self {
            http,
            base: base.trim_end_matches('/').to_owned(),
            token: None,
        }
    }

    /// The same server, as who has this token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// The same server, as nobody.
    #[must_use]
    pub fn anonymous(&self) -> Self {
        Self {
            token: None,
            ..self.clone()
        }
    }

    /// Another server, as the same account.
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        Self {
            base: base.trim_end_matches('/').to_owned(),
            ..self.clone()
        }
    }

    /// The server's address.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Makes an account with [`PASSWORD`] and logs in.
    pub async fn register(&self, username: &str) -> Account {
        let body = json!({ "username": username, "password": PASSWORD });
        self.session(
            self.anonymous()
                .post("/api/v1/auth/register", &body)
                .await
                .expect(201),
        )
    }

    /// Logs in with [`PASSWORD`].
    pub async fn login(&self, username: &str) -> Account {
        let body = json!({ "username": username, "password": PASSWORD });
        self.session(
            self.anonymous()
                .post("/api/v1/auth/login", &body)
                .await
                .expect(200),
        )
    }

    fn session(&self, data: &Value) -> Account {
        let text = |value: &Value| {
            value
                .as_str()
                .unwrap_or_else(|| panic!("no session in {data}"))
                .to_owned()
        };
        let access_token = text(&data["tokens"]["access_token"]);
        Account {
            client: self.with_token(&access_token),
            id: text(&data["user"]["id"]),
            username: text(&data["user"]["username"]),
            session_id: text(&data["session_id"]),
            refresh_token: text(&data["tokens"]["refresh_token"]),
            access_token,
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None::<&()>).await
    }

    pub async fn post(&self, path: &str, body: &impl Serialize) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: &impl Serialize) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: &impl Serialize) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None::<&()>).await
    }

    /// Any request, with a JSON body or without one. `path` begins with a slash.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn send(&self, method: Method, path: &str, body: Option<&impl Serialize>) -> Answer {
        self.try_send(method.clone(), path, body)
            .await
            .unwrap_or_else(|error| panic!("{method} {path}: {error:?}"))
    }

    /// Any request, also to a server that may be away.
    pub async fn try_send(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> reqwest::Result<Answer> {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        Self::read(request).await
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub(crate) async fn read(request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await?;
        assert!(
            status != StatusCode::NO_CONTENT || bytes.is_empty(),
            "204 with a body"
        );
        Ok(Answer {
            status: status.as_u16(),
            headers,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
        })
    }
}
