use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

bitflags::bitflags! {
    /// What someone may do. The numbers are Discord's; outside, a set is a list of names.
    ///
    /// Only rights that have an effect somewhere are here.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct Permissions: u64 {
        const CREATE_INVITE = 1 << 0;
        const KICK_MEMBERS = 1 << 1;
        const BAN_MEMBERS = 1 << 2;
        const ADMINISTRATOR = 1 << 3;
        const MANAGE_CHANNELS = 1 << 4;
        const MANAGE_GUILD = 1 << 5;
        const VIEW_AUDIT_LOG = 1 << 7;
        const STREAM = 1 << 9;
        const VIEW_CHANNEL = 1 << 10;
        const SEND_MESSAGES = 1 << 11;
        const MANAGE_MESSAGES = 1 << 13;
        const ATTACH_FILES = 1 << 15;
        const READ_MESSAGE_HISTORY = 1 << 16;
        const MENTION_EVERYONE = 1 << 17;
        const CONNECT = 1 << 20;
        const SPEAK = 1 << 21;
        const MUTE_MEMBERS = 1 << 22;
        const DEAFEN_MEMBERS = 1 << 23;
        const MOVE_MEMBERS = 1 << 24;
        const CHANGE_NICKNAME = 1 << 26;
        const MANAGE_NICKNAMES = 1 << 27;
        const MANAGE_ROLES = 1 << 28;
        const MODERATE_MEMBERS = 1 << 40;
    }
}

impl Permissions {
    /// What the everyone role of a new guild may do.
    pub const DEFAULT_EVERYONE: Self = Self::CREATE_INVITE
        .union(Self::VIEW_CHANNEL)
        .union(Self::SEND_MESSAGES)
        .union(Self::ATTACH_FILES)
        .union(Self::READ_MESSAGE_HISTORY)
        .union(Self::CHANGE_NICKNAME)
        .union(Self::CONNECT)
        .union(Self::SPEAK)
        .union(Self::STREAM);

    /// What is left to a member who is timed out.
    pub const WHILE_TIMED_OUT: Self = Self::VIEW_CHANNEL.union(Self::READ_MESSAGE_HISTORY);

    /// From the signed column of the database; bits that this version does not know are dropped.
    pub const fn from_column(bits: i64) -> Self {
        Self::from_bits_truncate(bits as u64)
    }

    /// For the signed column of the database.
    pub const fn to_column(self) -> i64 {
        self.bits() as i64
    }
}

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter_names().map(|(name, _)| name))
    }
}

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut set = Self::empty();
        for name in Vec::<String>::deserialize(deserializer)? {
            set |= Self::from_name(&name).ok_or_else(|| {
                serde::de::Error::custom(format!("{name} is not a permission's name"))
            })?;
        }
        Ok(set)
    }
}

impl PartialSchema for Permissions {
    fn schema() -> RefOr<Schema> {
        let names = Self::all().iter_names().map(|(name, _)| name);
        ArrayBuilder::new()
            .items(
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .enum_values(Some(names)),
            )
            .into()
    }
}

impl ToSchema for Permissions {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_a_list_of_names_outside() {
        let set = Permissions::VIEW_CHANNEL | Permissions::SEND_MESSAGES;
        let text = serde_json::to_string(&set).unwrap();
        assert_eq!(text, r#"["VIEW_CHANNEL","SEND_MESSAGES"]"#);
        assert_eq!(serde_json::from_str::<Permissions>(&text).unwrap(), set);
    }

    #[test]
    fn a_name_that_is_unknown_is_an_error() {
        let error = serde_json::from_str::<Permissions>(r#"["FLY"]"#).unwrap_err();
        assert!(error.to_string().contains("FLY"));
    }
}
