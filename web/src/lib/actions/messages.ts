import { note } from '../faults.ts';

import type { Channel, Id, Message, MessagePage, Page } from '@kith/sdk';
import { api } from '../api/client.ts';
import type { StoredFile } from '../api/outbox-database.ts';
import type { Timeline } from '../stores/messages/timeline.svelte.ts';
import { timelines } from '../stores/messages/timelines.svelte.ts';
import { session } from '../stores/session.svelte.ts';
import { typing } from '../stores/typing.svelte.ts';
import { unread } from '../stores/unread.svelte.ts';
import { users } from '../stores/users.svelte.ts';
import { clock } from '../time/clock.svelte.ts';
import { meetIn } from './names.ts';
import { send as sendKept } from './outbox.ts';

async function loadPage(channel: Id, page: MessagePage): Promise<Page<Message>> {
	const messages = await api.messages(channel, page);
	for (const { author } of messages) users.learn(author);
	meetIn(messages);
	return messages;
}

/** The channel comes on the screen. */
export function openChannel(channel: Channel): Timeline {
	const timeline = timelines.take(channel.id, loadPage);
	timelines.openId = channel.id;
	const readSeq = unread.readSeq(channel.id);
	// In a channel that was never read everything is new: a line above everything says nothing.
	timeline.dividerSeq = readSeq > 0 && readSeq < channel.last_seq ? readSeq : null;
	meetIn(timeline.messages);
	if (timeline.status === 'ready' && timeline.atEnd) timeline.target = 'end';
	else void timeline.openNewest();
	return timeline;
}

export function closeChannel(channel: Id): void {
	if (timelines.openId === channel) timelines.openId = null;
}

/** Takes what was written. Resolves when it is kept on this device; from there it is sent, whatever becomes of the page. */
export function send(channel: Id, content: string, files: StoredFile[] = []): Promise<void> {
	lastTyping.delete(channel);
	return sendKept(channel, content, files);
}

/** Saves an edit. The row changes when the server has taken it. */
export async function edit(message: Message, content: string): Promise<void> {
	const edited = await api.edit(message.channel_id, message.id, content);
	timelines.known(message.channel_id)?.updated(edited);
}

export async function remove(message: Message): Promise<void> {
	await api.deleteMessage(message.channel_id, message.id);
	timelines.known(message.channel_id)?.deleted(message.seq, new Date(clock.now()).toISOString());
}

const TYPING_EVERY_MS = 5_000;
const lastTyping = new Map<Id, number>();

/** Tells the others that one is writing, at most every five seconds. */
export function showTyping(channel: Id): void {
	const now = clock.now();
	if (now - (lastTyping.get(channel) ?? 0) < TYPING_EVERY_MS) return;
	lastTyping.set(channel, now);
	// If nobody learns of it nothing is lost.
	api.typing(channel).catch(note);
	typing.stopped(channel, session.myId);
}

const ACKNOWLEDGE_AFTER_MS = 400;
const acknowledgements = new Map<Id, { seq: number; timer: ReturnType<typeof setTimeout> }>();

/** Everything up to here was really on the screen. Several in a row are one request. */
export function acknowledge(channel: Id, seq: number): void {
	const waiting = acknowledgements.get(channel);
	if (waiting ? waiting.seq >= seq : unread.readSeq(channel) >= seq) return;
	clearTimeout(waiting?.timer);
	unread.readUpTo(channel, seq);
	const timer = setTimeout(() => {
		acknowledgements.delete(channel);
		api.acknowledge(channel, seq).catch(note);
	}, ACKNOWLEDGE_AFTER_MS);
	acknowledgements.set(channel, { seq, timer });
}
