//! What voice tests share: people who join with a real client, and a look at what the LiveKit server itself has.

use kith_testkit::{Answer, LiveKit, VoiceClient, until};
use kith_types::{ChannelId, UserId};
use livekit_api::access_token::AccessToken;
use livekit_api::services::room::RoomClient;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use crate::people::{Person, text};
use crate::world::World;

/// A guild with a voice channel: its owner, somebody in it, and the ids of both places.
pub struct Call {
    pub world: World,
    pub ada: Person,
    pub bob: Person,
    pub guild: String,
    pub channel: String,
}

/// Somebody's device in a voice channel.
pub struct Device {
    pub client: VoiceClient,
    /// What the join was answered with.
    pub ticket: Value,
}

impl Call {
    pub async fn new(world: World) -> Self {
        let (ada, bob) = (world.person("ada").await, world.person("bob").await);
        let (guild, _) = ada.create_guild("Callers").await;
        ada.bring(&guild, &bob).await;
        let channel = voice_channel(&ada, &guild, "Talk").await;
        Self {
            world,
            ada,
            bob,
            guild,
            channel,
        }
    }

    /// Asks for the way in, whatever comes back.
    pub async fn ask(&self, who: &Person, channel: &str) -> Answer {
        let path = format!("/api/v1/channels/{channel}/voice");
        who.at(&self.world.media_door(0))
            .client()
            .post(&path, &json!({}))
            .await
    }

    /// Joins, and waits until sound flows.
    pub async fn join(&self, who: &Person, channel: &str) -> Device {
        let ticket = self.ask(who, channel).await.expect(200).clone();
        let client = VoiceClient::start(&text(&ticket["url"]), &text(&ticket["token"]));
        client.connected().await;
        Device { client, ticket }
    }

    /// Does something to somebody as a moderator, whatever comes back.
    pub async fn moderate(&self, who: &Person, whom: &Person, body: Value) -> Answer {
        let path = format!("/api/v1/guilds/{}/voice/{}", self.guild, whom.id());
        let at = who.at(&self.world.media_door(0));
        at.client().patch(&path, &body).await
    }

    /// Takes somebody out of voice as a moderator, whatever comes back.
    pub async fn disconnect(&self, who: &Person, whom: &Person) -> Answer {
        let path = format!("/api/v1/guilds/{}/voice/{}", self.guild, whom.id());
        who.at(&self.world.media_door(0))
            .client()
            .delete(&path)
            .await
    }

    /// Waits until the database has somebody in this channel, seen by the LiveKit server; none: in no channel at all.
    pub async fn is_in(&self, who: &Person, channel: Option<&str>) {
        until("the voice state follows", async || {
            let found = self.world.voice_channel_of(who.id()).await;
            (found.as_deref() == channel)
                .then_some(())
                .ok_or_else(|| format!("{found:?}"))
        })
        .await;
    }

    fn rooms(&self) -> RoomClient {
        let server = self.world.livekit.as_ref().expect("a world with voice");
        RoomClient::with_api_key(&server.url(), LiveKit::KEY, LiveKit::SECRET)
    }

    /// Who is in a channel's room, by their identities: what the server itself says.
    pub async fn in_room(&self, channel: &str) -> Vec<String> {
        let found = self.rooms().list_participants(channel).await;
        let found = found.unwrap_or_default().into_iter();
        found.map(|participant| participant.identity).collect()
    }

    /// Waits until the server lets somebody in a room send nothing but these sources, by their numbers, and hear or not.
    pub async fn has_rights(&self, device: &Device, sources: &[i32], listens: bool) {
        let channel = text(&device.ticket["channel_id"]);
        let identity = device.identity();
        until("the server has the rights", async || {
            let found = self.rooms().get_participant(&channel, &identity).await;
            let found = found.map_err(|error| error.to_string())?;
            let given = found.permission.ok_or("no permission")?;
            let right = given.can_publish_sources == sources
                && given.can_publish != sources.is_empty()
                && given.can_subscribe == listens
                && !given.can_publish_data;
            right.then_some(()).ok_or_else(|| format!("{given:?}"))
        })
        .await;
    }

    /// Sends to media what a LiveKit server would, signed with this secret; gives the status.
    pub async fn webhook(&self, event: &Value, secret: &str, sent: &str) -> u16 {
        use base64::Engine;
        use sha2::Digest;
        let body = event.to_string();
        let hash = sha2::Sha256::digest(&body);
        let hash = base64::engine::general_purpose::STANDARD.encode(hash);
        let token = AccessToken::with_api_key(LiveKit::KEY, secret).with_sha256(&hash);
        let token = token.to_jwt().expect("the key is good");
        let url = format!("http://{}/livekit/webhook", self.world.medias[0].address);
        let request = reqwest::Client::new()
            .post(url)
            .header("authorization", token);
        let answer = request.body(sent.to_owned()).send().await;
        answer.expect("media answers").status().as_u16()
    }
}

impl Device {
    /// How the server knows it.
    pub fn identity(&self) -> String {
        let claims = claims(&self.ticket);
        text(&claims["sub"])
    }

    pub fn connection(&self) -> String {
        text(&self.ticket["connection_id"])
    }
}

/// What a ticket's token says.
pub fn claims(ticket: &Value) -> Value {
    use base64::Engine;
    let token = text(&ticket["token"]);
    let payload = token.split('.').nth(1).expect("a JWT has three parts");
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload);
    serde_json::from_slice(&bytes.expect("base64")).expect("JSON")
}

/// Makes a voice channel; gives its id.
pub async fn voice_channel(who: &Person, guild: &str, name: &str) -> String {
    let path = format!("/api/v1/guilds/{guild}/channels");
    let body = json!({"name": name, "kind": "voice"});
    text(&who.client().post(&path, &body).await.expect(201)["id"])
}

/// Whether a dispatch's `d` says that somebody is in a channel.
pub fn arrives(who: &Person, channel: &str) -> impl Fn(&Value) -> bool {
    let (user, channel) = (who.id().to_owned(), channel.to_owned());
    move |d| d["user_id"] == user && d["voice_state"]["channel_id"] == channel
}

/// Whether a dispatch's `d` says that somebody is in a channel no more.
pub fn leaves(who: &Person, channel: &str) -> impl Fn(&Value) -> bool {
    let (user, channel) = (who.id().to_owned(), channel.to_owned());
    move |d| d["user_id"] == user && d["channel_id"] == channel && d["voice_state"].is_null()
}

impl World {
    /// The voice channel that somebody is in, as far as the LiveKit server has seen them there.
    pub async fn voice_channel_of(&self, user: &str) -> Option<String> {
        let mut connection = PgConnection::connect(self.database.url())
            .await
            .expect("Postgres runs");
        let user: UserId = user.parse().expect("an id");
        let found: Option<sqlx::types::Uuid> = sqlx::query_scalar(
            "SELECT channel_id FROM voice_states WHERE user_id = $1 AND participant IS NOT NULL",
        )
        .bind(user.uuid())
        .fetch_optional(&mut connection)
        .await
        .expect("the query is right");
        connection.close().await.expect("Postgres runs");
        found.map(|id| ChannelId::from(id).to_string())
    }
}
