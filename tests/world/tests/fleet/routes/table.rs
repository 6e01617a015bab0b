//! Every operation, and who must get what.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use About::{Administrator, Channel, Guild, Oneself, Public};

/// What a route is about, and so who must get what.
pub(super) enum About {
    /// Needs no session.
    Public,
    /// Only the asker's own things: anybody who is signed in.
    Oneself,
    /// The instance: to everybody but its administrators there is no such thing.
    Administrator,
    /// A guild. The number is what a plain member without special rights gets.
    Guild(u16),
    /// A guild's channel. The number is what a plain member who sees the channel gets.
    Channel(u16),
}

pub(super) struct Row {
    pub(super) about: About,
    pub(super) body: Option<Value>,
}

/// One row per operation: `METHOD /path`, as the document writes it without `/api/v1`.
#[expect(clippy::too_many_lines, reason = "a table has as many lines as rows")]
pub(super) fn rows() -> BTreeMap<&'static str, Row> {
    let none = || None;
    let empty = || Some(json!({}));
    let table: Vec<(&'static str, About, Option<Value>)> = vec![
        (
            "POST /auth/register",
            Public,
            Some(json!({"username": "x"})),
        ),
        (
            "POST /auth/login",
            Public,
            Some(json!({"username": "nobody", "password": "nothing"})),
        ),
        (
            "POST /auth/refresh",
            Public,
            Some(json!({"refresh_token": "nothing"})),
        ),
        ("POST /auth/logout", Oneself, none()),
        ("GET /auth/sessions", Oneself, none()),
        ("DELETE /auth/sessions/{session}", Oneself, none()),
        ("GET /users/@me", Oneself, none()),
        // Anybody is found by who knows their whole name, also from another instance.
        ("GET /users/lookup", Oneself, none()),
        ("GET /admin/federation/peers", Administrator, none()),
        (
            "GET /admin/federation/peers/{domain}",
            Administrator,
            none(),
        ),
        (
            "PUT /admin/federation/peers/{domain}",
            Administrator,
            Some(json!({"standing": "blocked"})),
        ),
        ("GET /admin/federation/rules", Administrator, none()),
        (
            "PUT /admin/federation/rules/{pattern}",
            Administrator,
            Some(json!({"kind": "deny"})),
        ),
        (
            "DELETE /admin/federation/rules/{pattern}",
            Administrator,
            none(),
        ),
        ("GET /admin/federation/audit-log", Administrator, none()),
        ("PATCH /users/@me", Oneself, empty()),
        ("GET /users/@me/presence", Oneself, none()),
        ("PATCH /users/@me/presence", Oneself, empty()),
        (
            "PUT /users/@me/password",
            Oneself,
            Some(json!({"current_password": "wrong", "new_password": "long enough"})),
        ),
        ("GET /users/@me/guilds", Oneself, none()),
        ("GET /users/@me/channels", Oneself, none()),
        ("GET /users/@me/blocks", Oneself, none()),
        ("PUT /users/@me/blocks/{user}", Oneself, none()),
        ("DELETE /users/@me/blocks/{user}", Oneself, none()),
        ("POST /guilds", Oneself, Some(json!({"name": "mine"}))),
        ("GET /voice", Oneself, none()),
        ("GET /invites/{code}", Public, none()),
        ("GET /invites/{code}/icon/{icon}", Public, none()),
        // What is behind the code is only for who holds it; see access.rs for who is banned.
        ("POST /invites/{code}", Oneself, none()),
        (
            "POST /users/@me/channels",
            Guild(201),
            Some(json!({"recipient_id": "{user}"})),
        ),
        ("DELETE /users/@me/guilds/{guild}", Guild(204), none()),
        ("GET /guilds/{guild}", Guild(200), none()),
        (
            "PATCH /guilds/{guild}",
            Guild(403),
            Some(json!({"name": "taken over"})),
        ),
        ("DELETE /guilds/{guild}", Guild(403), none()),
        ("GET /guilds/{guild}/channels", Guild(200), none()),
        (
            "POST /guilds/{guild}/channels",
            Guild(403),
            Some(json!({"name": "mine"})),
        ),
        (
            "PATCH /guilds/{guild}/channels",
            Guild(403),
            Some(json!({"channels": [{"id": "{channel}", "position": 5}]})),
        ),
        ("GET /guilds/{guild}/roles", Guild(200), none()),
        (
            "POST /guilds/{guild}/roles",
            Guild(403),
            Some(json!({"name": "mine"})),
        ),
        (
            "PATCH /guilds/{guild}/roles",
            Guild(403),
            Some(json!({"roles": [{"id": "{role}", "position": 1}]})),
        ),
        (
            "PATCH /guilds/{guild}/roles/{role}",
            Guild(403),
            Some(json!({"name": "mine"})),
        ),
        ("DELETE /guilds/{guild}/roles/{role}", Guild(403), none()),
        ("GET /guilds/{guild}/members", Guild(200), none()),
        ("GET /guilds/{guild}/members/{user}", Guild(200), none()),
        (
            "PATCH /guilds/{guild}/members/{user}",
            Guild(403),
            Some(json!({"nick": "fool"})),
        ),
        ("DELETE /guilds/{guild}/members/{user}", Guild(403), none()),
        (
            "PUT /guilds/{guild}/members/{user}/roles/{role}",
            Guild(403),
            none(),
        ),
        (
            "DELETE /guilds/{guild}/members/{user}/roles/{role}",
            Guild(403),
            none(),
        ),
        ("GET /guilds/{guild}/bans", Guild(403), none()),
        ("PUT /guilds/{guild}/bans/{user}", Guild(403), empty()),
        ("DELETE /guilds/{guild}/bans/{user}", Guild(403), none()),
        ("GET /guilds/{guild}/invites", Guild(403), none()),
        ("POST /guilds/{guild}/invites", Guild(201), empty()),
        ("DELETE /invites/{code}", Guild(403), none()),
        ("GET /guilds/{guild}/audit-log", Guild(403), none()),
        ("GET /guilds/{guild}/messages/search", Guild(200), none()),
        ("GET /channels/{channel}", Channel(200), none()),
        (
            "PATCH /channels/{channel}",
            Channel(403),
            Some(json!({"name": "mine"})),
        ),
        ("DELETE /channels/{channel}", Channel(403), none()),
        (
            "PUT /channels/{channel}/overwrites/{target}",
            Channel(403),
            Some(json!({"kind": "role"})),
        ),
        (
            "DELETE /channels/{channel}/overwrites/{target}",
            Channel(403),
            none(),
        ),
        ("GET /channels/{channel}/messages", Channel(200), none()),
        (
            "GET /channels/{channel}/messages/search",
            Channel(200),
            none(),
        ),
        (
            "POST /channels/{channel}/messages",
            Channel(201),
            Some(json!({"content": "hello"})),
        ),
        (
            "GET /channels/{channel}/messages/{message}",
            Channel(200),
            none(),
        ),
        (
            "GET /channels/{channel}/messages/{message}/mentions",
            Channel(200),
            none(),
        ),
        (
            "PATCH /channels/{channel}/messages/{message}",
            Channel(403),
            Some(json!({"content": "changed"})),
        ),
        (
            "DELETE /channels/{channel}/messages/{message}",
            Channel(403),
            none(),
        ),
        (
            "PUT /channels/{channel}/read",
            Channel(200),
            Some(json!({"seq": 1})),
        ),
        ("POST /channels/{channel}/typing", Channel(204), none()),
        (
            "POST /channels/{channel}/attachments?filename=a.json",
            Channel(201),
            Some(json!({"any": "bytes"})),
        ),
        ("GET /attachments/{attachment}/{name}", Channel(200), none()),
        ("GET /thumbnails/{attachment}", Channel(200), none()),
        (
            "PUT /users/@me/avatar",
            Oneself,
            Some(json!({"no": "image"})),
        ),
        ("DELETE /users/@me/avatar", Oneself, none()),
        // Of a member: to who shares no guild with them there is none.
        ("GET /users/{user}/avatar/{avatar}", Guild(200), none()),
        (
            "PUT /guilds/{guild}/icon",
            Guild(403),
            Some(json!({"no": "image"})),
        ),
        ("DELETE /guilds/{guild}/icon", Guild(403), none()),
        ("GET /guilds/{guild}/icon/{icon}", Guild(200), none()),
        // The channel of the table is none for voice; what who may connect gets is told in voice.rs.
        ("POST /channels/{channel}/voice", Channel(400), empty()),
        ("PATCH /users/@me/voice/{connection}", Oneself, empty()),
        ("DELETE /users/@me/voice/{connection}", Oneself, none()),
        // Nobody is in a voice channel here; who may do it to whom is told in voice.rs.
        ("PATCH /guilds/{guild}/voice/{user}", Guild(404), empty()),
        ("DELETE /guilds/{guild}/voice/{user}", Guild(404), none()),
    ];
    table
        .into_iter()
        .map(|(operation, about, body)| (operation, Row { about, body }))
        .collect()
}
