import { expect, test } from 'vitest';
import { Pending } from '#lib/stores/messages/outbox.svelte.ts';
import { ada, bob, message, START, unsent } from '../../../../tests/make.ts';
import { buildRows, type MessageRow } from './rows.ts';

type Source = Parameters<typeof buildRows>[0];

function rows(source: Partial<Source>): MessageRow[] {
	const all = buildRows({ messages: [], pending: [], dividerSeq: null, me: ada, channel: 'c1', ...source });
	return all.filter((row) => row.kind === 'message');
}

const at = (seq: number, minutes: number, fields = {}): ReturnType<typeof message> =>
	message(seq, { created_at: new Date(START + minutes * 60_000).toISOString(), ...fields });

test('a run of one author has one head; a pause, another author or a new day begin another', () => {
	const heads = rows({
		messages: [
			at(1, 0),
			at(2, 6),
			at(3, 14),
			at(4, 15, { author: ada }),
			at(5, 16, { author: ada }),
			at(6, 60 * 24),
		],
	}).map(({ head }) => head);
	expect(heads).toEqual([true, false, true, true, false, true]);
});

test('a day begins where the date changes', () => {
	const days = rows({ messages: [at(1, 0), at(2, 1), at(3, 60 * 24)] }).map(({ day }) => day !== null);
	expect(days).toEqual([true, false, true]);
});

test('“New” stands once, above the first that somebody else wrote after the place', () => {
	const fresh = rows({
		messages: [at(1, 0), at(2, 1, { author: ada }), at(3, 2), at(4, 3)],
		dividerSeq: 1,
	}).map((row) => row.fresh);
	expect(fresh).toEqual([false, false, true, false]);
});

test('a deleted message leaves no hole, and the next one its head', () => {
	const shown = rows({ messages: [at(1, 0), at(2, 1, { deleted_at: 'then', author: ada }), at(3, 2)] });
	expect(shown.map(({ message, head }) => [message.seq, head])).toEqual([
		[1, true],
		[3, false],
	]);
});

test('a message keeps its row when it arrives, and is not there twice', () => {
	const pending = [new Pending(unsent('n1', { content: 'hello' }))];
	const [before] = rows({ pending });
	const after = rows({ pending, messages: [at(1, 0, { author: ada, nonce: 'n1' })] });
	expect(after).toHaveLength(1);
	expect(after[0]?.key).toBe(before?.key);
});

test('somebody else’s nonce is not mine', () => {
	const pending = [new Pending(unsent('n1', { content: 'hello' }))];
	const keys = rows({ pending, messages: [at(1, 0, { author: bob, nonce: 'n1' })] }).map(({ key }) => key);
	expect(new Set(keys).size).toBe(2);
});
