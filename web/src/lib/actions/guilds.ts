import {
	ApiError,
	type AuditEntry,
	type Ban,
	type Guild,
	type Id,
	type Invite,
	type InvitePreview,
	type Page,
} from '@kith/sdk';
import { api } from '../api/client.ts';
import { guilds } from '../stores/guilds.svelte.ts';

const PAGE = 100;

async function everyPage<T>(
	load: (after?: string) => Promise<Page<T>>,
	idOf: (item: T) => string,
): Promise<T[]> {
	const all: T[] = [];
	for (;;) {
		const last = all.at(-1);
		const page = await load(last === undefined ? undefined : idOf(last));
		all.push(...page);
		if (!page.hasMore) return all;
	}
}

/** It appears by itself when the gateway brings it. */
export async function createGuild(name: string): Promise<Guild> {
	const guild = await api.createGuild(name);
	guilds.setComing(guild);
	return guild;
}

export async function renameGuild(guild: Id, name: string): Promise<void> {
	await api.updateGuild(guild, { name });
}

export async function changeIcon(guild: Id, image: Blob): Promise<void> {
	await api.putIcon(guild, image);
}

export async function removeIcon(guild: Id): Promise<void> {
	await api.removeIcon(guild);
}

export async function deleteGuild(guild: Id): Promise<void> {
	await going(guild, () => api.deleteGuild(guild));
}

export async function leaveGuild(guild: Id): Promise<void> {
	await going(guild, () => api.leaveGuild(guild));
}

/** By oneself: the event may come before the answer. */
async function going(guild: Id, act: () => Promise<void>): Promise<void> {
	guilds.setLeaving(guild, true);
	try {
		await act();
	} catch (error) {
		guilds.setLeaving(guild, false);
		throw error;
	}
}

/** The one that one has with these limits, while it is as good as new, or another one. */
export async function createInvite(
	guild: Id,
	{ maxAge, maxUses, unique = false }: { maxAge: number | null; maxUses: number | null; unique?: boolean },
): Promise<Invite> {
	return api.createInvite(guild, {
		max_age: maxAge,
		unique,
		...(maxUses === null ? {} : { max_uses: maxUses }),
	});
}

/** All of them: people look for one among them. */
export async function invites(guild: Id): Promise<Invite[]> {
	return everyPage(
		(after) => api.invites(guild, { limit: PAGE, ...(after ? { after } : {}) }),
		({ code }) => code,
	);
}

export async function revokeInvite(code: string): Promise<void> {
	await api.revokeInvite(code);
}

/** The address that is given to friends. */
export function inviteLink(code: string): string {
	return `${location.origin}/invite/${code}`;
}

/** The code in what somebody pasted: a whole link or just the code. */
export function parseInvite(text: string): string | null {
	return /^(?:.*\/invite\/)?([A-Za-z0-9]{4,32})\/?(?:[?#].*)?$/.exec(text.trim())?.[1] ?? null;
}

/** What the invite leads to, also for who is not logged in; null if it does not work (any more). */
export async function previewInvite(
	code: string,
	anonymous: boolean,
): Promise<InvitePreview | 'banned' | null> {
	try {
		return await api.invite(code, { anonymous });
	} catch (error) {
		if (error instanceof ApiError && (error.status === 404 || error.status === 410)) return null;
		if (error instanceof ApiError && error.code === 'BANNED') return 'banned';
		throw error;
	}
}

/** The picture of the server that an invite leads to: for everybody who holds the code, so an `<img>` can fetch it. */
export function inviteIcon({ code, guild_icon }: InvitePreview): string | null {
	return guild_icon === null ? null : `/api/v1/invites/${code}/icon/${guild_icon}`;
}

export async function acceptInvite(code: string): Promise<Guild> {
	const guild = await api.acceptInvite(code);
	guilds.setComing(guild);
	return guild;
}

export async function bans(guild: Id): Promise<Ban[]> {
	return everyPage(
		(after) => api.bans(guild, { limit: PAGE, ...(after ? { after } : {}) }),
		({ user }) => user.id,
	);
}

export async function unban(guild: Id, user: Id): Promise<void> {
	await api.unban(guild, user);
}

const AUDIT_PAGE = 50;

/** What was done in a guild, the newest first; what is older than the entry, if one is given. */
export async function auditLog(guild: Id, before?: AuditEntry): Promise<Page<AuditEntry>> {
	return api.auditLog(guild, { limit: AUDIT_PAGE, ...(before ? { before: before.id } : {}) });
}
