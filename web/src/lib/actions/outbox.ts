import { ApiError, AuthEnded, type Id, type Message } from '@kith/sdk';
import { announcer } from '../a11y/announcer.svelte.ts';
import { api } from '../api/client.ts';
import { explain, mayRetry } from '../api/errors.ts';
import {
	changeStored,
	forgetAllStored,
	forgetStored,
	storedMessages,
	storeMessage,
	takeOverUnsent,
	type StoredFile,
	type StoredMessage,
} from '../api/outbox-database.ts';
import { upload } from '../api/uploads.ts';
import { t } from '../i18n/runtime.ts';
import { channels } from '../stores/channels.svelte.ts';
import { outbox, Pending } from '../stores/messages/outbox.svelte.ts';
import { timelines } from '../stores/messages/timelines.svelte.ts';
import { session } from '../stores/session.svelte.ts';
import { toasts } from '../stores/toasts.svelte.ts';
import { unread } from '../stores/unread.svelte.ts';
import { clock } from '../time/clock.svelte.ts';

/** Waits between tries, doubled each time; what says that the connection is back ends them. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** The event of a message that the server took comes within this time, or it is behind a gap. */
const EVENT_MS = 1_500;
/** The server knows a nonce for a day; after less than that nothing is sent blindly a second time. */
const NONCE_IS_KNOWN_MS = 20 * 3_600_000;
/** So many pages are read to find out whether something has arrived that long ago. */
const MOST_PAGES_TO_LOOK_THROUGH = 10;
const PAGE = 100;

/** One tab at a time tries the messages of a channel. */
const LOCK = 'kith-outbox:';
/** Tells the other tabs that something was stored, changed or has arrived. */
const changes = new BroadcastChannel('kith-outbox');

/** Keeps the message and sends it. Resolves when it is kept: from then on it does not need this page any more. */
export async function send(channel: Id, content: string, files: StoredFile[] = []): Promise<void> {
	const pending = new Pending({
		nonce: newNonce(),
		userId: session.myId,
		channelId: channel,
		content,
		files,
		createdAt: clock.now(),
		afterSeq: channels.get(channel)?.last_seq ?? 0,
		triedAt: null,
		refused: null,
	});
	outbox.add(pending);
	await keep(pending);
}

async function keep(pending: Pending): Promise<void> {
	const { stored } = pending;
	try {
		pending.became({ ...stored, order: await storeMessage(stored) });
	} catch (error) {
		// The device is full, say. It is not said to be sent later, for it would be lost with this page.
		console.error(error);
		refusedHere(pending, t('message.notKept'));
		return;
	}
	tellTabs();
	await refresh();
}

/** Sends a refused message once more. With the same nonce it is posted once, even if an earlier try arrived. */
export async function retry(pending: Pending): Promise<void> {
	const { stored } = pending;
	if (stored.order === undefined) {
		pending.became({ ...stored, refused: null });
		return keep(pending);
	}
	// Its author has looked whether it is there: from here on it is a new message.
	const anew = stored.unsure ? { triedAt: null, afterSeq: lastSeqOf(stored), unsure: false } : {};
	const changed = await changeStored(stored.nonce, { refused: null, ...anew });
	if (!changed) return void outbox.remove(stored.channelId, stored.nonce);
	pending.became(changed);
	tellTabs();
	kick(stored.channelId);
}

/** Its author gives it up. */
export async function discard({ channelId, nonce }: Pending): Promise<void> {
	underWay.get(nonce)?.abort();
	await settle(channelId, nonce);
	kick(channelId);
}

/** It has arrived or was given up: nothing of it is kept. */
export async function settle(channel: Id, nonce: string): Promise<void> {
	outbox.remove(channel, nonce);
	await forgetStored(nonce);
	tellTabs();
}

/** Who logs out gives up what has not been sent: the next person on this device is somebody else. */
export async function discardAll(): Promise<void> {
	for (const controller of underWay.values()) controller.abort();
	await forgetAllStored(session.myId);
}

let started = false;

/** Takes up what was not sent before this page was loaded, and what other tabs send. */
export function startOutbox(): () => void {
	started = true;
	changes.onmessage = () => void refresh();
	addEventListener('online', wake);
	void takeOverUnsent(session.myId, t('message.perhapsSent'))
		.then(refresh)
		.catch((error: unknown) => console.error(error));
	return () => {
		started = false;
		changes.onmessage = null;
		removeEventListener('online', wake);
	};
}

/** The connection is back: what waits does not wait any longer. */
export function wake(): void {
	for (const { channelId, state } of outbox.all) if (state !== 'refused') kick(channelId);
}

