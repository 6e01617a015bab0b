import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isJumbo, MOST_DEPTH, parse, words, type Node } from './parse.ts';

/** The tree as one line, for reading. */
function show(nodes: Node[]): string {
	return nodes
		.map((node) => {
			if ('children' in node) return `${node.type}(${show(node.children)})`;
			if ('text' in node) return node.type === 'text' ? node.text : `${node.type}[${node.text}]`;
			return 'id' in node ? `${node.type}<${node.id.slice(-2)}>` : node.type;
		})
		.join('');
}

const shown = (content: string): string => show(parse(content));
const ADA = '01M7X094NF15018JC8E57M87Z4';

test.each([
	['**bold** *it* _it_ ~~gone~~', 'paragraph(strong(bold) em(it) em(it) strike(gone))'],
	['a `code **x**` b', 'paragraph(a code[code **x**] b)'],
	['```js\nlet a;\n```', 'codeblock[let a;]'],
	['> said\n> twice\n\nanswer', 'quote(paragraph(saidbreaktwice))paragraph(answer)'],
	['one\ntwo', 'paragraph(onebreaktwo)'],
	['- a\n- b', 'list(item(paragraph(a))item(paragraph(b)))'],
	[`hi <@${ADA}>!`, 'paragraph(hi user<Z4>!)'],
	[`<@&${ADA}> and @everyone`, 'paragraph(role<Z4> and everyone)'],
	['||secret **x**|| open', 'paragraph(spoiler(secret strong(x)) open)'],
	['a || b', 'paragraph(a || b)'],
	['see https://kith.example/a_b_c.', 'paragraph(see link(https://kith.example/a_b_c).)'],
	['[text](https://kith.example)', 'paragraph(link(text))'],
	['# not a heading', 'paragraph(# not a heading)'],
	['<b>no html</b>', 'paragraph(<b>no html</b>)'],
])('%s', (content, tree) => expect(shown(content)).toBe(tree));

test('a link can only lead to the web or to a mail address', () => {
	expect(shown('[x](javascript:alert(1))')).toBe('paragraph([x](javascript:alert(1)))');
	expect(shown('[x](data:text/html,a)')).toBe('paragraph([x](data:text/html,a))');
});

interface MentionCase {
	about: string;
	text: string;
	users: string[];
	roles: string[];
	everyone: boolean;
}
const MENTIONS = JSON.parse(readFileSync('../shared/wire/testdata/mentions.json', 'utf8')) as MentionCase[];

function mentioned(nodes: Node[]): Node[] {
	return nodes.flatMap((node) => ('children' in node ? mentioned(node.children) : [node]));
}

test.each(MENTIONS)('mentions $about are read as the server reads them', (expected) => {
	const found = mentioned(parse(expected.text));
	const ids = (type: 'user' | 'role') => [
		...new Set(found.flatMap((node) => (node.type === type && 'id' in node ? [node.id] : []))),
	];
	expect({
		users: ids('user'),
		roles: ids('role'),
		everyone: found.some((node) => node.type === 'everyone'),
	}).toEqual({ users: expected.users, roles: expected.roles, everyone: expected.everyone });
});

test.each([
	['[text](https://kith.example)', 'kith.example'],
	['[https://bank.example](https://thief.example/x)', 'thief.example'],
	['[bank.example](https://bank.example.thief.example)', 'bank.example.thief.example'],
	['[bаnk](https://bаnk.example)', 'xn--bnk-6cd.example'],
	['[write](mailto:ada@kith.example)', 'ada@kith.example'],
	['https://kith.example/a', null],
	['<https://kith.example/a/>', null],
	['[kith.example/a](https://kith.example/a)', null],
])('%s tells where it leads', (content, host) => {
	const [paragraph] = parse(content);
	const link = paragraph && 'children' in paragraph ? paragraph.children[0] : undefined;
	expect(link?.type === 'link' && link.shows).toBe(host);
});

function depth(nodes: Node[]): number {
	return nodes.reduce((most, node) => Math.max(most, 'children' in node ? 1 + depth(node.children) : 1), 0);
}

test('however deep something is nested, its tree is not, and its words stay', () => {
	const shapes = [
		['~~a ', 'a~~ '],
		['**b ', 'b** '],
		['*c _c ', 'c_ c* '],
		['> ', ''],
		['- ', ''],
		['[d ', 'd](https://kith.example) '],
		['||e ', 'e|| '],
	];
	for (const [open = '', close = ''] of shapes) {
		for (const times of [20, 300, 2000]) {
			const tree = parse(`${open.repeat(times)}inside${close.repeat(times)}`);
			expect(depth(tree)).toBeLessThanOrEqual(MOST_DEPTH + 1);
			expect(words(tree)).toContain('inside');
		}
	}
});

/** A small generator of the same numbers each time. */
function chance(seed: number): (below: number) => number {
	let state = seed;
	return (below) => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return Math.floor((state / 2 ** 32) * below);
	};
}

test('whatever is put together from the pieces of the language is read, with a bounded tree', () => {
	const pieces = [
		...['*', '**', '_', '__', '~~', '`', '```', '||', '> ', '- ', '1. ', '\n', '\n\n', ' ', '\\'],
		...['[', ']', '(', ')', '](', '](https://a.example)', '<', '>', '<@', '<@&', `<@${ADA}>`, '@everyone'],
		...[
			'https://a.example/x_y',
			'a',
			'word',
			'é',
			'👩‍👩‍👧',
			'\u202e',
			'\u0000',
			'    ',
			'\t',
			'#',
			'---',
			'&amp;',
		],
	];
	for (let seed = 1; seed <= 600; seed++) {
		const next = chance(seed);
		const few = Array.from({ length: 1 + next(6) }, () => pieces[next(pieces.length)] ?? '');
		let text = '';
		const length = seed % 20 === 0 ? 8000 : 400;
		while (text.length < length) text += next(3) === 0 ? (pieces[next(pieces.length)] ?? '') : few.join('');
		const tree = parse(text);
		expect(depth(tree)).toBeLessThanOrEqual(MOST_DEPTH + 1);
		expect(words(tree).length).toBeLessThanOrEqual(text.length * 2);
	}
});

test('no text is too strange to be read', () => {
	for (const text of ['> ', '*', '[', '||', '`', '- ', '<@', '**a ']) {
		expect(() => parse(text.repeat(4000 / text.length))).not.toThrow();
	}
});

test('only emoji are large', () => {
	expect(isJumbo('🎉')).toBe(true);
	expect(isJumbo('👩‍👩‍👧 ❤️ 🇪🇺')).toBe(true);
	expect(isJumbo('🎉 yes')).toBe(false);
	expect(isJumbo('12')).toBe(false);
});
