use std::time::Duration;

use kith_access::Failure;
use kith_config::LivekitConfig;
use kith_http::ApiError;
use kith_policy::VoiceRights;
use kith_types::ChannelId;
use livekit_api::access_token::{AccessToken, AccessTokenError, VideoGrants};
use livekit_api::services::room::{CreateRoomOptions, RoomClient, UpdateParticipantOptions};
use livekit_api::services::{ServerError, ServerErrorCode, ServiceError};
use livekit_protocol::{ParticipantInfo, ParticipantPermission, TrackSource, participant_info};
use secrecy::ExposeSecret;

use super::Identity;

/// How long LiveKit may take to answer: it keeps its rooms in memory.
const ANSWER: Duration = Duration::from_secs(3);
/// How long a token lets somebody in. LiveKit renews it for whoever is in.
pub(crate) const TOKEN: Duration = Duration::from_mins(1);
/// How long an empty room is kept, in seconds: as long as somebody may still be on their way into it.
const EMPTY_ROOM: u32 = 90;
/// When a client should try again while LiveKit is away.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// LiveKit does not do what it is asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SfuError {
    #[error("no LiveKit server is configured")]
    NotConfigured,
    #[error("LiveKit does not answer as it should")]
    Unavailable(#[source] ServiceError),
    #[error("a token cannot be made")]
    Token(#[from] AccessTokenError),
}

impl From<SfuError> for Failure {
    fn from(error: SfuError) -> Self {
        match error {
            SfuError::Token(error) => ApiError::internal(error).into(),
            SfuError::NotConfigured | SfuError::Unavailable(_) => {
                let answer = ApiError::unavailable(error);
                answer.with_retry_after(RETRY_AFTER).into()
            }
        }
    }
}

/// Somebody in a room, as LiveKit says.
#[derive(Debug, Clone)]
pub(crate) struct Participant {
    /// As their token named them.
    pub(crate) identity: String,
    /// LiveKit's own id, new with each of their connections.
    pub(crate) sid: String,
    /// What they may do there now; none if that is nothing which we would give.
    pub(crate) rights: Option<VoiceRights>,
}

/// The LiveKit server: rooms are voice channels, by their ids.
pub(crate) struct Sfu {
    rooms: RoomClient,
    key: String,
    secret: String,
}

impl Sfu {
    /// None unless a key and its secret are configured.
    pub(crate) fn new(config: &LivekitConfig) -> Option<Self> {
        let (key, secret) = (config.api_key.clone()?, config.api_secret.as_ref()?);
        let secret = secret.expose_secret().to_owned();
        let rooms = RoomClient::with_api_key(&config.url, &key, &secret)
            .with_failover(false)
            .with_request_timeout(ANSWER);
        Some(Self { rooms, key, secret })
    }

    /// Makes the channel's room, or finds it.
    pub(crate) async fn open(&self, channel: ChannelId) -> Result<(), SfuError> {
        let options = CreateRoomOptions {
            empty_timeout: EMPTY_ROOM,
            departure_timeout: EMPTY_ROOM,
            ..CreateRoomOptions::default()
        };
        let room = self.rooms.create_room(&channel.to_string(), options).await;
        room.map(drop).map_err(SfuError::Unavailable)
    }

    /// A token that lets one connection into one room, to do what `rights` say and nothing else.
    pub(crate) fn token(
        &self,
        channel: ChannelId,
        identity: Identity,
        rights: VoiceRights,
    ) -> Result<String, SfuError> {
        let sources = sources(rights);
        let grants = VideoGrants {
            room_join: true,
            room: channel.to_string(),
            // LiveKit takes an empty list for all sources.
            can_publish: Some(!sources.is_empty()),
            can_publish_sources: sources.iter().map(|source| name(*source)).collect(),
            can_subscribe: Some(rights.listen),
            can_publish_data: Some(false),
            can_update_own_metadata: Some(false),
            ..VideoGrants::default()
        };
        let token = AccessToken::with_api_key(&self.key, &self.secret)
            .with_identity(&identity.to_string())
            .with_ttl(TOKEN)
            .with_grants(grants);
        Ok(token.to_jwt()?)
    }

    /// Who is in the channel's room; nobody if there is none.
    pub(crate) async fn participants(
        &self,
        channel: ChannelId,
    ) -> Result<Vec<Participant>, SfuError> {
        match self.rooms.list_participants(&channel.to_string()).await {
            Ok(found) => {
                let gone = participant_info::State::Disconnected;
                let here = found.into_iter().filter(|info| info.state() != gone);
                Ok(here.map(Participant::from).collect())
            }
            Err(error) if is_not_found(&error) => Ok(Vec::new()),
            Err(error) => Err(SfuError::Unavailable(error)),
        }
    }

    /// The channels that have a room. Rooms that are none of ours are left alone.
    pub(crate) async fn channels(&self) -> Result<Vec<ChannelId>, SfuError> {
        let rooms = self.rooms.list_rooms(Vec::new()).await;
        let rooms = rooms.map_err(SfuError::Unavailable)?;
        Ok(rooms
            .iter()
            .filter_map(|room| room.name.parse().ok())
            .collect())
    }

    /// Gives a participant these rights, at once. Nothing happens if they are not there.
    pub(crate) async fn grant(
        &self,
        channel: ChannelId,
        identity: &str,
        rights: VoiceRights,
    ) -> Result<(), SfuError> {
        let options = UpdateParticipantOptions {
            permission: Some(permission(rights)),
            ..UpdateParticipantOptions::default()
        };
        let room = channel.to_string();
        let done = self
            .rooms
            .update_participant(&room, identity, options)
            .await;
        unless_gone(done.map(drop))
    }

    /// Takes a participant out. Nothing happens if they are not there.
    pub(crate) async fn remove(&self, channel: ChannelId, identity: &str) -> Result<(), SfuError> {
        let room = channel.to_string();
        unless_gone(self.rooms.remove_participant(&room, identity).await)
    }
}

impl From<ParticipantInfo> for Participant {
    fn from(info: ParticipantInfo) -> Self {
        Self {
            rights: info.permission.as_ref().and_then(rights),
            identity: info.identity,
            sid: info.sid,
        }
    }
}

fn unless_gone(done: Result<(), ServiceError>) -> Result<(), SfuError> {
    match done {
        Err(error) if !is_not_found(&error) => Err(SfuError::Unavailable(error)),
        _ => Ok(()),
    }
}

fn is_not_found(error: &ServiceError) -> bool {
    matches!(error, ServiceError::Twirp(ServerError::Twirp(error)) if error.code == ServerErrorCode::NOT_FOUND)
}

/// What may be sent under these rights.
fn sources(rights: VoiceRights) -> Vec<TrackSource> {
    let mut sources = Vec::new();
    if rights.speak {
        sources.push(TrackSource::Microphone);
    }
    if rights.stream {
        sources.extend([
            TrackSource::Camera,
            TrackSource::ScreenShare,
            TrackSource::ScreenShareAudio,
        ]);
    }
    sources
}

/// As a token calls it.
fn name(source: TrackSource) -> String {
    source.as_str_name().to_lowercase()
}

fn permission(rights: VoiceRights) -> ParticipantPermission {
    let sources = sources(rights);
    ParticipantPermission {
        can_subscribe: rights.listen,
        can_publish: !sources.is_empty(),
        can_publish_sources: sources.into_iter().map(i32::from).collect(),
        ..ParticipantPermission::default()
    }
}

/// The rights that a permission stands for; none if it is no permission that we would give.
fn rights(permission: &ParticipantPermission) -> Option<VoiceRights> {
    let all = [true, false];
    let candidates = all.into_iter().flat_map(|speak| {
        all.into_iter().flat_map(move |stream| {
            all.into_iter().map(move |listen| VoiceRights {
                speak,
                stream,
                listen,
            })
        })
    });
    let mut given = permission.can_publish_sources.clone();
    given.sort_unstable();
    candidates.into_iter().find(|rights| {
        let mut wanted = self::permission(*rights);
        wanted.can_publish_sources.sort_unstable();
        wanted.can_subscribe == permission.can_subscribe
            && wanted.can_publish == permission.can_publish
            && wanted.can_publish_sources == given
            && !permission.can_publish_data
            && !permission.hidden
            && !permission.can_update_metadata
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_is_read_as_the_rights_that_it_was_made_from() {
        for bits in 0..8 {
            let wanted = VoiceRights {
                speak: bits & 1 != 0,
                stream: bits & 2 != 0,
                listen: bits & 4 != 0,
            };
            assert_eq!(rights(&permission(wanted)), Some(wanted));
        }
        let everything = ParticipantPermission {
            can_publish_data: true,
            ..ParticipantPermission::default()
        };
        assert_eq!(rights(&everything), None);
    }

    #[test]
    fn sources_have_the_names_that_tokens_use() {
        let names: Vec<String> = [
            TrackSource::Microphone,
            TrackSource::Camera,
            TrackSource::ScreenShare,
            TrackSource::ScreenShareAudio,
        ]
        .map(name)
        .into();
        assert_eq!(
            names,
            ["microphone", "camera", "screen_share", "screen_share_audio"]
        );
    }
}
