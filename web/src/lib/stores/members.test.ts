import type { GuildSnapshot, Member, Role } from '@kith/sdk';
import { expect, test } from 'vitest';
import { GuildState } from './guilds.svelte.ts';
import { MemberList } from './members.svelte.ts';

const GUILD = '01M7X094NF15018JC8E57M87Z0';
const role = (id: string, hoist: boolean, position: number): Role => ({
	id,
	guild_id: GUILD,
	name: id,
	color: null,
	position,
	permissions: [],
	hoist,
	mentionable: false,
});
const member = (name: string, roles: string[] = []): Member => ({
	guild_id: GUILD,
	user: { id: name, username: name, display_name: name, kind: 'human', home: 'kith.test', avatar: null },
	nick: null,
	roles,
	joined_at: '2026-12-01T10:00:00.000Z',
	timed_out_until: null,
});
const guild = new GuildState({
	guild: { id: GUILD, name: 'Club', owner_id: 'zoe', home: 'kith.test', icon: null, created_at: '' },
	roles: [role(GUILD, false, 0), role('Moderator', true, 2), role('Quiet', false, 1)],
	member: member('zoe'),
	member_count: 5,
	permissions: { guild: [], channels: {} },
} as unknown as GuildSnapshot);

function list(): MemberList {
	const list = new MemberList();
	for (const one of [
		member('zoe', ['Quiet']),
		member('ada', ['Moderator']),
		member('bob', ['Moderator', 'Quiet']),
		member('Cid'),
	]) {
		list.put(one);
	}
	return list;
}
const shown = (isOnline: ((user: string) => boolean) | null): [string, string[]][] =>
	list()
		.groups(guild, isOnline)
		.map(({ of, members }) => [typeof of === 'string' ? of : of.name, members.map(({ user }) => user.id)]);

test('who is offline comes last, whatever their roles', () => {
	expect(shown((user) => ['ada', 'zoe', 'Cid'].includes(user))).toEqual([
		['Moderator', ['ada']],
		['online', ['Cid', 'zoe']],
		['offline', ['bob']],
	]);
	expect(shown(() => false)).toEqual([['offline', ['ada', 'bob', 'Cid', 'zoe']]]);
});

test('where nobody knows who is online, nobody is called offline', () => {
	expect(shown(null)).toEqual([
		['Moderator', ['ada', 'bob']],
		['others', ['Cid', 'zoe']],
	]);
});

test('of those who were asked for it is known whether they are members', () => {
	const some = list();
	expect(some.isSure('ada')).toBe(true);
	expect(some.isSure('eve')).toBe(false);
	some.missing(['eve', 'bob']);
	expect(some.isSure('eve')).toBe(true);
	expect(some.get('bob')).toBeUndefined();
	some.changed({ ...member('dan'), nick: 'D' });
	expect(some.get('dan')).toBeUndefined();
	some.changed({ ...member('ada'), nick: 'A' });
	expect(some.get('ada')?.nick).toBe('A');
	some.restart();
	expect(some.isSure('ada')).toBe(false);
	expect(some.get('ada')?.nick).toBe('A');
});
