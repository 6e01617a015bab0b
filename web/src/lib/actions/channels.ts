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
	fields: { name?: string; topic?: string; user_limit?: number | null },
): Promise<void> {
	await api.updateChannel(channel, fields);
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

/** A role's exception in a channel. One without any content is taken away. */
export async function setAccess(
	channel: Channel,
	role: Id,
	permission: Permission,
	access: Access,
): Promise<void> {
	const known = channel.overwrites?.find(({ id }) => id === role);
	const without = (list: Permission[] = []): Permission[] => list.filter((name) => name !== permission);
	const allow = without(known?.allow);
	const deny = without(known?.deny);
	if (access === 'allow') allow.push(permission);
	if (access === 'deny') deny.push(permission);
	if (allow.length + deny.length > 0)
		await api.putOverwrite(channel.id, { id: role, kind: 'role', allow, deny });
	else if (known) await api.deleteOverwrite(channel.id, role);
}
