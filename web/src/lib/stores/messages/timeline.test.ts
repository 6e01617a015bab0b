import { ApiError, type Message, type MessagePage, type Page, pageOf } from '@kith/sdk';
import { beforeEach, expect, test, vi } from 'vitest';
import { message, run } from '../../../../tests/make.ts';
import { MOST_ROWS, Timeline } from './timeline.svelte.ts';

/** The channel as the server has it. */
let stored: Message[];
let asked: MessagePage[];
let timeline: Timeline;

/** How many of them fit a page, however many are asked for. */
let room: number;

async function load(_: string, page: MessagePage): Promise<Page<Message>> {
	asked.push(page);
	const limit = Math.min(page.limit ?? 50, room);
	const before = stored.find(({ id }) => id === page.before)?.seq;
	const after = page.after_seq;
	const found = stored.filter(({ seq }) => seq < (before ?? Infinity) && seq > (after ?? 0));
	const part = after === undefined ? found.slice(-limit) : found.slice(0, limit);
	return pageOf(part, part.length < found.length);
}

const seqs = (): number[] => timeline.messages.map(({ seq }) => seq);
const span = (): [number | undefined, number | undefined] => [seqs()[0], seqs().at(-1)];
/** Nothing is missing, doubled or out of order. */
const contiguous = (): boolean => seqs().every((seq, index) => seq === seqs()[0]! + index);

beforeEach(() => {
	stored = run(1, 500);
	room = 100;
	asked = [];
	timeline = new Timeline('c1', load);
});

test('opens at the newest page and appends what comes', async () => {
	await timeline.openNewest();
	expect([span(), timeline.atStart, timeline.atEnd]).toEqual([[451, 500], false, true]);
	timeline.received(message(501));
	expect(span()).toEqual([451, 501]);
});

test('what comes while the page is loading is not lost', async () => {
	const opening = timeline.openNewest();
	timeline.received(message(501));
	await opening;
	expect(span()).toEqual([451, 501]);
});

test('pages up to the beginning', async () => {
	stored = run(1, 120);
	await timeline.openNewest();
	await timeline.loadBefore();
	expect([span(), timeline.atStart]).toEqual([[21, 120], false]);
	await timeline.loadBefore();
	expect([span(), timeline.atStart]).toEqual([[1, 120], true]);
	await timeline.loadBefore();
	expect(asked).toHaveLength(3);
});

test('short pages are no end: everything is there, once', async () => {
	room = 7;
	stored = run(1, 60);
	await timeline.openNewest();
	expect([span(), timeline.atStart]).toEqual([[54, 60], false]);
	while (!timeline.atStart) await timeline.loadBefore();
	expect([span(), contiguous()]).toEqual([[1, 60], true]);
	await timeline.openAt(20);
	expect([span(), timeline.atEnd]).toEqual([[6, 12], false]);
	while (!timeline.atEnd) await timeline.loadAfter();
	expect([span(), contiguous()]).toEqual([[6, 60], true]);
});

test('the far end is dropped, loaded again on the way back, and live messages wait for it', async () => {
	await timeline.openNewest();
	while (timeline.atEnd) await timeline.loadBefore();
	expect(seqs().length).toBeLessThanOrEqual(MOST_ROWS);
	stored.push(message(501));
	timeline.received(message(501));
	expect(seqs()).not.toContain(501);
	while (!timeline.atEnd) await timeline.loadAfter();
	expect(span()[1]).toBe(501);
	expect(contiguous()).toBe(true);
});

test('the same message twice is one', async () => {
	await timeline.openNewest();
	timeline.received(message(501));
	timeline.received(message(501, { content: 'again' }));
	expect(seqs().filter((seq) => seq === 501)).toHaveLength(1);
});

test('a message that overtakes another waits for it', async () => {
	await timeline.openNewest();
	timeline.received(message(502));
	expect(span()[1]).toBe(500);
	timeline.received(message(501));
	expect(span()[1]).toBe(502);
	expect(contiguous()).toBe(true);
});

test('a message that stays away is fetched', async () => {
	vi.useFakeTimers();
	await timeline.openNewest();
	stored.push(message(501), message(502));
	timeline.received(message(502));
	await vi.advanceTimersByTimeAsync(500);
	expect([span()[1], contiguous()]).toEqual([502, true]);
	vi.useRealTimers();
});

test('edits and deletions reach what is shown and what still waits', async () => {
	await timeline.openNewest();
	timeline.updated(message(460, { content: 'edited' }));
	timeline.received(message(502));
	timeline.deleted(502, '2026-11-21T11:00:00Z');
	timeline.received(message(501));
	expect(timeline.messages.find(({ seq }) => seq === 460)?.content).toBe('edited');
	expect(timeline.messages.at(-1)).toMatchObject({
		seq: 502,
		content: '',
		deleted_at: '2026-11-21T11:00:00Z',
	});
});

test('a message that is changed stays the same row', async () => {
	await timeline.openNewest();
	timeline.received(message(501, { nonce: 'n1' }));
	timeline.updated(message(501, { content: 'edited' }));
	expect(timeline.messages.at(-1)).toMatchObject({ content: 'edited', nonce: 'n1' });
});

test('after a break the same window is read again, with what was missed', async () => {
	await timeline.openNewest();
	await timeline.loadBefore();
	stored[459] = message(460, { content: 'edited meanwhile' });
	stored.push(...run(501, 640));
	await timeline.reload();
	expect([span(), contiguous()]).toEqual([[401, 640], true]);
	expect(timeline.messages.find(({ seq }) => seq === 460)?.content).toBe('edited meanwhile');
});

test('opens at a place in the middle', async () => {
	await timeline.openAt(200);
	expect([span(), timeline.atStart, timeline.atEnd]).toEqual([[186, 235], false, false]);
	expect(timeline.target).toEqual({ seq: 200 });
});

test('without the right to read history only what comes is shown', async () => {
	const refusal = new ApiError(403, { code: 'MISSING_PERMISSION', message: '', request_id: '' }, null);
	timeline = new Timeline('c1', () => Promise.reject(refusal));
	await timeline.openNewest();
	expect([timeline.status, timeline.unreadable]).toEqual(['ready', true]);
	timeline.received(message(77));
	timeline.received(message(78));
	timeline.updated(message(77, { content: 'edited' }));
	expect(timeline.messages.map(({ content }) => content)).toEqual(['edited', 'number 78']);
});

test('a page that does not come can be asked for again', async () => {
	await timeline.openNewest();
	let broken = true;
	const shaky = new Timeline('c1', (id, page) =>
		broken ? Promise.reject(new Error('away')) : load(id, page),
	);
	await shaky.openNewest();
	expect(shaky.status).toBe('failed');
	broken = false;
	await shaky.openNewest();
	broken = true;
	await shaky.loadBefore();
	expect([shaky.pagingFailed, shaky.messages.length]).toEqual([true, 50]);
	broken = false;
	await shaky.loadBefore();
	expect([shaky.pagingFailed, shaky.messages.length]).toEqual([false, 100]);
});
