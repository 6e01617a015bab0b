import { expect, test } from 'vitest';
import type { Dispatch } from '../src/index.ts';
import { Repeats } from '../src/repeats.ts';
import { messageChange, ready } from './server.ts';

const message = (rev: number, channel = 'c1'): Dispatch =>
	({ t: 'MESSAGE_CREATE', d: messageChange(rev, channel) }) as Dispatch;
const snapshot = (rev: number, access_version = 1): Dispatch =>
	({ t: 'GUILD_SYNC', d: { guild: { id: 'g1' }, rev, access_version } }) as Dispatch;
const guildUpdate = (rev: number): Dispatch =>
	({ t: 'GUILD_UPDATE', d: { event_id: `guild-${rev}`, rev, guild: { id: 'g1' } } }) as Dispatch;

test('the same event is new only once', () => {
	const repeats = new Repeats();
	expect(repeats.admit(message(1))).toBe(true);
	expect(repeats.admit(message(1))).toBe(false);
});

test('an older revision of the same channel is not new, one of another channel is', () => {
	const repeats = new Repeats();
	expect(repeats.admit(message(5))).toBe(true);
	expect(repeats.admit(message(4))).toBe(false);
	expect(repeats.admit(message(4, 'c2'))).toBe(true);
	expect(repeats.admit(message(9))).toBe(true);
});

test('a snapshot contains everything of its guild up to its revision', () => {
	const repeats = new Repeats();
	expect(repeats.admit(snapshot(10))).toBe(true);
	expect(repeats.admit(guildUpdate(10))).toBe(false);
	expect(repeats.admit(guildUpdate(11))).toBe(true);
});

test('rights from before a snapshot do not replace its own', () => {
	const repeats = new Repeats();
	repeats.admit(snapshot(10, 6));
	const update = (access_version: number): Dispatch =>
		({ t: 'PERMISSIONS_UPDATE', d: { guild_id: 'g1', access_version } }) as Dispatch;
	expect(repeats.admit(update(5))).toBe(false);
	expect(repeats.admit(update(7))).toBe(true);
});

test('after READY revisions count anew, but an event that was received stays received', () => {
	const repeats = new Repeats();
	repeats.admit(message(5));
	repeats.admit({ t: 'READY', d: ready() } as Dispatch);
	expect(repeats.admit(message(5))).toBe(false);
	expect(repeats.admit(message(3))).toBe(true);
});

test('someone who goes on typing is heard every time', () => {
	const repeats = new Repeats();
	const typing = { t: 'TYPING_START', d: { guild_id: null, channel_id: 'c1', user_id: 'u' } } as Dispatch;
	expect(repeats.admit(typing)).toBe(true);
	expect(repeats.admit(typing)).toBe(true);
});

test('opening a direct message counts among one’s own events, its messages by themselves', () => {
	const repeats = new Repeats();
	const channel = { id: 'd1', guild_id: null };
	expect(repeats.admit({ t: 'CHANNEL_CREATE', d: { event_id: 'x', rev: 9, channel } } as Dispatch)).toBe(
		true,
	);
	expect(repeats.admit(message(1, 'd1'))).toBe(true);
});
