import {
	ApiError,
	type Attachment,
	type Channel,
	type Id,
	type Message,
	type MessagePage,
	type Page,
} from '@kith/sdk';
import { announcer } from '../a11y/announcer.svelte.ts';
import { api } from '../api/client.ts';
import { database, forgetUnsent } from '../api/database.ts';
import { explain, mayRetry } from '../api/errors.ts';
import { t } from '../i18n/runtime.ts';
import { outbox, Pending } from '../stores/messages/outbox.svelte.ts';
import type { Timeline } from '../stores/messages/timeline.svelte.ts';
import { timelines } from '../stores/messages/timelines.svelte.ts';
import { session } from '../stores/session.svelte.ts';
import { typing } from '../stores/typing.svelte.ts';
import { unread } from '../stores/unread.svelte.ts';
import { users } from '../stores/users.svelte.ts';
import { clock } from '../time/clock.svelte.ts';

/** Waits before sending again by itself; after the last one the person decides. */
const RETRY_AFTER_MS = [1_000, 2_000, 4_000];
/** The event of a message that the server took comes within this time, or it is behind a gap. */
const EVENT_MS = 1_500;

async function loadPage(channel: Id, page: MessagePage): Promise<Page<Message>> {
	const messages = await api.messages(channel, page);
	for (const { author } of messages) users.learn(author);
	return messages;
}

/** The channel comes on the screen. */
export function openChannel(channel: Channel): Timeline {
	const timeline = timelines.take(channel.id, loadPage);
	timelines.openId = channel.id;
	const readSeq = unread.readSeq(channel.id);
	// In a channel that was never read everything is new: a line above everything says nothing.
	timeline.dividerSeq = readSeq > 0 && readSeq < channel.last_seq ? readSeq : null;
	if (timeline.status === 'ready' && timeline.atEnd) timeline.target = 'end';
	else void timeline.openNewest();
	return timeline;
}

export function closeChannel(channel: Id): void {
	if (timelines.openId === channel) timelines.openId = null;
}

/** Sending is serial in each channel, so that messages stand in the order in which they were written. */
const queues = new Map<Id, Promise<void>>();

export function send(channel: Id, content: string, attachments: Attachment[] = []): void {
	const pending = new Pending(newNonce(), channel, content, clock.now(), attachments);
	outbox.add(pending);
	lastTyping.delete(channel);
	enqueue(pending);
}

/** Sends a failed message once more. With the same nonce it is posted once, even if the first try arrived. */
export function retry(pending: Pending): void {
	void forgetUnsent(pending.nonce);
	enqueue(pending);
}

/** Throws a failed message away. */
export function discard(pending: Pending): void {
	outbox.remove(pending.channelId, pending.nonce);
	void forgetUnsent(pending.nonce);
}

/** What could not be sent before this page was loaded. */
export async function restoreUnsent(): Promise<void> {
	for (const unsent of await (await database()).getAll('unsent')) {
		if (unsent.userId !== session.myId) continue;
		const { nonce, channelId, content, createdAt, attachments } = unsent;
		const pending = new Pending(nonce, channelId, content, createdAt, attachments);
		pending.failed(t('message.notSent'));
		outbox.add(pending);
	}
}

function enqueue(pending: Pending): void {
	pending.sending();
	const before = queues.get(pending.channelId) ?? Promise.resolve();
	const turn = before.then(() => deliver(pending));
	queues.set(pending.channelId, turn);
}

async function deliver(pending: Pending): Promise<void> {
	for (let attempt = 0; outbox.has(pending); attempt++) {
		try {
			arrived(await api.post(pending.channelId, bodyOf(pending)), pending.nonce);
			return;
		} catch (error) {
			const wait = RETRY_AFTER_MS[attempt];
			if (!mayRetry(error) || wait === undefined) return await fail(pending, explain(error));
			const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
			await new Promise((resolve) => setTimeout(resolve, Math.max(wait, asked)));
		}
	}
}

function bodyOf({ content, attachments, nonce }: Pending): Parameters<typeof api.post>[1] {
	return {
		nonce,
		...(content === '' ? {} : { content }),
		...(attachments.length === 0 ? {} : { attachment_ids: attachments.map(({ id }) => id) }),
	};
}

function arrived(message: Message, nonce: string): void {
	const timeline = timelines.known(message.channel_id);
	timeline?.received(message);
	unread.received(message);
	const remove = (): void => void outbox.remove(message.channel_id, nonce);
	// Behind a gap the row stays until the message before it has come.
	if (!timeline || timeline.find(message.id)) remove();
	else setTimeout(remove, EVENT_MS);
}

async function fail(pending: Pending, reason: string): Promise<void> {
	pending.failed(reason);
	announcer.urgent(`${t('message.notSent')}: ${reason}`);
	const { nonce, channelId, content, createdAt, attachments } = pending;
	const userId = session.myId;
	await (await database()).put('unsent', { nonce, channelId, content, createdAt, attachments, userId });
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
	api.typing(channel).catch(() => undefined);
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
		api.acknowledge(channel, seq).catch(() => undefined);
	}, ACKNOWLEDGE_AFTER_MS);
	acknowledgements.set(channel, { seq, timer });
}

/** 128 random bits in 22 characters: also without HTTPS, where there is no `randomUUID`. */
function newNonce(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	return btoa(String.fromCharCode(...bytes)).replace(/=+$/, '');
}
