import type { PresenceSettings } from './frames.ts';
import type { Rest } from './rest.ts';
import type { Schemas } from './typed.ts';
import type {
	Attachment,
	AuditEntry,
	AuthSession,
	Ban,
	Block,
	Channel,
	ChosenStatus,
	FoundMessages,
	Guild,
	Id,
	Invite,
	InvitePreview,
	Member,
	Message,
	MessagePage,
	Overwrite,
	ReadState,
	Role,
	RoleFields,
	SearchQuery,
	Session,
	Timestamp,
	Tokens,
	User,
	VoiceSetup,
	VoiceTicket,
} from './types.ts';
import type { Page } from './typed.ts';

const A_DAY_MS = 86_400_000;

/** Every route of the API, by subject. */
export class Api {
	readonly #rest: Rest;

	constructor(rest: Rest) {
		this.#rest = rest;
	}

	// Accounts

	register(body: { username: string; password: string; display_name?: string }): Promise<AuthSession> {
		return this.#rest.call('post', '/api/v1/auth/register', { body, anonymous: true });
	}

	login(body: { username: string; password: string }): Promise<AuthSession> {
		return this.#rest.call('post', '/api/v1/auth/login', { body, anonymous: true });
	}

	refresh(refreshToken: string): Promise<Tokens> {
		return this.#rest.call('post', '/api/v1/auth/refresh', {
			body: { refresh_token: refreshToken },
			anonymous: true,
		});
	}

	logout(): Promise<void> {
		return this.#rest.call('post', '/api/v1/auth/logout', {});
	}

	sessions(): Promise<Session[]> {
		return this.#rest.call('get', '/api/v1/auth/sessions', {});
	}

	revokeSession(session: Id): Promise<void> {
		return this.#rest.call('delete', '/api/v1/auth/sessions/{session}', { path: { session } });
	}

	me(): Promise<User> {
		return this.#rest.call('get', '/api/v1/users/@me', {});
	}

	/** Somebody by their whole name: `name`, or `name@domain` of another instance, which is asked. */
	lookUpUser(name: string): Promise<User> {
		return this.#rest.call('get', '/api/v1/users/lookup', { query: { name } });
	}

	updateMe(body: { display_name?: string }): Promise<User> {
		return this.#rest.call('patch', '/api/v1/users/@me', { body });
	}

	/** A PNG, JPEG, WebP or GIF image; its middle is kept. */
	putAvatar(image: Blob): Promise<User> {
		return this.#rest.put('/api/v1/users/@me/avatar', image) as Promise<User>;
	}

	removeAvatar(): Promise<void> {
		return this.#rest.call('delete', '/api/v1/users/@me/avatar', {});
	}

	/** Somebody's picture, as [`User`] names it. */
	avatar(user: Id, avatar: Id): Promise<Blob> {
		return this.#rest.file(`/api/v1/users/${user}/avatar/${avatar}`);
	}

	presence(): Promise<PresenceSettings> {
		return this.#rest.call('get', '/api/v1/users/@me/presence', {});
	}

	/** What is left out stays; null takes the custom status away. */
	updatePresence(body: {
		status?: ChosenStatus;
		custom_status?: { text: string; expires_at?: Timestamp | null } | null;
	}): Promise<PresenceSettings> {
		return this.#rest.call('patch', '/api/v1/users/@me/presence', { body });
	}

	/** Ends the other sessions. */
	changePassword(body: { current_password: string; new_password: string }): Promise<void> {
		return this.#rest.call('put', '/api/v1/users/@me/password', { body });
	}

	blocks(): Promise<Block[]> {
		return this.#rest.call('get', '/api/v1/users/@me/blocks', {});
	}

	block(user: Id): Promise<void> {
		return this.#rest.call('put', '/api/v1/users/@me/blocks/{user}', { path: { user } });
	}

	unblock(user: Id): Promise<void> {
		return this.#rest.call('delete', '/api/v1/users/@me/blocks/{user}', { path: { user } });
	}

	openDirect(recipient: Id): Promise<Channel> {
		return this.#rest.call('post', '/api/v1/users/@me/channels', { body: { recipient_id: recipient } });
	}

	// Guilds

	createGuild(name: string): Promise<Guild> {
		return this.#rest.call('post', '/api/v1/guilds', { body: { name } });
	}

	updateGuild(guild: Id, body: { name?: string }): Promise<Guild> {
		return this.#rest.call('patch', '/api/v1/guilds/{guild}', { path: { guild }, body });
	}

	/** As one's own picture. */
	putIcon(guild: Id, image: Blob): Promise<Guild> {
		return this.#rest.put(`/api/v1/guilds/${guild}/icon`, image) as Promise<Guild>;
	}

	removeIcon(guild: Id): Promise<void> {
		return this.#rest.call('delete', '/api/v1/guilds/{guild}/icon', { path: { guild } });
	}

	/** The guild's picture, as [`Guild`] names it. */
	icon(guild: Id, icon: Id): Promise<Blob> {
		return this.#rest.file(`/api/v1/guilds/${guild}/icon/${icon}`);
	}

	deleteGuild(guild: Id): Promise<void> {
		return this.#rest.call('delete', '/api/v1/guilds/{guild}', { path: { guild } });
	}

	leaveGuild(guild: Id): Promise<void> {
		return this.#rest.call('delete', '/api/v1/users/@me/guilds/{guild}', { path: { guild } });
	}

	// Channels

	createChannel(
		guild: Id,
		body: { name: string; kind?: 'text' | 'voice' | 'category'; topic?: string; parent_id?: Id },
	): Promise<Channel> {
		return this.#rest.call('post', '/api/v1/guilds/{guild}/channels', { path: { guild }, body });
	}

	updateChannel(
		channel: Id,
		body: { name?: string; topic?: string; parent_id?: Id | null; user_limit?: number | null },
	): Promise<Channel> {
		return this.#rest.call('patch', '/api/v1/channels/{channel}', { path: { channel }, body });
	}

	/** Positions in the whole order of a guild's channels; all or none. */
	reorderChannels(guild: Id, channels: { id: Id; position: number }[]): Promise<Channel[]> {
		return this.#rest.call('patch', '/api/v1/guilds/{guild}/channels', {
			path: { guild },
			body: { channels },
		});
	}

	deleteChannel(channel: Id): Promise<void> {
		return this.#rest.call('delete', '/api/v1/channels/{channel}', { path: { channel } });
	}

	putOverwrite(channel: Id, { id, ...body }: Overwrite): Promise<void> {
		return this.#rest.call('put', '/api/v1/channels/{channel}/overwrites/{target}', {
			path: { channel, target: id },
			body,
		});
	}

	deleteOverwrite(channel: Id, target: Id): Promise<void> {
		return this.#rest.call('delete', '/api/v1/channels/{channel}/overwrites/{target}', {
			path: { channel, target },
		});
	}

	// Voice

	/** Whether there is voice on this instance. */
	voiceSetup(): Promise<VoiceSetup> {
		return this.#rest.call('get', '/api/v1/voice', {});
	}

	/** The way into a voice channel; ends any other voice connection of one's own. */
	joinVoice(channel: Id, body: { self_mute?: boolean; self_deaf?: boolean } = {}): Promise<VoiceTicket> {
		return this.#rest.call('post', '/api/v1/channels/{channel}/voice', { path: { channel }, body });
	}

	/** Tells the others; one's own device does it. */
	updateVoice(connection: Id, body: { self_mute?: boolean; self_deaf?: boolean }): Promise<void> {
		return this.#rest.call('patch', '/api/v1/users/@me/voice/{connection}', { path: { connection }, body });
	}

	leaveVoice(connection: Id): Promise<void> {
		return this.#rest.call('delete', '/api/v1/users/@me/voice/{connection}', { path: { connection } });
	}

	moderateVoice(
		guild: Id,
		user: Id,
		body: { mute?: boolean; deaf?: boolean; channel_id?: Id },
	): Promise<void> {
		return this.#rest.call('patch', '/api/v1/guilds/{guild}/voice/{user}', { path: { guild, user }, body });
	}

	disconnectVoice(guild: Id, user: Id): Promise<void> {
		return this.#rest.call('delete', '/api/v1/guilds/{guild}/voice/{user}', { path: { guild, user } });
	}

	// Roles

	createRole(guild: Id, body: Schemas['CreateRole']): Promise<Role> {
		return this.#rest.call('post', '/api/v1/guilds/{guild}/roles', { path: { guild }, body });
	}

	updateRole(guild: Id, role: Id, body: RoleFields): Promise<Role> {
		return this.#rest.call('patch', '/api/v1/guilds/{guild}/roles/{role}', { path: { guild, role }, body });
	}

	deleteRole(guild: Id, role: Id): Promise<void> {
		return this.#rest.call('delete', '/api/v1/guilds/{guild}/roles/{role}', { path: { guild, role } });
	}

	reorderRoles(guild: Id, roles: { id: Id; position: number }[]): Promise<Role[]> {
		return this.#rest.call('patch', '/api/v1/guilds/{guild}/roles', { path: { guild }, body: { roles } });
	}

	// Members

	/** By user id, from the one after `after`. */
	members(guild: Id, query: { after?: Id; limit?: number } = {}): Promise<Page<Member>> {
		return this.#rest.call('get', '/api/v1/guilds/{guild}/members', { path: { guild }, query });
	}

	/** Those of these users (at most 100) who are members. */
	membersAmong(guild: Id, users: Id[]): Promise<Page<Member>> {
		const query = { user_ids: users.join(',') };
		return this.#rest.call('get', '/api/v1/guilds/{guild}/members', { path: { guild }, query });
	}

	member(guild: Id, user: Id): Promise<Member> {
		return this.#rest.call('get', '/api/v1/guilds/{guild}/members/{user}', { path: { guild, user } });
	}

	/** `nick` null: none; `timed_out_until` null: not any more. */
	updateMember(
		guild: Id,
		user: Id,
		body: { nick?: string | null; timed_out_until?: Timestamp | null },
	): Promise<Member> {
		return this.#rest.call('patch', '/api/v1/guilds/{guild}/members/{user}', { path: { guild, user }, body });
	}

	kick(guild: Id, user: Id): Promise<void> {
		return this.#rest.call('delete', '/api/v1/guilds/{guild}/members/{user}', { path: { guild, user } });
	}

	addRole(guild: Id, user: Id, role: Id): Promise<void> {
		return this.#rest.call('put', '/api/v1/guilds/{guild}/members/{user}/roles/{role}', {
			path: { guild, user, role },
		});
	}

	removeRole(guild: Id, user: Id, role: Id): Promise<void> {
		return this.#rest.call('delete', '/api/v1/guilds/{guild}/members/{user}/roles/{role}', {
			path: { guild, user, role },
		});
	}

	/** By user id, from the one after `after`. */
	bans(guild: Id, query: { after?: Id; limit?: number } = {}): Promise<Page<Ban>> {
		return this.#rest.call('get', '/api/v1/guilds/{guild}/bans', { path: { guild }, query });
	}

	ban(guild: Id, user: Id, body: { reason?: string } = {}): Promise<void> {
		return this.#rest.call('put', '/api/v1/guilds/{guild}/bans/{user}', { path: { guild, user }, body });
	}

	unban(guild: Id, user: Id): Promise<void> {
		return this.#rest.call('delete', '/api/v1/guilds/{guild}/bans/{user}', { path: { guild, user } });
	}

	/** The newest first; those before `before`. */
	auditLog(guild: Id, query: { before?: Id; limit?: number } = {}): Promise<Page<AuditEntry>> {
		return this.#rest.call('get', '/api/v1/guilds/{guild}/audit-log', { path: { guild }, query });
	}

	// Invites

	/** By code, from the one after `after`. */
	invites(guild: Id, query: { after?: string; limit?: number } = {}): Promise<Page<Invite>> {
		return this.#rest.call('get', '/api/v1/guilds/{guild}/invites', { path: { guild }, query });
	}

	/**
	 * `max_age` in seconds: 7 days if left out, null for never. One that you have made with the same limits is the answer while it is
	 * as good as new, unless it has to be `unique`.
	 */
	createInvite(
		guild: Id,
		body: { max_uses?: number; max_age?: number | null; unique?: boolean } = {},
	): Promise<Invite> {
		return this.#rest.call('post', '/api/v1/guilds/{guild}/invites', { path: { guild }, body });
	}

	/** Also for who has no session: then without a token. */
	invite(code: string, options: { anonymous?: boolean } = {}): Promise<InvitePreview> {
		return this.#rest.call('get', '/api/v1/invites/{code}', { path: { code }, ...options });
	}

	acceptInvite(code: string): Promise<Guild> {
		return this.#rest.call('post', '/api/v1/invites/{code}', { path: { code } });
	}

	revokeInvite(code: string): Promise<void> {
		return this.#rest.call('delete', '/api/v1/invites/{code}', { path: { code } });
	}

	// Messages

	/** Ascending by `seq`, tombstones among them. */
	messages(channel: Id, page: MessagePage = {}, signal?: AbortSignal): Promise<Page<Message>> {
		return this.#rest.call('get', '/api/v1/channels/{channel}/messages', {
			path: { channel },
			query: { ...page },
			...(signal ? { signal } : {}),
		});
	}

	/** Newest first, wherever in the guild the history may be read. */
	searchGuild(guild: Id, query: SearchQuery, signal?: AbortSignal): Promise<FoundMessages> {
		return this.#rest.call('get', '/api/v1/guilds/{guild}/messages/search', {
			path: { guild },
			query: { ...query },
			...(signal ? { signal } : {}),
		});
	}

	/** Newest first, in one channel or direct message. */
	searchChannel(channel: Id, query: SearchQuery, signal?: AbortSignal): Promise<FoundMessages> {
		return this.#rest.call('get', '/api/v1/channels/{channel}/messages/search', {
			path: { channel },
			query: { ...query },
			...(signal ? { signal } : {}),
		});
	}

	/** With the same nonce and content again, the first message is the answer. */
	post(channel: Id, body: { content?: string; attachment_ids?: Id[]; nonce?: string }): Promise<Message> {
		return this.#rest.call('post', '/api/v1/channels/{channel}/messages', { path: { channel }, body });
	}

	/** A file that a message shows. It may be large: nothing ends it but `signal`. */
	attachment({ id, filename }: Pick<Attachment, 'id' | 'filename'>, signal?: AbortSignal): Promise<Blob> {
		const path = `/api/v1/attachments/${id}/${encodeURIComponent(filename)}`;
		return this.#rest.file(path, { timeoutMs: A_DAY_MS, ...(signal ? { signal } : {}) });
	}

	/** An image's small version. */
	thumbnail(attachment: Id): Promise<Blob> {
		return this.#rest.file(`/api/v1/thumbnails/${attachment}`);
	}

	edit(channel: Id, message: Id, content: string): Promise<Message> {
		return this.#rest.call('patch', '/api/v1/channels/{channel}/messages/{message}', {
			path: { channel, message },
			body: { content },
		});
	}

	/** Whom a message mentions, also those who have left since. */
	mentioned(channel: Id, message: Id): Promise<User[]> {
		return this.#rest.call('get', '/api/v1/channels/{channel}/messages/{message}/mentions', {
			path: { channel, message },
		});
	}

	deleteMessage(channel: Id, message: Id): Promise<void> {
		return this.#rest.call('delete', '/api/v1/channels/{channel}/messages/{message}', {
			path: { channel, message },
		});
	}

	acknowledge(channel: Id, seq: number): Promise<ReadState> {
		return this.#rest.call('put', '/api/v1/channels/{channel}/read', { path: { channel }, body: { seq } });
	}

	typing(channel: Id): Promise<void> {
		return this.#rest.call('post', '/api/v1/channels/{channel}/typing', { path: { channel } });
	}
}
