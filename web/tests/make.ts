import type { Channel, Message, User } from '@kith/sdk';
import type { StoredMessage } from '../src/lib/api/outbox-database.ts';

/** Things as the server sends them, with what a test does not care about filled in. */

export const ada: User = {
	id: '01ADA',
	username: 'ada',
	display_name: 'Ada',
	kind: 'human',
	home: 'kith.test',
	avatar: null,
};
export const bob: User = {
	id: '01BOB',
	username: 'bob',
	display_name: 'Bob',
	kind: 'human',
	home: 'kith.test',
	avatar: null,
};

export const START = Date.parse('2026-11-21T10:00:00Z');

export function message(seq: number, fields: Partial<Message> = {}): Message {
	return {
		id: `m${String(seq).padStart(5, '0')}`,
		channel_id: 'c1',
		guild_id: 'g1',
		seq,
		kind: 'text',
		author: bob,
		content: `number ${seq}`,
		mentions: [],
		mention_roles: [],
		mention_everyone: false,
		attachments: [],
		created_at: new Date(START + seq * 1000).toISOString(),
		edited_at: null,
		deleted_at: null,
		...fields,
	};
}

export const run = (from: number, to: number): Message[] =>
	Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => message(from + index));

export function channel(id: string, fields: Partial<Channel> = {}): Channel {
	return {
		id,
		guild_id: 'g1',
		kind: 'text',
		name: id,
		topic: '',
		position: 0,
		parent_id: null,
		user_limit: null,
		last_seq: 0,
		last_message_id: null,
		created_at: new Date(START).toISOString(),
		...fields,
	};
}

/** A message of Ada's that is not sent yet. */
export function unsent(nonce: string, fields: Partial<StoredMessage> = {}): StoredMessage {
	return {
		nonce,
		userId: ada.id,
		channelId: 'c1',
		content: nonce,
		files: [],
		createdAt: START,
		afterSeq: 0,
		triedAt: null,
		refused: null,
		...fields,
	};
}
