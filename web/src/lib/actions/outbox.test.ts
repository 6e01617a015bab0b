import { ApiError, NetworkError, type ErrorCode, type Message } from '@kith/sdk';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ada, bob, channel, message, unsent } from '../../../tests/make.ts';
import { database } from '../api/database.ts';
import { forgetAllStored, storedMessages, storeMessage } from '../api/outbox-database.ts';
import { outbox, type Pending } from '../stores/messages/outbox.svelte.ts';
import { session } from '../stores/session.svelte.ts';
import { clock } from '../time/clock.svelte.ts';
import { openChannel } from './messages.ts';
import { discard, discardAll, retry, send, startOutbox, wake } from './outbox.ts';

type Posted = { content: string; nonce: string };
let posted: Posted[];
let answer: (body: Posted) => Promise<Message>;
/** What stands in the channel after what was known when a message was written. */
let history: Message[];
let end: () => void;

vi.mock('../api/client.ts', () => ({
	api: {
		post: (_: string, body: Posted) => {
			posted.push(body);
			return answer(body);
		},
		messages: async (_: string, { after_seq = 0 }: { after_seq?: number }) =>
			history.filter(({ seq }) => seq > after_seq),
		acknowledge: async () => undefined,
	},
}));

const refusal = (status: number, code: ErrorCode, retryAfterMs: number | null = null): ApiError =>
	new ApiError(status, { code, message: 'no', request_id: '' }, retryAfterMs);
const away = (): Promise<never> => Promise.reject(new NetworkError('away'));
let seq = 0;
const accept = async ({ content, nonce }: Posted): Promise<Message> =>
	message(++seq, { author: ada, content, nonce });
const pending = (): Pending => outbox.of('c1')[0]!;
const kept = (): Promise<string[]> => storedMessages(ada.id).then((all) => all.map(({ content }) => content));
const settled = (): Promise<unknown> =>
	vi.waitFor(async () => expect([outbox.of('c1'), await kept()]).toEqual([[], []]));
const texts = (): string[] => posted.map(({ content }) => content);
const HOUR = 3_600_000;

/** What a reload leaves: only what the browser keeps. */
function reload(): void {
	end();
	for (const { channelId, nonce } of outbox.all) outbox.remove(channelId, nonce);
	end = startOutbox();
}

beforeEach(() => {
	vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
	session.me = ada;
	posted = [];
	history = [];
	answer = accept;
	end = startOutbox();
});

afterEach(async () => {
	answer = accept;
	await discardAll();
	for (const { channelId, nonce } of outbox.all) outbox.remove(channelId, nonce);
	// What waits finds nothing left to do.
	wake();
	await vi.runAllTimersAsync();
	end();
	await forgetAllStored(bob.id);
	clock.set(Date.now);
	vi.useRealTimers();
});

test('a message shows at once, dims only when it takes long, and leaves when it has arrived', async () => {
	const timeline = openChannel(channel('c1'));
	await vi.waitFor(() => expect(timeline.status).toBe('ready'));
	let arrive: () => void = () => undefined;
	answer = (body) => new Promise((resolve) => (arrive = () => void accept(body).then(resolve)));
	void send('c1', 'hello');
	expect([pending().content, pending().slow]).toEqual(['hello', false]);
	await vi.waitFor(() => expect(posted).toHaveLength(1));
	await vi.advanceTimersByTimeAsync(310);
	expect(pending().slow).toBe(true);
	arrive();
	await settled();
	expect(timeline.messages.map(({ content }) => content)).toEqual(['hello']);
});

test('it is kept before it is tried', async () => {
	const before: string[][] = [];
	answer = async (body) => {
		before.push(await kept());
		return accept(body);
	};
	await send('c1', 'precious');
	await settled();
	expect(before).toEqual([['precious']]);
});

test('messages are sent one after the other, in the order of writing', async () => {
	answer = async (body) => {
		if (posted.length === 1) await new Promise((resolve) => setTimeout(resolve, 50));
		return accept(body);
	};
	for (const text of ['one', 'two', 'three']) void send('c1', text);
	await vi.waitFor(() => expect(posted).toHaveLength(1));
	await vi.advanceTimersByTimeAsync(100);
	await settled();
	expect(texts()).toEqual(['one', 'two', 'three']);
});

