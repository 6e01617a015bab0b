import { ApiError, NetworkError, type ErrorCode, type Message } from '@kith/sdk';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ada, channel, message } from '../../../tests/make.ts';
import { database } from '../api/database.ts';
import { outbox } from '../stores/messages/outbox.svelte.ts';
import { session } from '../stores/session.svelte.ts';
import { discard, openChannel, restoreUnsent, retry, send } from './messages.ts';

type Posted = { content: string; nonce: string };
let posted: Posted[];
let answer: (body: Posted) => Promise<Message>;

vi.mock('../api/client.ts', () => ({
	api: {
		post: (_: string, body: Posted) => {
			posted.push(body);
			return answer(body);
		},
		messages: async () => [],
		acknowledge: async () => undefined,
	},
}));

const refusal = (status: number, code: ErrorCode): ApiError =>
	new ApiError(status, { code, message: 'no', request_id: '' }, null);
let seq = 0;
const accept = async ({ content, nonce }: Posted): Promise<Message> =>
	message(++seq, { author: ada, content, nonce });
const pending = () => outbox.of('c1')[0]!;
const unsent = async () => (await database()).getAll('unsent');

beforeEach(() => {
	vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
	session.me = ada;
	posted = [];
	answer = accept;
});

afterEach(async () => {
	for (const item of outbox.of('c1')) discard(item);
	await (await database()).clear('unsent');
	vi.useRealTimers();
});

test('a message shows at once, dims only when it takes long, and leaves when it has arrived', async () => {
	const timeline = openChannel(channel('c1'));
	await vi.waitFor(() => expect(timeline.status).toBe('ready'));
	let arrive: () => void = () => undefined;
	answer = (body) => new Promise((resolve) => (arrive = () => void accept(body).then(resolve)));
	send('c1', 'hello');
	expect([pending().content, pending().slow]).toEqual(['hello', false]);
	await vi.advanceTimersByTimeAsync(310);
	expect(pending().slow).toBe(true);
	arrive();
	await vi.waitFor(() => expect(outbox.of('c1')).toEqual([]));
	expect(timeline.messages.map(({ content }) => content)).toEqual(['hello']);
});

test('messages are sent one after the other, in the order of writing', async () => {
	const order: string[] = [];
	answer = async (body) => {
		await new Promise((resolve) => setTimeout(resolve, order.length === 0 ? 50 : 1));
		order.push(body.content);
		return accept(body);
	};
	for (const text of ['one', 'two', 'three']) send('c1', text);
	await vi.advanceTimersByTimeAsync(100);
	expect(order).toEqual(['one', 'two', 'three']);
});

test('without a network it tries again by itself, with the same nonce', async () => {
	let failures = 2;
	answer = (body) => (failures-- > 0 ? Promise.reject(new NetworkError('away')) : accept(body));
	send('c1', 'hello');
	await vi.advanceTimersByTimeAsync(4000);
	expect(posted).toHaveLength(3);
	expect(new Set(posted.map(({ nonce }) => nonce)).size).toBe(1);
	expect(posted[0]?.nonce).toMatch(/^[!-~]{1,25}$/);
	await vi.advanceTimersByTimeAsync(2000);
	expect(outbox.of('c1')).toEqual([]);
});

test('what is refused keeps its text, survives a reload, and can be sent again', async () => {
	answer = () => Promise.reject(refusal(403, 'MISSING_PERMISSION'));
	send('c1', 'precious');
	await vi.waitFor(async () => expect(await unsent()).toHaveLength(1));
	expect([pending().state, pending().content, posted.length]).toEqual(['failed', 'precious', 1]);
	const { nonce } = pending();
	outbox.remove('c1', nonce);
	await restoreUnsent();
	expect([pending().state, pending().content, pending().nonce]).toEqual(['failed', 'precious', nonce]);
	answer = accept;
	retry(pending());
	await vi.advanceTimersByTimeAsync(2000);
	expect(posted.map((body) => body.nonce)).toEqual([nonce, nonce]);
	expect([outbox.of('c1'), await unsent()]).toEqual([[], []]);
});

test('what one throws away is gone', async () => {
	answer = () => Promise.reject(refusal(403, 'BLOCKED'));
	send('c1', 'no');
	await vi.waitFor(async () => expect(await unsent()).toHaveLength(1));
	discard(pending());
	await vi.waitFor(async () => expect(await unsent()).toEqual([]));
	expect(outbox.of('c1')).toEqual([]);
});

test('somebody else on this device does not see it', async () => {
	await (
		await database()
	).put('unsent', { nonce: 'n', userId: 'other', channelId: 'c1', content: 'x', createdAt: 0 });
	await restoreUnsent();
	expect(outbox.of('c1')).toEqual([]);
});
