import type { Channel, Id, Overwrite, Permission } from '@kith/sdk';
import { api } from '../api/client.ts';
import { channels } from '../stores/channels.svelte.ts';
import { users } from '../stores/users.svelte.ts';

export interface NewChannel {
	name: string;
	kind: 'text' | 'voice' | 'category';
	parent: Id | null;
}

export async function createChannel(guild: Id, { name, kind, parent }: NewChannel): Promise<Channel> {
	const channel = await api.createChannel(guild, { name, kind, ...(parent ? { parent_id: parent } : {}) });
	channels.put(channel);
	return channel;
}

export async function updateChannel(
	channel: Id,
	fields: { name?: string; topic?: string; user_limit?: number | null; parent_id?: Id | null },
): Promise<void> {
	await api.updateChannel(channel, fields);
}

/** Which one a channel or category changes places with when it is moved up (`-1`) or down (`1`). */
export function neighbour(channel: Channel, by: -1 | 1): Channel | undefined {
	if (channel.guild_id === null) return undefined;
	const groups = channels.groups(channel.guild_id);
	const siblings =
		channel.kind === 'category'
			? groups.flatMap(({ category }) => category ?? [])
			: (groups.find(({ channels: inside }) => inside.some(({ id }) => id === channel.id))?.channels ?? []);
	const index = siblings.findIndex(({ id }) => id === channel.id);
	return index < 0 ? undefined : siblings[index + by];
}

export async function moveChannel(channel: Channel, by: -1 | 1): Promise<void> {
	const other = neighbour(channel, by);
	if (!other || channel.guild_id === null) return;
	// One after the other they change places, whatever stands between them.
	const moved = await api.reorderChannels(channel.guild_id, [
		{ id: channel.id, position: other.position },
		{ id: other.id, position: channel.position },
	]);
	for (const one of moved) channels.put(one);
}

export async function deleteChannel(channel: Id): Promise<void> {
	await api.deleteChannel(channel);
}

/** The direct message with somebody; made when there is none. */
export async function openDirect(user: Id): Promise<Channel> {
	const channel = await api.openDirect(user);
	for (const recipient of channel.recipients ?? []) users.learn(recipient);
	channels.put(channel);
	return channel;
}

export type Access = 'allow' | 'deny' | 'inherit';

export function accessOf(overwrite: Overwrite | undefined, permission: Permission): Access {
	if (overwrite?.allow.includes(permission)) return 'allow';
	return overwrite?.deny.includes(permission) ? 'deny' : 'inherit';
}

/** Whom an exception is about. */
export interface AccessTarget {
	id: Id;
	kind: 'role' | 'member';
}

/** An exception in a channel. One without any content is taken away. */
export async function setAccess(
	channel: Channel,
	{ id, kind }: AccessTarget,
	permission: Permission,
	access: Access,
): Promise<void> {
	const known = channel.overwrites?.find((one) => one.id === id);
	const without = (list: Permission[] = []): Permission[] => list.filter((name) => name !== permission);
	const allow = without(known?.allow);
	const deny = without(known?.deny);
	if (access === 'allow') allow.push(permission);
	if (access === 'deny') deny.push(permission);
	if (allow.length + deny.length > 0) await api.putOverwrite(channel.id, { id, kind, allow, deny });
	else await clearAccess(channel, { id, kind });
}

export async function clearAccess(channel: Channel, { id }: AccessTarget): Promise<void> {
	if (channel.overwrites?.some((one) => one.id === id)) await api.deleteOverwrite(channel.id, id);
}

/** Whether only those see it who are allowed it by themselves or by a role of theirs. */
export function isPrivate(channel: Channel): boolean {
	return (
		channel.overwrites?.find(({ id }) => id === channel.guild_id)?.deny.includes('VIEW_CHANNEL') ?? false
	);
}