test('without a network it is tried for as long as it takes, and at once when the connection is back', async () => {
	answer = away;
	await send('c1', 'patience');
	await vi.waitFor(() => expect(pending().state).toBe('waiting'));
	for (let minute = 0; minute < 30; minute++) {
		const before = posted.length;
		await vi.advanceTimersByTimeAsync(60_000);
		await vi.waitFor(() => expect(posted.length).toBeGreaterThan(before));
		expect(pending().state).toBe('waiting');
	}
	const tries = posted.length;
	expect(new Set(posted.map(({ nonce }) => nonce)).size).toBe(1);
	expect(posted[0]?.nonce).toMatch(/^[!-~]{1,25}$/);
	answer = accept;
	wake();
	await settled();
	expect(posted.length).toBeGreaterThan(tries);
	expect(new Set(posted.map(({ nonce }) => nonce)).size).toBe(1);
});

test('a server that asks to come back later is not asked sooner', async () => {
	answer = () => Promise.reject(refusal(429, 'RATE_LIMITED', 30_000));
	await send('c1', 'slowly');
	await vi.waitFor(() => expect(pending().state).toBe('waiting'));
	answer = accept;
	wake();
	await vi.advanceTimersByTimeAsync(29_000);
	expect(posted).toHaveLength(1);
	await vi.advanceTimersByTimeAsync(2_000);
	await settled();
});

test('what waits goes on after a reload, in its order and with the same nonces', async () => {
	answer = away;
	await send('c1', 'first');
	await send('c1', 'second');
	await vi.waitFor(() => expect(pending().state).toBe('waiting'));
	const nonces = outbox.of('c1').map(({ nonce }) => nonce);
	answer = accept;
	posted = [];
	reload();
	await settled();
	expect(posted.map(({ nonce }) => nonce)).toEqual(nonces);
});

test('what is refused keeps its text and its reason over a reload, holds nothing up, and can be sent again', async () => {
	answer = (body) =>
		body.content === 'precious' ? Promise.reject(refusal(403, 'MISSING_PERMISSION')) : accept(body);
	await send('c1', 'precious');
	await send('c1', 'another');
	await vi.waitFor(async () => expect(await kept()).toEqual(['precious']));
	expect([pending().state, pending().content]).toEqual(['refused', 'precious']);
	expect(pending().reason).toMatch(/permission/);
	reload();
	await vi.waitFor(() => expect(pending()?.state).toBe('refused'));
	expect(texts()).toEqual(['precious', 'another']);
	answer = accept;
	await retry(pending());
	await settled();
	expect(texts()).toEqual(['precious', 'another', 'precious']);
	expect(posted[2]?.nonce).toBe(posted[0]?.nonce);
});

test('what its author gives up while it waits is not sent', async () => {
	answer = away;
	await send('c1', 'no');
	await vi.waitFor(() => expect(pending().state).toBe('waiting'));
	await discard(pending());
	answer = accept;
	posted = [];
	await vi.advanceTimersByTimeAsync(120_000);
	expect([outbox.of('c1'), await kept(), posted]).toEqual([[], [], []]);
});

test('somebody else on this device neither sees nor sends it, and its author still does', async () => {
	await storeMessage(unsent('of bob', { userId: bob.id }));
	reload();
	await vi.advanceTimersByTimeAsync(5_000);
	expect([outbox.all, posted]).toEqual([[], []]);
	session.me = bob;
	reload();
	await vi.waitFor(() => expect(texts()).toEqual(['of bob']));
});

test('who logs out gives up what was not sent', async () => {
	answer = away;
	await send('c1', 'gone');
	await discardAll();
	expect(await kept()).toEqual([]);
});

test('after a day the server does not know the nonce: what cannot have arrived is sent, the rest is its author’s decision', async () => {
	const day = { triedAt: Date.now() - 30 * HOUR, afterSeq: 5 };
	history = [message(6, { content: 'hm' }), message(7, { author: ada, content: 'ok' })];
	await storeMessage(unsent('a', { ...day, content: 'never said' }));
	await storeMessage(unsent('b', { ...day, content: 'ok' }));
	await storeMessage(unsent('c', { ...day, content: 'said before', afterSeq: 7 }));
	reload();
	await vi.waitFor(() => expect(texts()).toEqual(['never said', 'said before']));
	await vi.waitFor(() => expect(pending()?.state).toBe('refused'));
	expect(pending().reason).toMatch(/not certain/);
	await retry(pending());
	await vi.waitFor(() => expect(texts()).toEqual(['never said', 'said before', 'ok']));
});

test('what an earlier version of the client could not send is for its author to decide', async () => {
	const old = { nonce: 'old', userId: ada.id, channelId: 'c1', content: 'from before', createdAt: 0 };
	await (await database()).put('unsent', old);
	reload();
	await vi.waitFor(() => expect(pending()?.state).toBe('refused'));
	expect([pending().content, await (await database()).getAll('unsent'), posted]).toEqual([
		'from before',
		[],
		[],
	]);
});
