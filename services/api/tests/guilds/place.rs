use kith_testkit::Account;
use serde_json::{Value, json};

use crate::world::Door;

/// A guild with its owner.
pub(crate) struct Place {
    pub(crate) owner: Account,
    pub(crate) id: String,
    pub(crate) client: Door,
}

/// A string in an answer.
#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}

/// The ids of a list in an answer.
#[track_caller]
pub(crate) fn ids(list: &Value) -> Vec<String> {
    let list = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    list.iter().map(|item| text(&item["id"])).collect()
}

impl Place {
    /// A new guild of a new owner.
    pub(crate) async fn found(client: &Door) -> Self {
        let owner = client.register("owner").await;
        Self::found_by(client, owner).await
    }

    /// A new guild of this account.
    pub(crate) async fn found_by(client: &Door, owner: Account) -> Self {
        let guild = owner
            .client
            .post("/api/v1/guilds", &json!({ "name": "Tea house" }))
            .await;
        let id = text(&guild.expect(201)["id"]);
        Self {
            owner,
            id,
            client: client.clone(),
        }
    }

    /// A path below the guild's.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/api/v1/guilds/{}{rest}", self.id)
    }

    /// An invite of the owner's: for the same body the same one, while it is as good as new.
    pub(crate) async fn invite(&self, body: Value) -> String {
        let invite = self.owner.client.post(&self.path("/invites"), &body).await;
        let status = invite.status.min(201);
        text(&invite.expect(status)["code"])
    }

    /// A new account that has joined.
    pub(crate) async fn member(&self, username: &str) -> Account {
        let account = self.client.register(username).await;
        let code = self.invite(json!({})).await;
        let joined = account
            .client
            .post(&format!("/api/v1/invites/{code}"), &json!({}))
            .await;
        joined.expect(200);
        account
    }

    /// A new role, at the bottom.
    pub(crate) async fn role(&self, name: &str, permissions: &[&str]) -> String {
        let body = json!({ "name": name, "permissions": permissions });
        let role = self.owner.client.post(&self.path("/roles"), &body).await;
        text(&role.expect(201)["id"])
    }

    /// Gives an account a role.
    pub(crate) async fn assign(&self, account: &Account, role: &str) {
        let path = self.path(&format!("/members/{}/roles/{role}", account.id));
        self.owner.client.put(&path, &json!({})).await.expect(204);
    }

    /// A new account that has joined and has a new role with these rights, above all the roles that come later.
    pub(crate) async fn member_with(&self, username: &str, permissions: &[&str]) -> Account {
        let account = self.member(username).await;
        let role = self.role(username, permissions).await;
        self.assign(&account, &role).await;
        account
    }

    /// A new text channel.
    pub(crate) async fn channel(&self, name: &str) -> String {
        self.channel_of(json!({ "name": name })).await
    }

    /// A new channel.
    pub(crate) async fn channel_of(&self, body: Value) -> String {
        let channel = self.owner.client.post(&self.path("/channels"), &body).await;
        text(&channel.expect(201)["id"])
    }

    /// Sets what the everyone role (or another) may not do in a channel.
    pub(crate) async fn deny(&self, channel: &str, role: &str, deny: &[&str]) {
        let path = format!("/api/v1/channels/{channel}/overwrites/{role}");
        let body = json!({ "kind": "role", "deny": deny });
        self.owner.client.put(&path, &body).await.expect(204);
    }

    /// A new channel that only the owner and administrators may view.
    pub(crate) async fn hidden_channel(&self, name: &str) -> String {
        let channel = self.channel(name).await;
        self.deny(&channel, &self.id, &["VIEW_CHANNEL"]).await;
        channel
    }

    /// The roles from the bottom, the everyone role first.
    pub(crate) async fn roles(&self) -> Vec<Value> {
        let roles = self.owner.client.get(&self.path("/roles")).await;
        let mut roles = roles.expect(200).as_array().expect("a list").clone();
        roles.sort_by_key(|role| role["position"].as_i64());
        roles
    }

    /// The names of the audit log's acts, newest first.
    pub(crate) async fn acts(&self) -> Vec<String> {
        let log = self.owner.client.get(&self.path("/audit-log")).await;
        let log = log.expect(200).as_array().expect("a list").clone();
        log.iter().map(|entry| text(&entry["action"])).collect()
    }
}
