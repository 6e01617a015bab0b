/** An id: 26 characters of a ULID. Later ids sort after earlier ones, except for messages, whose order is `seq`. */
export type Id = string;
/** RFC 3339 in UTC. */
export type Timestamp = string;

export type Permission =
	| 'CREATE_INVITE'
	| 'KICK_MEMBERS'
	| 'BAN_MEMBERS'
	| 'ADMINISTRATOR'
	| 'MANAGE_CHANNELS'
	| 'MANAGE_GUILD'
	| 'VIEW_AUDIT_LOG'
	| 'VIEW_CHANNEL'
	| 'SEND_MESSAGES'
	| 'MANAGE_MESSAGES'
	| 'READ_MESSAGE_HISTORY'
	| 'MENTION_EVERYONE'
	| 'CHANGE_NICKNAME'
	| 'MANAGE_NICKNAMES'
	| 'MANAGE_ROLES'
	| 'MODERATE_MEMBERS';

export interface User {
	id: Id;
	username: string;
	display_name: string;
	kind: 'human' | 'bot' | 'deleted';
}

export interface Tokens {
	access_token: string;
	/** Works once; the answer to its use brings the next one. */
	refresh_token: string;
	/** Seconds. */
	expires_in: number;
}

export interface AuthSession {
	user: User;
	session_id: Id;
	tokens: Tokens;
}

export interface Session {
	id: Id;
	current: boolean;
	user_agent: string | null;
	created_at: Timestamp;
	last_used_at: Timestamp;
}

export interface Block {
	user: User;
	created_at: Timestamp;
}

export interface Guild {
	id: Id;
	name: string;
	owner_id: Id;
	created_at: Timestamp;
}

export interface Overwrite {
	/** A role's or a user's id. */
	id: Id;
	kind: 'role' | 'member';
	allow: Permission[];
	deny: Permission[];
}

export interface Channel {
	id: Id;
	guild_id: Id | null;
	kind: 'text' | 'direct' | 'category';
	name: string;
	topic: string;
	position: number;
	parent_id: Id | null;
	overwrites?: Overwrite[];
	recipients?: User[];
	/** In a dispatch it may lag behind. */
	last_seq: number;
	last_message_id: Id | null;
	created_at: Timestamp;
}

export interface ReadState {
	channel_id: Id;
	read_seq: number;
	mention_count: number;
}

export interface Role {
	id: Id;
	guild_id: Id;
	name: string;
	color: number | null;
	position: number;
	permissions: Permission[];
	hoist: boolean;
	mentionable: boolean;
}

export interface Member {
	guild_id: Id;
	user: User;
	nick: string | null;
	/** Without the everyone role. */
	roles: Id[];
	joined_at: Timestamp;
	timed_out_until: Timestamp | null;
}

export interface Ban {
	user: User;
	reason: string | null;
	created_at: Timestamp;
}

export interface Invite {
	code: string;
	guild_id: Id;
	creator: User;
	max_uses: number | null;
	uses: number;
	expires_at: Timestamp | null;
	created_at: Timestamp;
}

export interface InvitePreview {
	code: string;
	guild_id: Id;
	guild_name: string;
	member_count: number;
	expires_at: Timestamp | null;
}

export interface Message {
	id: Id;
	channel_id: Id;
	guild_id: Id | null;
	/** Its place in the channel: contiguous, from 1. */
	seq: number;
	kind: 'text' | 'member_join';
	author: User;
	/** Empty once deleted. */
	content: string;
	mentions: Id[];
	mention_roles: Id[];
	mention_everyone: boolean;
	created_at: Timestamp;
	edited_at: Timestamp | null;
	deleted_at: Timestamp | null;
	nonce?: string;
}
