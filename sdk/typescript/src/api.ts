import type { Rest } from './rest.ts';
import type {
	AuthSession,
	Ban,
	Block,
	Channel,
	Guild,
	Id,
	Invite,
	InvitePreview,
	Member,
	Message,
	Overwrite,
	Permission,
	ReadState,
	Role,
	Session,
	Tokens,
	User,
} from './types.ts';

/** Which messages: before, after or around one (by id), or after a `seq`; the newest without any. */
export interface MessagePage {
	before?: Id;
	after?: Id;
	around?: Id;
	after_seq?: number;
	limit?: number;
}

export interface RoleFields {
	name?: string;
	color?: number | null;
	permissions?: Permission[];
	hoist?: boolean;
	mentionable?: boolean;
}

/** Every route of the API, by subject. */
export class Api {
	readonly #rest: Rest;

	constructor(rest: Rest) {
		this.#rest = rest;
	}

	// Accounts

	register(body: { username: string; password: string; display_name?: string }): Promise<AuthSession> {
		return this.#rest.call('POST', '/auth/register', { body, anonymous: true });
	}

	login(body: { username: string; password: string }): Promise<AuthSession> {
		return this.#rest.call('POST', '/auth/login', { body, anonymous: true });
	}

	refresh(refreshToken: string): Promise<Tokens> {
		return this.#rest.call('POST', '/auth/refresh', {
			body: { refresh_token: refreshToken },
			anonymous: true,
		});
	}

	logout(): Promise<void> {
		return this.#rest.call('POST', '/auth/logout');
	}

	sessions(): Promise<Session[]> {
		return this.#rest.call('GET', '/auth/sessions');
	}

	revokeSession(session: Id): Promise<void> {
		return this.#rest.call('DELETE', `/auth/sessions/${session}`);
	}

	me(): Promise<User> {
		return this.#rest.call('GET', '/users/@me');
	}

	updateMe(body: { display_name?: string }): Promise<User> {
		return this.#rest.call('PATCH', '/users/@me', { body });
	}

	/** Ends the other sessions. */
	changePassword(body: { current_password: string; new_password: string }): Promise<void> {
		return this.#rest.call('PUT', '/users/@me/password', { body });
	}

	blocks(): Promise<Block[]> {
		return this.#rest.call('GET', '/users/@me/blocks');
	}

	block(user: Id): Promise<void> {
		return this.#rest.call('PUT', `/users/@me/blocks/${user}`);
	}

	unblock(user: Id): Promise<void> {
		return this.#rest.call('DELETE', `/users/@me/blocks/${user}`);
	}

	openDirect(recipient: Id): Promise<Channel> {
		return this.#rest.call('POST', '/users/@me/channels', { body: { recipient_id: recipient } });
	}

	// Guilds

	createGuild(name: string): Promise<Guild> {
		return this.#rest.call('POST', '/guilds', { body: { name } });
	}

	updateGuild(guild: Id, body: { name?: string }): Promise<Guild> {
		return this.#rest.call('PATCH', `/guilds/${guild}`, { body });
	}

	deleteGuild(guild: Id): Promise<void> {
		return this.#rest.call('DELETE', `/guilds/${guild}`);
	}

	leaveGuild(guild: Id): Promise<void> {
		return this.#rest.call('DELETE', `/users/@me/guilds/${guild}`);
	}

	// Channels

	createChannel(
		guild: Id,
		body: { name: string; kind?: 'text' | 'category'; topic?: string; parent_id?: Id },
	): Promise<Channel> {
		return this.#rest.call('POST', `/guilds/${guild}/channels`, { body });
	}

	updateChannel(
		channel: Id,
		body: { name?: string; topic?: string; parent_id?: Id | null },
	): Promise<Channel> {
		return this.#rest.call('PATCH', `/channels/${channel}`, { body });
	}

	deleteChannel(channel: Id): Promise<void> {
		return this.#rest.call('DELETE', `/channels/${channel}`);
	}

	putOverwrite(channel: Id, { id, ...body }: Overwrite): Promise<void> {
		return this.#rest.call('PUT', `/channels/${channel}/overwrites/${id}`, { body });
	}

	deleteOverwrite(channel: Id, target: Id): Promise<void> {
		return this.#rest.call('DELETE', `/channels/${channel}/overwrites/${target}`);
	}

	// Roles

	createRole(guild: Id, body: RoleFields & { name: string }): Promise<Role> {
		return this.#rest.call('POST', `/guilds/${guild}/roles`, { body });
	}

	updateRole(guild: Id, role: Id, body: RoleFields): Promise<Role> {
		return this.#rest.call('PATCH', `/guilds/${guild}/roles/${role}`, { body });
	}

	deleteRole(guild: Id, role: Id): Promise<void> {
		return this.#rest.call('DELETE', `/guilds/${guild}/roles/${role}`);
	}

	reorderRoles(guild: Id, roles: { id: Id; position: number }[]): Promise<Role[]> {
		return this.#rest.call('PATCH', `/guilds/${guild}/roles`, { body: { roles } });
	}

	// Members

	/** By user id, from the one after `after`. */
	members(guild: Id, query: { after?: Id; limit?: number } = {}): Promise<Member[]> {
		return this.#rest.call('GET', `/guilds/${guild}/members`, { query });
	}

	member(guild: Id, user: Id): Promise<Member> {
		return this.#rest.call('GET', `/guilds/${guild}/members/${user}`);
	}

	kick(guild: Id, user: Id): Promise<void> {
		return this.#rest.call('DELETE', `/guilds/${guild}/members/${user}`);
	}

	addRole(guild: Id, user: Id, role: Id): Promise<void> {
		return this.#rest.call('PUT', `/guilds/${guild}/members/${user}/roles/${role}`);
	}

	removeRole(guild: Id, user: Id, role: Id): Promise<void> {
		return this.#rest.call('DELETE', `/guilds/${guild}/members/${user}/roles/${role}`);
	}

	bans(guild: Id): Promise<Ban[]> {
		return this.#rest.call('GET', `/guilds/${guild}/bans`);
	}

	ban(guild: Id, user: Id, body: { reason?: string } = {}): Promise<void> {
		return this.#rest.call('PUT', `/guilds/${guild}/bans/${user}`, { body });
	}

	unban(guild: Id, user: Id): Promise<void> {
		return this.#rest.call('DELETE', `/guilds/${guild}/bans/${user}`);
	}

	// Invites

	invites(guild: Id): Promise<Invite[]> {
		return this.#rest.call('GET', `/guilds/${guild}/invites`);
	}

	/** `max_age` in seconds: 7 days if left out, null for never. */
	createInvite(guild: Id, body: { max_uses?: number; max_age?: number | null } = {}): Promise<Invite> {
		return this.#rest.call('POST', `/guilds/${guild}/invites`, { body });
	}

	invite(code: string): Promise<InvitePreview> {
		return this.#rest.call('GET', `/invites/${encodeURIComponent(code)}`);
	}

	acceptInvite(code: string): Promise<Guild> {
		return this.#rest.call('POST', `/invites/${encodeURIComponent(code)}`);
	}

	revokeInvite(code: string): Promise<void> {
		return this.#rest.call('DELETE', `/invites/${encodeURIComponent(code)}`);
	}

	// Messages

	/** Ascending by `seq`, tombstones among them. */
	messages(channel: Id, page: MessagePage = {}, signal?: AbortSignal): Promise<Message[]> {
		return this.#rest.call('GET', `/channels/${channel}/messages`, {
			query: { ...page },
			...(signal ? { signal } : {}),
		});
	}

	/** With the same nonce and content again, the first message is the answer. */
	post(channel: Id, body: { content: string; nonce?: string }): Promise<Message> {
		return this.#rest.call('POST', `/channels/${channel}/messages`, { body });
	}

	edit(channel: Id, message: Id, content: string): Promise<Message> {
		return this.#rest.call('PATCH', `/channels/${channel}/messages/${message}`, { body: { content } });
	}

	deleteMessage(channel: Id, message: Id): Promise<void> {
		return this.#rest.call('DELETE', `/channels/${channel}/messages/${message}`);
	}

	acknowledge(channel: Id, seq: number): Promise<ReadState> {
		return this.#rest.call('PUT', `/channels/${channel}/read`, { body: { seq } });
	}

	typing(channel: Id): Promise<void> {
		return this.#rest.call('POST', `/channels/${channel}/typing`);
	}
}
