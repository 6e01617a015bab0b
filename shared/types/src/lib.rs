//! The vocabulary of Kith: typed ids, time, bounded text, permissions. Pure values, no I/O.

mod clock;
mod entropy;
mod id;
mod limit;
mod permissions;
mod text;
mod timestamp;

pub use clock::{Clock, ManualClock, SystemClock};
pub use entropy::{Entropy, OsEntropy, SeededEntropy};
pub use id::{
    AuditEntryId, BootId, ChannelId, EventId, FileId, GuildId, IdGenerator, InvalidId, MAX_WORKER,
    MessageId, RoleId, SessionId, UserId, VoiceConnectionId, WorkerId, snowflake_of,
    snowflake_range,
};
pub use limit::{Decision, LimitKey, Limiter, Quota, Taking};
pub use permissions::Permissions;
pub use text::{
    ChannelName, DisplayName, Domain, DomainPattern, FileName, GuildName, InvalidDomain,
    InviteCode, MessageText, Nickname, Nonce, Password, Reason, RoleName, StatusText, TextError,
    Topic, Username, fold, fold_character, prepare_password,
};
pub use timestamp::{InvalidTimestamp, Timestamp};