function tellTabs(): void {
	changes.postMessage(null);
}

/** Makes of what this page shows what is kept. */
async function refresh(): Promise<void> {
	const all = await storedMessages(session.myId);
	const present = new Set(all.map(({ nonce }) => nonce));
	for (const pending of outbox.all) {
		if (pending.stored.order === undefined || present.has(pending.nonce)) continue;
		// Another tab has sent it; its event takes the place of this row.
		setTimeout(() => outbox.remove(pending.channelId, pending.nonce), EVENT_MS);
	}
	for (const stored of all) {
		const known = outbox.find(stored.nonce);
		if (known) known.became(stored);
		else outbox.add(new Pending(stored));
	}
	for (const channel of new Set(all.filter(isWaiting).map(({ channelId }) => channelId))) kick(channel);
}

const isWaiting = ({ refused }: StoredMessage): boolean => refused === null;

/** Sending is serial in each channel, so that messages stand in the order in which they were written. */
interface Turn {
	/** Something has changed since the turn last looked. */
	again: boolean;
	wake: () => void;
}

const turns = new Map<Id, Turn>();
/** What is being sent by this tab, so that it can be given up. */
const underWay = new Map<string, AbortController>();

/** Sees to it that the messages of a channel are being sent. */
function kick(channel: Id): void {
	const known = turns.get(channel);
	if (known) {
		known.again = true;
		known.wake();
		return;
	}
	const turn: Turn = { again: false, wake: () => undefined };
	turns.set(channel, turn);
	void run(channel, turn);
}

type Outcome = 'sent' | 'nothing' | { waitMs: number; firmly: boolean };

async function run(channel: Id, turn: Turn): Promise<void> {
	let failures = 0;
	for (;;) {
		turn.again = false;
		let outcome: Outcome;
		try {
			outcome = await alone(channel, () => tryFirst(channel, failures));
		} catch (error) {
			// The browser's database failed: what is in it is found by the next page.
			console.error(error);
			outcome = 'nothing';
		}
		if (outcome === 'sent') failures = 0;
		else if (outcome === 'nothing') {
			if (turn.again && started) continue;
			turns.delete(channel);
			return;
		} else {
			failures++;
			if (!turn.again || outcome.firmly) await pause(turn, outcome);
		}
	}
}

function pause(turn: Turn, { waitMs, firmly }: { waitMs: number; firmly: boolean }): Promise<void> {
	return new Promise((resolve) => {
		const timer = setTimeout(resolve, waitMs);
		if (firmly) return;
		turn.wake = () => {
			clearTimeout(timer);
			resolve();
		};
	});
}

/** Locks need HTTPS or localhost; without them the nonce still keeps two tabs from posting anything twice. */
function alone<T>(channel: Id, run: () => Promise<T>): Promise<T> {
	return navigator.locks ? (navigator.locks.request(LOCK + channel, run) as Promise<T>) : run();
}

/** Tries the oldest message of a channel that is to be sent. */
async function tryFirst(channel: Id, failures: number): Promise<Outcome> {
	const userId = session.myId;
	const first = (await storedMessages(userId)).find((one) => one.channelId === channel && isWaiting(one));
	if (!first || !started) return 'nothing';
	const pending = outbox.find(first.nonce);
	if (failures === 0) pending?.sending();
	const controller = new AbortController();
	underWay.set(first.nonce, controller);
	try {
		const message = await deliver(first, controller.signal);
		if (message) await arrived(message, first.nonce);
		return 'sent';
	} catch (error) {
		if (controller.signal.aborted) return 'sent';
		if (error instanceof AuthEnded) return 'nothing';
		if (!mayRetry(error)) {
			await refuse(first, error);
			return 'sent';
		}
		pending?.waiting();
		const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
		const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures, 6));
		return { waitMs: Math.max(asked, wait * (0.5 + Math.random() / 2)), firmly: asked > 0 };
	} finally {
		underWay.delete(first.nonce);
	}
}

/** Null: there is nothing to post any more. */
async function deliver(message: StoredMessage, signal: AbortSignal): Promise<Message | null> {
	const ready = await withFiles(message, signal);
	if (!ready) return null;
	const { nonce, channelId, triedAt } = ready;
	if (triedAt !== null && clock.now() - triedAt > NONCE_IS_KNOWN_MS) {
		const found = await lookFor(ready);
		if (found === 'perhaps') throw new PerhapsSent();
		if (found !== 'absent') return found;
	}
	const tried = await changeStored(nonce, { triedAt: triedAt ?? clock.now() });
	if (!tried) return null;
	try {
		return await api.post(channelId, bodyOf(tried));
	} catch (error) {
		if (!namesLostFile(error) || !ready.files.every(({ blob }) => blob !== null)) throw error;
		// The server keeps what is in no message for a day, and this waited for longer.
		const files = ready.files.map((file) => ({ ...file, attachment: null }));
		const anew = await changeStored(nonce, { files });
		const again = anew && (await withFiles(anew, signal));
		return again ? await api.post(channelId, bodyOf(again)) : null;
	}
}

