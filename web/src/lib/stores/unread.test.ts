import type { Channel, GuildSnapshot } from '@kith/sdk';
import { beforeEach, expect, test } from 'vitest';
import { ada, bob, channel, message, START } from '../../../tests/make.ts';
import { apply } from '../gateway/dispatch.ts';
import { channels } from './channels.svelte.ts';
import { guilds } from './guilds.svelte.ts';
import { unread } from './unread.svelte.ts';

const created_at = new Date(START).toISOString();
const snapshot = {
	guild: { id: 'g1', name: 'Guild', owner_id: bob.id, home: 'kith.test', icon: null, created_at },
	access_version: 1,
	rev: 1,
	roles: [],
	channels: [channel('c1', { last_seq: 3 }), channel('c2')],
	member: {
		guild_id: 'g1',
		user: ada,
		nick: null,
		roles: ['r1'],
		joined_at: created_at,
		timed_out_until: null,
	},
	member_count: 2,
	permissions: { guild: [], channels: {} },
	read_states: [{ channel_id: 'c1', read_seq: 3, mention_count: 0 }],
} as GuildSnapshot;

let rev = 0;
const post = (fields: Parameters<typeof message>[1] & { seq: number }): void => {
	rev++;
	apply({ t: 'MESSAGE_CREATE', d: { event_id: `e${rev}`, rev, message: message(fields.seq, fields) } });
};
const badges = (): unknown => ({
	channel: unread.count(channels.get('c1')!),
	guild: unread.ofGuild('g1'),
	title: unread.total,
});

function ready(guilds: string[], directs: Channel[]): void {
	const presence = { status: 'online' as const, custom_status: null };
	const d = { session_id: 's', user: ada, direct_channels: directs, read_states: [], blocks: [], presence };
	apply({ t: 'READY', d: { ...d, guilds: guilds.map((id) => ({ id })) } });
}

beforeEach(() => {
	ready([], []);
	ready(['g1'], [channel('d1', { guild_id: null, kind: 'direct', recipients: [ada, bob] })]);
	apply({ t: 'GUILD_CREATE', d: snapshot });
});

test('every badge comes from the same map', () => {
	expect(badges()).toEqual({ channel: 0, guild: { unread: false, mentions: 0 }, title: 0 });
	post({ seq: 4 });
	expect(badges()).toEqual({ channel: 1, guild: { unread: true, mentions: 0 }, title: 0 });
	post({ seq: 5, mentions: [ada.id] });
	post({ seq: 6, mention_roles: ['r1'] });
	post({ seq: 7, mention_everyone: true });
	expect(badges()).toEqual({ channel: 4, guild: { unread: true, mentions: 3 }, title: 3 });
	apply({
		t: 'READ_STATE_UPDATE',
		d: { event_id: 'x', rev: 1, read_state: { channel_id: 'c1', read_seq: 7, mention_count: 0 } },
	});
	expect(badges()).toEqual({ channel: 0, guild: { unread: false, mentions: 0 }, title: 0 });
});

test('what one writes oneself is read', () => {
	post({ seq: 4, author: ada });
	expect(badges()).toMatchObject({ channel: 0 });
});

test('every message of a direct message is for its reader', () => {
	post({ seq: 1, channel_id: 'd1', guild_id: null });
	post({ seq: 2, channel_id: 'd1', guild_id: null });
	expect([unread.directMentions, unread.total]).toEqual([2, 2]);
});

test('a channel that is gone takes its badge along', () => {
	post({ seq: 4, mention_everyone: true });
	apply({ t: 'CHANNEL_DELETE', d: { event_id: 'y', rev: 2, guild_id: 'g1', channel_id: 'c1' } });
	expect(unread.total).toBe(0);
});

test('a guild that is gone takes everything along', () => {
	post({ seq: 4, mention_everyone: true });
	apply({ t: 'GUILD_DELETE', d: { event_id: 'z', rev: 3, guild_id: 'g1' } });
	expect([unread.total, channels.get('c1')]).toEqual([0, undefined]);
});

test('a guild that cannot be shown takes everything along but its place, and is read anew when it comes', () => {
	post({ seq: 4, mention_everyone: true });
	apply({ t: 'GUILD_DELETE', d: { guild_id: 'g1', unavailable: true } });
	expect([unread.total, channels.get('c1'), guilds.get('g1')]).toEqual([0, undefined, undefined]);
	expect([guilds.unavailable, guilds.nameOf('g1'), guilds.has('g1')]).toEqual([['g1'], 'Guild', true]);
	// Another connection, to which it cannot be shown either.
	ready(['g1'], []);
	expect(guilds.nameOf('g1')).toBe('Guild');
	apply({ t: 'GUILD_CREATE', d: snapshot });
	expect([guilds.unavailable, guilds.get('g1')?.guild.name, channels.get('c1')?.id]).toEqual([
		[],
		'Guild',
		'c1',
	]);
	apply({ t: 'GUILD_DELETE', d: { guild_id: 'g1', unavailable: true } });
	apply({ t: 'GUILD_DELETE', d: { guild_id: 'g1', unavailable: false } });
	expect([guilds.unavailable, guilds.has('g1')]).toEqual([[], false]);
});

