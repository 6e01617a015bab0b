use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $status:literal;)+) => {
        /// The closed list of what can go wrong, shared by REST, gateway closes and bus replies.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, strum::EnumIter, strum::IntoStaticStr)]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        #[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
        pub enum ErrorCode {
            $($(#[doc = $doc])* $name,)+
        }

        impl ErrorCode {
            /// The HTTP status that it is answered with.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }
        }
    };
}

codes! {
    /// The request's body, path or query is not as it must be; `details` names the fields.
    InvalidRequest = 400;
    /// There is no valid session: log in, or refresh the access token.
    Unauthenticated = 401;
    /// User name or password are wrong.
    InvalidCredentials = 401;
    /// The refresh token is unknown, expired, revoked or was used before.
    InvalidRefreshToken = 401;
    /// The request of another instance is not signed, or its signature is incomplete or does not fit it.
    SignatureInvalid = 401;
    /// The signature has expired, or is from the future: sign anew, and compare the clocks.
    SignatureExpired = 401;
    /// This request came before: sign anew.
    SignatureReplayed = 401;
    /// The request is signed with a key that its origin does not publish.
    UnknownKey = 401;
    /// The place may be seen, but the right to do this is missing.
    MissingPermission = 403;
    /// The other's role is as high as yours, or higher, or they are the owner.
    RoleHierarchy = 403;
    /// One of the two people has blocked the other.
    Blocked = 403;
    /// An instance speaks for another one, or for users that are not its own.
    WrongOrigin = 403;
    /// The request is meant for another instance.
    WrongDestination = 403;
    /// One of the two instances does not speak with the other.
    PeerRefused = 403;
    /// You are banned from this guild.
    Banned = 403;
    /// It does not exist, or you may not see it.
    NotFound = 404;
    /// The route exists, but not with this method.
    MethodNotAllowed = 405;
    /// The user name is taken.
    UsernameTaken = 409;
    /// This nonce was used in this channel for another text.
    NonceReused = 409;
    /// Something changed while you acted; read again and repeat.
    Conflict = 409;
    /// The owner cannot leave their guild: delete it.
    OwnerCannotLeave = 409;
    /// The invite is expired, used up or revoked.
    InviteExpired = 410;
    /// The range that was asked for is not in the file.
    RangeNotSatisfiable = 416;
    /// The body is larger than this route takes.
    PayloadTooLarge = 413;
    /// The body's content type is not `application/json`.
    UnsupportedMediaType = 415;
    /// A limit of how many there may be is reached.
    LimitReached = 422;
    /// Too many requests: wait as long as `Retry-After` says.
    RateLimited = 429;
    /// A mistake of ours; the request id finds it in the log.
    Internal = 500;
    /// Something that the request needs is away; `Retry-After` says when to try again.
    Unavailable = 503;
}

/// One thing that is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorDetail {
    /// The field's path in the body or the query, such as `name` or `overwrites[2].allow`.
    pub field: String,
    pub message: String,
}

/// What is wrong, for programs (`code`) and for people (`message`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    pub code: ErrorCode,
    pub message: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<ErrorDetail>,
    pub request_id: String,
}

/// Every answer that is an error: `{"error": …}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorEnvelope {
    pub error: ErrorBody,
}
