import type { AuditEntry, GuildSnapshot } from '@kith/sdk';
import { expect, test } from 'vitest';
import { GuildState } from '#lib/stores/guilds.svelte.ts';
import { changeLines } from './changes.ts';

const guild = new GuildState({
	guild: { id: 'G', name: 'Club', owner_id: 'zoe', home: 'kith.test', icon: null, created_at: '' },
	roles: [
		{
			id: 'R',
			guild_id: 'G',
			name: 'Crew',
			color: null,
			position: 1,
			permissions: [],
			hoist: false,
			mentionable: false,
		},
	],
	member: { user: { id: 'zoe' }, roles: [] },
	member_count: 1,
	permissions: { guild: [], channels: {} },
} as unknown as GuildSnapshot);
const lines = (changes: unknown): [string, string | null, string][] =>
	changeLines({ changes } as AuditEntry, guild).map((line) => [line.label, line.old, line.new]);

test('a change says what was before', () => {
	expect(lines({ name: { old: 'tea', new: 'coffee' }, topic: { old: '', new: 'beans' } })).toEqual([
		['Name', 'tea', 'coffee'],
		['Topic', 'none', 'beans'],
	]);
	expect(lines({ color: { old: null, new: 0x3e83f7 }, hoist: { old: false, new: true } })).toEqual([
		['Colour', 'none', '#3e83f7'],
		['Displayed separately', 'no', 'yes'],
	]);
});

test('of rights those are told that came and went', () => {
	const permissions = { old: ['SEND_MESSAGES', 'CONNECT'], new: ['CONNECT', 'KICK_MEMBERS'] };
	expect(lines({ permissions })).toEqual([
		['Permissions, added', null, 'Kick members'],
		['Permissions, removed', null, 'Send messages'],
	]);
});

test('an older entry has the new value only, and what nobody knows is left out', () => {
	expect(lines({ name: 'coffee', role: 'R', odd: 1 })).toEqual([
		['Name', null, 'coffee'],
		['Role', null, 'Crew'],
	]);
	expect(lines({ target: 'G', kind: 'role', allow: ['CONNECT'], deny: [] })).toEqual([
		['For', null, 'Everyone'],
		['Allowed', null, 'Connect'],
	]);
});
