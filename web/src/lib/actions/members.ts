import { note } from '../faults.ts';

import type { Id, Member, Role, RoleFields } from '@kith/sdk';
import { api } from '../api/client.ts';
import type { GuildState } from '../stores/guilds.svelte.ts';
import { members } from '../stores/members.svelte.ts';
import { clock } from '../time/clock.svelte.ts';

const PAGE = 100;

/** The next page of a guild's members, if there is one. */
export async function loadMembers(guild: Id): Promise<void> {
	const list = members.of(guild);
	if (list.complete || list.loading) return;
	list.loading = true;
	list.failed = false;
	try {
		const page = await api.members(guild, { limit: PAGE, ...(list.cursor ? { after: list.cursor } : {}) });
		// After a restart, those who are not on the page where they must be have left meanwhile.
		const last = !page.hasMore ? null : (page.at(-1)?.user.id ?? null);
		const present = new Set(page.map(({ user }) => user.id));
		for (const { user } of list.all) {
			const onThisPage = user.id > (list.cursor ?? '') && (last === null || user.id <= last);
			if (onThisPage && !present.has(user.id)) list.remove(user.id);
		}
		for (const member of page) list.put(member);
		list.cursor = last ?? list.cursor;
		list.complete = last === null;
	} catch (error) {
		note(error);
		list.failed = true;
	} finally {
		list.loading = false;
	}
}

export async function kick(member: Member): Promise<void> {
	await api.kick(member.guild_id, member.user.id);
	members.known(member.guild_id)?.remove(member.user.id);
}

export async function ban(member: Member, reason: string): Promise<void> {
	await api.ban(member.guild_id, member.user.id, reason ? { reason } : {});
	members.known(member.guild_id)?.remove(member.user.id);
}

/** An empty name takes the nickname away. */
export async function rename(member: Member, nick: string): Promise<void> {
	applied(await api.updateMember(member.guild_id, member.user.id, { nick: nick || null }));
}

/** Until then they can only look on; 0 ends it. */
export async function timeOut(member: Member, seconds: number): Promise<void> {
	const until = seconds === 0 ? null : new Date(clock.now() + seconds * 1000).toISOString();
	applied(await api.updateMember(member.guild_id, member.user.id, { timed_out_until: until }));
}

export function isTimedOut(member: Member, minute: number): boolean {
	return member.timed_out_until !== null && Date.parse(member.timed_out_until) > minute * 60_000;
}

function applied(member: Member): void {
	members.known(member.guild_id)?.put(member);
}

/** Gives or takes a role. The row changes at once and changes back if the server refuses. */
export async function setRole(member: Member, role: Role, on: boolean): Promise<void> {
	const { guild_id, user } = member;
	const without = member.roles.filter((id) => id !== role.id);
	members.known(guild_id)?.put({ ...member, roles: on ? [...without, role.id] : without });
	try {
		if (on) await api.addRole(guild_id, user.id, role.id);
		else await api.removeRole(guild_id, user.id, role.id);
	} catch (error) {
		members.known(guild_id)?.put(member);
		throw error;
	}
}

export async function createRole(guild: GuildState, name: string): Promise<Role> {
	const role = await api.createRole(guild.id, { name });
	guild.putRole(role);
	return role;
}

export async function updateRole(role: Role, fields: RoleFields): Promise<void> {
	await api.updateRole(role.guild_id, role.id, fields);
}

export async function deleteRole(role: Role): Promise<void> {
	await api.deleteRole(role.guild_id, role.id);
}

/** Exchanges a role's place with its neighbour above (`-1`) or below (`1`) in the list. */
export async function moveRole(guild: GuildState, role: Role, by: -1 | 1): Promise<void> {
	const other = guild.roles[guild.roles.indexOf(role) + by];
	if (!other) return;
	const roles = await api.reorderRoles(guild.id, [
		{ id: role.id, position: other.position },
		{ id: other.id, position: role.position },
	]);
	for (const moved of roles) guild.putRole(moved);
}
