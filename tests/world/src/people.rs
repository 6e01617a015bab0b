use kith_testkit::{Account, Answer, Client};
use serde_json::{Value, json};

/// Somebody with an account, and what they do in a sentence each.
#[derive(Clone)]
pub struct Person {
    pub account: Account,
}

impl Person {
    pub fn new(account: Account) -> Self {
        Self { account }
    }

    pub fn client(&self) -> &Client {
        &self.account.client
    }

    pub fn id(&self) -> &str {
        &self.account.id
    }

    /// The same person at another process of api.
    #[must_use]
    pub fn at(&self, api: &Client) -> Self {
        let client = api.with_token(&self.account.access_token);
        Self {
            account: Account {
                client,
                ..self.account.clone()
            },
        }
    }

    /// Makes a guild; gives its id and that of its first channel.
    pub async fn create_guild(&self, name: &str) -> (String, String) {
        let answer = self
            .client()
            .post("/api/v1/guilds", &json!({"name": name}))
            .await;
        let guild = text(&answer.expect(201)["id"]);
        let channels = self
            .client()
            .get(&format!("/api/v1/guilds/{guild}/channels"))
            .await;
        let channel = text(&channels.expect(200)[0]["id"]);
        (guild, channel)
    }

    /// Makes a channel; gives its id.
    pub async fn create_channel(&self, guild: &str, name: &str) -> String {
        let path = format!("/api/v1/guilds/{guild}/channels");
        text(
            &self
                .client()
                .post(&path, &json!({"name": name}))
                .await
                .expect(201)["id"],
        )
    }

    /// Makes an invite, or gets an equal one; gives its code.
    pub async fn invite(&self, guild: &str, body: Value) -> String {
        let path = format!("/api/v1/guilds/{guild}/invites");
        let made = self.client().post(&path, &body).await;
        let status = made.status.min(201);
        text(&made.expect(status)["code"])
    }

    /// Invites somebody, who accepts.
    pub async fn bring(&self, guild: &str, friend: &Self) {
        let code = self.invite(guild, json!({})).await;
        friend.accept(&code).await.expect(200);
    }

    pub async fn accept(&self, code: &str) -> Answer {
        self.client()
            .send(
                reqwest::Method::POST,
                &format!("/api/v1/invites/{code}"),
                None::<&()>,
            )
            .await
    }

    /// Posts, whatever comes back.
    pub async fn try_post(&self, channel: &str, content: &str) -> Answer {
        let path = format!("/api/v1/channels/{channel}/messages");
        self.client()
            .post(&path, &json!({"content": content}))
            .await
    }

    /// Posts; gives the message.
    pub async fn post(&self, channel: &str, content: &str) -> Value {
        self.try_post(channel, content).await.expect(201).clone()
    }

    /// A page of a channel's history, whatever comes back.
    pub async fn read(&self, channel: &str, query: &str) -> Answer {
        self.client()
            .get(&format!("/api/v1/channels/{channel}/messages{query}"))
            .await
    }

    pub async fn type_in(&self, channel: &str) {
        let path = format!("/api/v1/channels/{channel}/typing");
        self.client().post(&path, &json!({})).await.expect(204);
    }

    pub async fn ban(&self, guild: &str, user: &str) {
        let path = format!("/api/v1/guilds/{guild}/bans/{user}");
        self.client().put(&path, &json!({})).await.expect(204);
    }

    /// Denies a role or a member rights in a channel.
    pub async fn deny(&self, channel: &str, target: &str, kind: &str, rights: &[&str]) {
        let path = format!("/api/v1/channels/{channel}/overwrites/{target}");
        self.client()
            .put(&path, &json!({"kind": kind, "deny": rights}))
            .await
            .expect(204);
    }

    /// Makes a role; gives its id.
    pub async fn create_role(&self, guild: &str, name: &str, rights: &[&str]) -> String {
        let path = format!("/api/v1/guilds/{guild}/roles");
        let body = json!({"name": name, "permissions": rights});
        text(&self.client().post(&path, &body).await.expect(201)["id"])
    }

    pub async fn assign(&self, guild: &str, user: &str, role: &str) -> Answer {
        let path = format!("/api/v1/guilds/{guild}/members/{user}/roles/{role}");
        self.client().put(&path, &json!({})).await
    }
}

/// A JSON string's text.
pub fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
        .to_owned()
}

/// Whether a dispatch's `d` is a message with this content.
pub fn says(content: &str) -> impl Fn(&Value) -> bool {
    move |d| d["message"]["content"] == content
}
