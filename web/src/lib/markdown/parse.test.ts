import { expect, test } from 'vitest';
import { isJumbo, parse, type Node } from './parse.ts';

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
