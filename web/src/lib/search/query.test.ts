import { expect, test } from 'vitest';
import { parse, understand, without } from './query.ts';

const names = {
	user: (name: string) => (name === 'ada' ? '01ADA' : undefined),
	channel: (name: string) => (name === 'tea room' ? '01TEA' : undefined),
};

test('filters are taken out of what was typed, wherever they stand', () => {
	const typed = parse('from:@ada  green "hot tea" in:"tea room" has:link http://from:x');
	expect(typed.content).toBe('green "hot tea" http://from:x');
	expect(typed.filters.map(({ name, value }) => [name, value])).toEqual([
		['from', 'ada'],
		['in', 'tea room'],
		['has', 'link'],
	]);
	expect(understand(typed, names)).toEqual({
		ok: true,
		query: { content: 'green "hot tea" http://from:x', author_id: '01ADA', has: 'link' },
		channel: '01TEA',
	});
});

test('days are the reader’s days', () => {
	const meaning = understand(parse('before:2026-03-02 after:2026-3-1'), names);
	expect(meaning).toMatchObject({
		query: { before: new Date(2026, 2, 2).toISOString(), after: new Date(2026, 2, 1).toISOString() },
	});
});

test('attachments are asked for by what they are', () => {
	for (const has of ['file', 'image', 'video', 'audio']) {
		expect(understand(parse(`has:${has.toUpperCase()}`), names)).toMatchObject({ ok: true, query: { has } });
	}
});

test('what cannot be understood is told', () => {
	const problem = (text: string): unknown => {
		const meaning = understand(parse(text), names);
		return meaning.ok ? null : meaning.problem;
	};
	expect(problem('from:bob')).toBe('search.nobody');
	expect(problem('mentions:bob')).toBe('search.nobody');
	expect(problem('in:nowhere')).toBe('search.noChannel');
	expect(problem('has:everything')).toBe('search.noMark');
	expect(problem('before:yesterday')).toBe('search.noDay');
	expect(problem('after:2026-02-30')).toBe('search.noDay');
});

test('a filter can be removed again', () => {
	const text = 'green from:ada tea';
	const [filter] = parse(text).filters;
	expect(filter && without(text, filter)).toBe('green tea');
});
