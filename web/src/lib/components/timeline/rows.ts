import type { Id, Message, User } from '@kith/sdk';
import type { Pending } from '#lib/stores/messages/outbox.svelte.ts';

/** A message as it stands in the list, with what is drawn above it. */
export interface MessageRow {
	kind: 'message';
	/** Stays the same when a message on its way becomes a message that arrived. */
	key: string;
	message: Message;
	/** With picture, name and time: the first of a run by one author. */
	head: boolean;
	/** The day begins with it. */
	day: Date | null;
	/** “New” stands above it. */
	fresh: boolean;
	pending: Pending | null;
}

/** The first row is the channel's beginning, or stands for what is not loaded. */
export type Row = { kind: 'top'; key: 'top' } | MessageRow;

/** Later than this after the one before, a message has its author's name again. */
const RUN_MS = 7 * 60_000;

interface Source {
	messages: Message[];
	pending: Pending[];
	dividerSeq: number | null;
	me: User | null;
	channel: Id;
}

export function buildRows({ messages, pending, dividerSeq, me, channel }: Source): Row[] {
	const rows: Row[] = [{ kind: 'top', key: 'top' }];
	const arrived = new Set<string>();
	let before: Message | null = null;
	let divided = dividerSeq === null;
	for (const message of messages) {
		if (message.deleted_at !== null) continue;
		// Whoever else wrote it, their nonce says nothing here.
		const nonce = message.author.id === me?.id ? message.nonce : undefined;
		if (nonce) arrived.add(nonce);
		const fresh: boolean =
			!divided && dividerSeq !== null && message.seq > dividerSeq && message.author.id !== me?.id;
		divided ||= fresh;
		rows.push(row(message, before, { key: nonce ? `n:${nonce}` : message.id, fresh, pending: null }));
		before = message;
	}
	for (const item of pending) {
		if (me === null || arrived.has(item.nonce)) continue;
		const message = standIn(item, me, channel);
		rows.push(row(message, before, { key: `n:${item.nonce}`, fresh: false, pending: item }));
		before = message;
	}
	return rows;
}

function row(
	message: Message,
	before: Message | null,
	rest: Pick<MessageRow, 'key' | 'fresh' | 'pending'>,
): MessageRow {
	const time = new Date(message.created_at);
	const day = before === null || !sameDay(new Date(before.created_at), time) ? time : null;
	const head =
		day !== null ||
		rest.fresh ||
		before === null ||
		before.author.id !== message.author.id ||
		time.getTime() - Date.parse(before.created_at) > RUN_MS;
	return { kind: 'message', message, head, day, ...rest };
}

function sameDay(a: Date, b: Date): boolean {
	return a.toDateString() === b.toDateString();
}

/** What a message on its way looks like. */
function standIn(item: Pending, me: User, channel: Id): Message {
	return {
		id: item.nonce,
		channel_id: channel,
		guild_id: null,
		seq: Number.MAX_SAFE_INTEGER,
		kind: 'text',
		author: me,
		content: item.content,
		mentions: [],
		mention_roles: [],
		mention_everyone: false,
		attachments: item.attachments,
		created_at: new Date(item.createdAt).toISOString(),
		edited_at: null,
		deleted_at: null,
		nonce: item.nonce,
	};
}