/** Nobody can say whether an earlier try has arrived. */
class PerhapsSent extends Error {}

function bodyOf({ content, files, nonce }: StoredMessage): Parameters<typeof api.post>[1] {
	const ids = files.flatMap(({ attachment }) => attachment?.id ?? []);
	return {
		nonce,
		...(content === '' ? {} : { content }),
		...(ids.length === 0 ? {} : { attachment_ids: ids }),
	};
}

function namesLostFile(error: unknown): boolean {
	return error instanceof ApiError && error.details.some(({ field }) => field === 'attachment_ids');
}

/** Sends the files that the server does not have. Each is written down, so that none is sent twice. */
async function withFiles(message: StoredMessage, signal: AbortSignal): Promise<StoredMessage | null> {
	let current = message;
	for (const [index, { blob, attachment, name, type }] of message.files.entries()) {
		if (attachment !== null || blob === null) continue;
		const file = new File([blob], name, { type });
		const sent = await upload(message.channelId, file, { onprogress: () => undefined, signal });
		const files = current.files.with(index, { name, type, blob, attachment: sent });
		const changed = await changeStored(message.nonce, { files });
		if (!changed) return null;
		current = changed;
		outbox.find(message.nonce)?.became(changed);
	}
	return current;
}

/** After the server may have forgotten the nonce: whether the message stands in the channel. */
async function lookFor(message: StoredMessage): Promise<Message | 'absent' | 'perhaps'> {
	const ids = new Set(message.files.flatMap(({ attachment }) => attachment?.id ?? []));
	let after = message.afterSeq;
	let perhaps = false;
	for (let pages = 0; pages < MOST_PAGES_TO_LOOK_THROUGH; pages++) {
		let page: Message[];
		try {
			page = await api.messages(message.channelId, { after_seq: after, limit: PAGE });
		} catch (error) {
			if (mayRetry(error) || error instanceof AuthEnded) throw error;
			return 'perhaps';
		}
		const last = page.at(-1);
		if (!last) return perhaps ? 'perhaps' : 'absent';
		after = last.seq;
		for (const one of page) {
			if (one.author.id !== message.userId) continue;
			if (one.attachments.some(({ id }) => ids.has(id))) return one;
			// The same words may have been said twice, and what was deleted does not show what it said.
			perhaps ||= one.deleted_at !== null || one.edited_at !== null || one.content === message.content;
		}
	}
	return 'perhaps';
}

async function arrived(message: Message, nonce: string): Promise<void> {
	const timeline = timelines.known(message.channel_id);
	timeline?.received({ ...message, nonce });
	unread.received(message);
	await forgetStored(nonce);
	tellTabs();
	const remove = (): void => void outbox.remove(message.channel_id, nonce);
	// Behind a gap the row stays until the message before it has come.
	if (!timeline || timeline.find(message.id)) remove();
	else setTimeout(remove, EVENT_MS);
}

/** The server has decided: the message says why, and its author decides what becomes of it. */
async function refuse({ nonce, channelId }: StoredMessage, error: unknown): Promise<void> {
	const unsure = error instanceof PerhapsSent;
	const refused = unsure ? t('message.perhapsSent') : explain(error);
	const changed = await changeStored(nonce, { refused, unsure });
	if (!changed) return;
	const pending = outbox.find(nonce);
	pending?.became(changed);
	tellTabs();
	announcer.urgent(`${t('message.notSent')}: ${refused}`);
	// Where nobody looks nobody would see it.
	if (timelines.openId !== channelId) {
		const name = channels.get(channelId)?.name;
		toasts.error(
			name ? t('message.notSentIn', { name, reason: refused }) : `${t('message.notSent')}: ${refused}`,
		);
	}
}

function refusedHere(pending: Pending, reason: string): void {
	pending.became({ ...pending.stored, refused: reason });
	announcer.urgent(`${t('message.notSent')}: ${reason}`);
}

function lastSeqOf({ channelId, afterSeq }: StoredMessage): number {
	return channels.get(channelId)?.last_seq ?? afterSeq;
}

/** 128 random bits in 22 characters: also without HTTPS, where there is no `randomUUID`. */
function newNonce(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	return btoa(String.fromCharCode(...bytes)).replace(/=+$/, '');
}
