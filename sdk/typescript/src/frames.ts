import type {
	Channel,
	Guild,
	Id,
	Member,
	Message,
	Permission,
	ReadState,
	Role,
	Timestamp,
	User,
} from './types.ts';

/** What every durable event carries: the same one may come twice. */
export interface Durable {
	event_id: Id;
	/** Contiguous per aggregate: the channel's for messages, else the guild's or the user's. */
	rev: number;
}

export interface Ready {
	session_id: string;
	user: User;
	/** A `GUILD_CREATE` follows for each. */
	guilds: { id: Id }[];
	direct_channels: Channel[];
	/** Of the direct messages; a guild's come with its `GUILD_CREATE`. */
	read_states: ReadState[];
	/** Whom you have blocked. */
	blocks: Id[];
}

/** Your own rights in a guild and in each channel that you may view. */
export interface GuildPermissions {
	guild: Permission[];
	channels: Record<Id, Permission[]>;
}

/** A guild as you see it. */
export interface GuildSnapshot {
	guild: Guild;
	access_version: number;
	rev: number;
	roles: Role[];
	/** Only those that you may view. */
	channels: Channel[];
	/** You as a member. */
	member: Member;
	member_count: number;
	permissions: GuildPermissions;
	read_states: ReadState[];
}

export interface PermissionsUpdate {
	guild_id: Id;
	access_version: number;
	permissions: GuildPermissions;
}

export interface TypingStart {
	guild_id: Id | null;
	channel_id: Id;
	user_id: Id;
}

type MessageChange = Durable & { message: Message };
type ChannelChange = Durable & { channel: Channel };
type RoleChange = Durable & { role: Role };
type MemberChange = Durable & { member: Member };
type BlockChange = Durable & { user_id: Id };

/** The body of each dispatch, by its `t`. */
export interface Dispatches {
	READY: Ready;
	GUILD_CREATE: GuildSnapshot;
	/** What you may see has changed: replace the guild and read its open histories again. */
	GUILD_SYNC: GuildSnapshot;
	GUILD_UPDATE: Durable & { guild: Guild };
	/** The guild is gone, or you are no longer in it. */
	GUILD_DELETE: Durable & { guild_id: Id };
	PERMISSIONS_UPDATE: PermissionsUpdate;
	CHANNEL_CREATE: ChannelChange;
	CHANNEL_UPDATE: ChannelChange;
	CHANNEL_DELETE: Durable & { guild_id: Id; channel_id: Id };
	GUILD_ROLE_CREATE: RoleChange;
	GUILD_ROLE_UPDATE: RoleChange;
	GUILD_ROLE_DELETE: Durable & { guild_id: Id; role_id: Id };
	GUILD_MEMBER_ADD: MemberChange;
	GUILD_MEMBER_UPDATE: MemberChange;
	GUILD_MEMBER_REMOVE: Durable & { guild_id: Id; user_id: Id };
	MESSAGE_CREATE: MessageChange;
	MESSAGE_UPDATE: MessageChange;
	MESSAGE_DELETE: Durable & {
		guild_id: Id | null;
		channel_id: Id;
		message_id: Id;
		seq: number;
		deleted_at: Timestamp;
	};
	READ_STATE_UPDATE: Durable & { read_state: ReadState };
	USER_UPDATE: Durable & { user: User };
	BLOCK_ADD: BlockChange;
	BLOCK_REMOVE: BlockChange;
	/** True for ten seconds unless repeated; not durable, never replayed. */
	TYPING_START: TypingStart;
}

export type DispatchKind = keyof Dispatches;

/** A dispatch with its kind, so that a `switch` over `t` narrows `d`. */
export type Dispatch = { [K in DispatchKind]: { t: K; d: Dispatches[K] } }[DispatchKind];

/** Why a gateway closes; the numbers have Discord's meaning. */
export const CloseCode = {
	UnknownError: 4000,
	UnknownOpcode: 4001,
	DecodeError: 4002,
	NotAuthenticated: 4003,
	/** The log-in session has ended: this token does not work again. */
	AuthenticationFailed: 4004,
	AlreadyAuthenticated: 4005,
	/** `s` is not from this stream. */
	InvalidSeq: 4007,
	RateLimited: 4008,
	SessionTimedOut: 4009,
} as const;

/** A frame as it comes from the server. */
export type ServerFrame =
	| { op: 'HELLO'; d: { heartbeat_interval: number } }
	| { op: 'DISPATCH'; t: string; s?: number; d: unknown }
	| { op: 'HEARTBEAT_ACK' }
	| { op: 'RESUMED'; s?: number }
	| { op: 'INVALID_SESSION'; d: { resumable: boolean } }
	| { op: 'RECONNECT' };