test('what was said before one came is no news, what came after is', () => {
	// Made a minute before and a minute after 2026-11-21T10:00:00Z.
	const [before, after] = ['01M7YRPZN0', '01M7YRTMV0'].map((time) => `${time}0000000000000000`);
	const old = channel('old', { last_seq: 40, last_message_id: before! });
	const busy = channel('busy', { last_seq: 40, last_message_id: after! });
	apply({ t: 'GUILD_SYNC', d: { ...snapshot, channels: [old, busy], read_states: [] } });
	expect([unread.count(old), unread.count(busy)]).toEqual([0, 40]);
});

test('a count that the server made before a mention came does not take it away', () => {
	post({ seq: 4 });
	post({ seq: 5, mentions: [ada.id] });
	const late = { channel_id: 'c1', read_seq: 4, mention_count: 0 };
	apply({ t: 'READ_STATE_UPDATE', d: { event_id: 'late', rev: 1, read_state: late } });
	expect(badges()).toEqual({ channel: 1, guild: { unread: true, mentions: 1 }, title: 1 });
});

test('a mention that is deleted is no mention', () => {
	post({ seq: 4, mentions: [ada.id] });
	const gone = { guild_id: 'g1', channel_id: 'c1', message_id: 'm', seq: 4, deleted_at: created_at };
	apply({ t: 'MESSAGE_DELETE', d: { event_id: 'gone', rev: 99, ...gone } });
	expect(unread.total).toBe(0);
});

test('what the blocked say mentions nobody while they are blocked', () => {
	apply({ t: 'BLOCK_ADD', d: { event_id: 'b', rev: 1, user_id: bob.id } });
	post({ seq: 4, author: bob, mentions: [ada.id] });
	post({ seq: 5, author: bob, mention_roles: ['r1'] });
	expect(badges()).toMatchObject({ guild: { mentions: 0 }, title: 0 });
	apply({ t: 'BLOCK_REMOVE', d: { event_id: 'u', rev: 2, user_id: bob.id } });
	post({ seq: 6, author: bob, mention_everyone: true });
	expect(badges()).toMatchObject({ guild: { mentions: 1 }, title: 1 });
});

test('an edit takes a mention back only if it names the reader no more', () => {
	post({ seq: 4, mentions: [ada.id] });
	const edit = (fields: Parameters<typeof message>[1]): void => {
		rev++;
		apply({ t: 'MESSAGE_UPDATE', d: { event_id: `e${rev}`, rev, message: message(4, fields) } });
	};
	edit({ mention_roles: ['r1'] });
	expect(unread.total).toBe(1);
	edit({});
	expect(unread.total).toBe(0);
	// An edit makes no noise.
	edit({ mentions: [ada.id] });
	expect(unread.total).toBe(0);
});

test('what was deleted is nothing to read, wherever it stood', () => {
	const drop = (seq: number): void => {
		rev++;
		const d = { guild_id: null, channel_id: 'd1', message_id: `m${seq}`, seq, deleted_at: created_at };
		apply({ t: 'MESSAGE_DELETE', d: { event_id: `d${rev}`, rev, ...d } });
	};
	for (const seq of [1, 2, 3]) post({ seq, channel_id: 'd1', guild_id: null });
	drop(2);
	expect(unread.directMentions).toBe(2);
	drop(2);
	drop(1);
	expect([unread.directMentions, unread.readSeq('d1')]).toEqual([1, 2]);
	drop(3);
	expect([unread.directMentions, unread.readSeq('d1')]).toEqual([0, 3]);
	post({ seq: 4, channel_id: 'd1', guild_id: null });
	expect(unread.directMentions).toBe(1);
});

test('a mention that was counted before this device connected is taken back when it is deleted', () => {
	const read_states = [{ channel_id: 'c1', read_seq: 3, mention_count: 2 }];
	const busy = channel('c1', { last_seq: 5 });
	apply({ t: 'GUILD_SYNC', d: { ...snapshot, channels: [busy], read_states } });
	const mention = message(4, { mentions: [ada.id] });
	unread.deleted('c1', 4, mention);
	expect(unread.total).toBe(1);
	// One that an edit brought was never counted.
	unread.deleted('c1', 5, { ...message(5, { mentions: [ada.id] }), edited_at: created_at });
	expect(unread.total).toBe(1);
});

test('what nobody here can tell is asked of the server, and its count is taken', () => {
	const read_states = [{ channel_id: 'c1', read_seq: 3, mention_count: 2 }];
	apply({ t: 'GUILD_SYNC', d: { ...snapshot, channels: [channel('c1', { last_seq: 6 })], read_states } });
	expect(unread.deleted('c1', 4)).toBe(true);
	expect(unread.counted).toEqual(['c1']);
	const heard = unread.heard('c1');
	post({ seq: 7, mentions: [ada.id] });
	unread.recounted({ channel_id: 'c1', read_seq: 3, mention_count: 1 }, heard);
	// The deletion right behind the last that was read moved it on: another answer is about another place.
	expect([unread.readSeq('c1'), unread.total]).toEqual([4, 3]);
	unread.recounted({ channel_id: 'c1', read_seq: 4, mention_count: 0 }, heard);
	expect(unread.total).toBe(1);
});
