import type { Schemas, Sent } from './typed.ts';

export type Ready = Sent<Schemas['Ready']>;
/** A guild as you see it. */
export type GuildSnapshot = Sent<Schemas['GuildSnapshot']>;
/** Your own rights in a guild and in each channel that you may view. */
export type GuildPermissions = Sent<Schemas['GuildPermissions']>;
/** A guild cannot be shown now; or, not `unavailable`, it has turned out that you are not in it any more. */
export type GuildAway = Sent<Schemas['GuildAway']>;
export type PermissionsUpdate = Sent<Schemas['PermissionsUpdate']>;
export type TypingStart = Sent<Schemas['TypingStart']>;
/** How somebody is seen. Not durable; of two about the same person the greater `version` is right. */
export type Presence = Sent<Schemas['Presence']>;
/** How you want to be seen, on all of your devices. */
export type PresenceSettings = Sent<Schemas['PresenceSettings']>;
/** The answer to a question about members. */
export type GuildMembers = Sent<Schemas['GuildMembers']>;

/** The body of each dispatch, by its `t`. */
export interface Dispatches {
	READY: Ready;
	GUILD_CREATE: GuildSnapshot;
	/** What you may see has changed: replace the guild and read its open histories again. */
	GUILD_SYNC: GuildSnapshot;
	GUILD_UPDATE: Sent<Schemas['GuildChange']>;
	/** The guild is gone, or you are no longer in it. With `unavailable`: it cannot be shown now, and comes when it can. */
	GUILD_DELETE: Sent<Schemas['GuildDelete']> | GuildAway;
	PERMISSIONS_UPDATE: PermissionsUpdate;
	CHANNEL_CREATE: Sent<Schemas['ChannelChange']>;
	CHANNEL_UPDATE: Sent<Schemas['ChannelChange']>;
	CHANNEL_DELETE: Sent<Schemas['ChannelDelete']>;
	GUILD_ROLE_CREATE: Sent<Schemas['RoleChange']>;
	GUILD_ROLE_UPDATE: Sent<Schemas['RoleChange']>;
	GUILD_ROLE_DELETE: Sent<Schemas['RoleDelete']>;
	GUILD_MEMBER_ADD: Sent<Schemas['MemberChange']>;
	GUILD_MEMBER_UPDATE: Sent<Schemas['MemberChange']>;
	GUILD_MEMBER_REMOVE: Sent<Schemas['MemberRemove']>;
	MESSAGE_CREATE: Sent<Schemas['MessageChange']>;
	MESSAGE_UPDATE: Sent<Schemas['MessageChange']>;
	MESSAGE_DELETE: Sent<Schemas['MessageDelete']>;
	READ_STATE_UPDATE: Sent<Schemas['ReadStateUpdate']>;
	USER_UPDATE: Sent<Schemas['UserChange']>;
	BLOCK_ADD: Sent<Schemas['BlockChange']>;
	BLOCK_REMOVE: Sent<Schemas['BlockChange']>;
	/** Somebody came into a voice channel, changed there, or (without a state) left it. */
	VOICE_STATE_UPDATE: Sent<Schemas['VoiceStateChange']>;
	/** True for ten seconds unless repeated; not durable, never replayed. */
	TYPING_START: TypingStart;
	/** You want to be seen otherwise, said on whichever device. */
	PRESENCE_SETTINGS_UPDATE: Sent<Schemas['PresenceSettingsChange']>;
	PRESENCE_UPDATE: Presence;
	GUILD_MEMBERS: GuildMembers;
	/** What was asked for over the gateway cannot be given. */
	REQUEST_FAILED: Sent<Schemas['RequestFailed']>;
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
	| { op: 'HEARTBEAT_ACK'; s?: number }
	| { op: 'RESUMED'; s?: number }
	| { op: 'INVALID_SESSION'; d: { resumable: boolean } }
	| { op: 'RECONNECT' };
