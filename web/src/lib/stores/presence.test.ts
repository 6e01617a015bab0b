import type { GuildMembers, Presence } from '@kith/sdk';
import { beforeEach, expect, test } from 'vitest';
import { presences } from './presence.svelte.ts';

const seen = (user_id: string, version: number, fields: Partial<Presence> = {}): Presence => ({
	user_id,
	status: 'online',
	custom_status: null,
	version,
	...fields,
});

const list = (told: Presence[]): GuildMembers => ({
	guild_id: 'g1',
	total: 3,
	whole: true,
	ranges: [],
	members: [],
	presences: told,
});

beforeEach(() => presences.clear());

test('who is not told of is offline, and an older word does not undo a newer one', () => {
	expect(presences.of('ada')).toBe('offline');
	presences.put(seen('ada', 5, { status: 'dnd' }));
	presences.put(seen('ada', 4));
	expect(presences.of('ada')).toBe('dnd');
	presences.put(seen('ada', 5, { status: 'offline' }));
	expect(presences.of('ada')).toBe('offline');
});

test('another member list forgets whom nobody tells of any more', () => {
	presences.put(seen('ada', 1));
	presences.put(seen('bob', 1));
	presences.replaceList(list([seen('cyd', 1, { status: 'idle' })]), (user) => user === 'bob');
	expect([presences.of('ada'), presences.of('bob'), presences.of('cyd')]).toEqual([
		'offline',
		'online',
		'idle',
	]);
	expect(presences.listed).toEqual({ guild: 'g1', whole: true });
});

test('a custom status counts until its moment', () => {
	const until = (expires_at: string | null): Presence =>
		seen('ada', 1, { custom_status: { text: 'in the garden', expires_at } });
	presences.put(until(null));
	expect(presences.words('ada')).toBe('in the garden');
	presences.put(until('2099-01-01T00:00:00Z'));
	expect(presences.words('ada')).toBe('in the garden');
	presences.put(until('2020-01-01T00:00:00Z'));
	expect(presences.words('ada')).toBe('');
});
