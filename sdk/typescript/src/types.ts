import type { Schemas, Sent } from './typed.ts';

/** An id: 26 characters of a ULID. Later ids sort after earlier ones, except for messages, whose order is `seq`. */
export type Id = string;
/** RFC 3339 in UTC. */
export type Timestamp = string;

export type Permission = Schemas['Permissions'][number];
export type User = Sent<Schemas['User']>;
export type Tokens = Sent<Schemas['Tokens']>;
export type AuthSession = Sent<Schemas['AuthSession']>;
export type Session = Sent<Schemas['Session']>;
export type Block = Sent<Schemas['Block']>;
export type Guild = Sent<Schemas['Guild']>;
export type Overwrite = Sent<Schemas['Overwrite']>;
export type Channel = Sent<Schemas['Channel']>;
export type ReadState = Sent<Schemas['ReadState']>;
export type Role = Sent<Schemas['Role']>;
export type Member = Sent<Schemas['Member']>;
export type Ban = Sent<Schemas['Ban']>;
export type AuditAction = Schemas['AuditAction'];
export type AuditEntry = Sent<Schemas['AuditEntry']>;
export type Invite = Sent<Schemas['Invite']>;
export type InvitePreview = Sent<Schemas['InvitePreview']>;
export type ChosenStatus = Schemas['ChosenStatus'];
export type Status = Schemas['Status'];
export type CustomStatus = Sent<Schemas['CustomStatus']>;
export type Attachment = Sent<Schemas['Attachment']>;
export type VoiceState = Sent<Schemas['VoiceState']>;
/** The way into a voice channel, for a LiveKit client. */
export type VoiceSetup = Sent<Schemas['VoiceSetup']>;
export type VoiceTicket = Sent<Schemas['VoiceTicket']>;
export type Message = Sent<Schemas['Message']>;
export type FoundMessages = Sent<Schemas['FoundMessages']>;
export type FoundMessage = Sent<Schemas['FoundMessage']>;
export type ErrorCode = Schemas['ErrorCode'];
export type ErrorDetail = Schemas['ErrorDetail'];

/** Which messages: before, after or around one (by id), or after a `seq`; the newest without any. */
export interface MessagePage {
	before?: Id;
	after?: Id;
	around?: Id;
	after_seq?: number;
	limit?: number;
}

/** Whose presence to tell from now on: members by their places in the list (ordered by user id) or by name. */
export interface MembersQuestion {
	guild_id: Id;
	/** First and last place, both included, counted from 0; at most 5 ranges. */
	ranges?: [number, number][];
	/** Together with the places at most 100. */
	user_ids?: Id[];
}

/** What is looked for; all of it has to be true. */
export interface SearchQuery {
	content?: string;
	author_id?: Id;
	mentions?: Id;
	has?: Schemas['SearchMark'];
	before?: Timestamp;
	after?: Timestamp;
	/** `next` of the page before. */
	cursor?: Id;
	limit?: number;
}

export type RoleFields = Schemas['UpdateRole'];
