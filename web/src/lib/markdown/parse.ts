import MarkdownIt, { type StateBlock, type StateInline, type Token } from 'markdown-it';

/** What a message consists of. A tree of values: it becomes elements, never HTML text. */
export type Node =
	| { type: 'text'; text: string }
	| { type: 'code'; text: string }
	| { type: 'codeblock'; text: string; language: string }
	| { type: 'break' }
	| { type: 'user' | 'role'; id: string }
	| { type: 'everyone' }
	| { type: 'link'; href: string; shows: Host | null; children: Node[] }
	| { type: 'list'; start: number | null; children: Node[] }
	| { type: Container; children: Node[] };

/** Where a link leads, told beside it: its own words say something else. */
export type Host = string;

export type Container = 'paragraph' | 'strong' | 'em' | 'strike' | 'quote' | 'spoiler' | 'item';

const CONTAINERS: Record<string, Container> = {
	paragraph: 'paragraph',
	strong: 'strong',
	em: 'em',
	s: 'strike',
	blockquote: 'quote',
	spoiler: 'spoiler',
	list_item: 'item',
};

/** So deep is a tree at most. What stands deeper loses its form and keeps its words: elements are drawn recursively. */
export const MOST_DEPTH = 16;

const SAFE_LINK = /^(https?|mailto):/i;
const MENTION = /^<@(&?)([0-9A-HJKMNP-TV-Z]{26})>/;
const EVERYONE = '@everyone';

const markdown = new MarkdownIt('zero', { linkify: true, breaks: true, maxNesting: 40 });
markdown.enable([
	'fence',
	'blockquote',
	'list',
	'linkify',
	'newline',
	'escape',
	'backticks',
	'strikethrough',
	'emphasis',
	'link',
	'autolink',
]);
// Delimiters that belong together are found in a second pass.
markdown.inline.ruler2.enable(['balance_pairs', 'strikethrough', 'emphasis', 'fragments_join'], true);
markdown.validateLink = (url) => SAFE_LINK.test(url);
markdown.inline.ruler.at('text', plainText);
markdown.inline.ruler.before('escape', 'mention', mention);
markdown.inline.ruler.before('escape', 'spoiler', spoiler);

// Before all others of its kind.
markdown.block.ruler.before('fence', 'deep', deep);

/** Quotes and lists within quotes and lists are plain text from some depth on: the parser itself would leave them out. */
function deep(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
	if (state.level < MOST_DEPTH / 2) return false;
	if (silent) return true;
	const map: [number, number] = [startLine, endLine];
	state.push('paragraph_open', 'p', 1).map = map;
	const inline = state.push('inline', '', 0);
	inline.content = state.getLines(startLine, endLine, state.blkIndent, false).trim();
	inline.map = map;
	inline.children = [];
	state.push('paragraph_close', 'p', -1);
	state.line = endLine;
	return true;
}

/** As the built-in rule, but it also stops where spoilers and mentions of everyone begin. */
function plainText(state: StateInline, silent: boolean): boolean {
	let end = state.pos;
	while (end < state.posMax && !'\n!#$%&*+-:<=>@[\\]^_`{|}~'.includes(state.src.charAt(end))) end++;
	if (end === state.pos) return false;
	if (!silent) state.pending += state.src.slice(state.pos, end);
	state.pos = end;
	return true;
}

function mention(state: StateInline, silent: boolean): boolean {
	const rest = state.src.slice(state.pos, state.pos + 30);
	const found = MENTION.exec(rest);
	const length = found?.[0].length ?? (namesEveryone(state) ? EVERYONE.length : 0);
	if (length === 0) return false;
	if (!silent) {
		const token = state.push('mention', '', 0);
		token.content = found?.[2] ?? '';
		token.info = found ? (found[1] ? 'role' : 'user') : 'everyone';
	}
	state.pos += length;
	return true;
}

/** A word of its own, and no part of an address: the server reads the same way (shared/wire/testdata/mentions.json). */
function namesEveryone({ src, pos }: StateInline): boolean {
	const after = src.charAt(pos + EVERYONE.length);
	return src.startsWith(EVERYONE, pos) && !/[\w./:@%+-]/.test(src.charAt(pos - 1)) && !/\w/.test(after);
}

function spoiler(state: StateInline, silent: boolean): boolean {
	if (!state.src.startsWith('||', state.pos)) return false;
	const start = state.pos + 2;
	const end = state.src.indexOf('||', start);
	if (end <= start || end >= state.posMax) return false;
	if (!silent) {
		const { posMax } = state;
		state.push('spoiler_open', '', 1);
		state.pos = start;
		state.posMax = end;
		state.md.inline.tokenize(state);
		state.push('spoiler_close', '', -1);
		state.posMax = posMax;
	}
	state.pos = end + 2;
	return true;
}

/** Reads what somebody wrote. Whatever it is, the answer is a tree and no exception. */
export function parse(content: string): Node[] {
	return build(markdown.parse(content, {}));
}

/** Without recursion: how deep tokens are nested is up to who writes. */
function build(tokens: Token[]): Node[] {
	const root: Node[] = [];
	// The lists that are open, the innermost last; beyond the depth the same list stands here again and again.
	const stack: Node[][] = [root];
	const links: Extract<Node, { type: 'link' }>[] = [];
	const flat = tokens.flatMap((token) => (token.type === 'inline' ? (token.children ?? []) : [token]));
	for (const token of flat) {
		const top = stack.at(-1) ?? root;
		if (token.nesting === -1) {
			if (stack.length > 1) stack.pop();
		} else if (token.nesting === 1) {
			if (stack.length > MOST_DEPTH) {
				stack.push(top);
				continue;
			}
			const node = open(token);
			top.push(node);
			stack.push(node.children);
			if (node.type === 'link') links.push(node);
		} else {
			top.push(leaf(token));
		}
	}
	for (const link of links) link.shows = host(link.href, words(link.children));
	return root;
}

/** The text of a tree that is no deeper than [`MOST_DEPTH`]. */
export function words(nodes: Node[]): string {
	return nodes
		.map((node) => ('children' in node ? words(node.children) : 'text' in node ? node.text : ''))
		.join('');
}

/** The host that a link leads to, unless its own words are the address. Of a mail address the address itself. */
function host(href: string, shown: string): Host | null {
	const bare = (text: string) =>
		text
			.trim()
			.replace(/^(https?:\/\/|mailto:)/i, '')
			.replace(/\/$/, '');
	if (bare(shown) === bare(href) || bare(encodeURI(shown)) === bare(href)) return null;
	// Browsers would not open it either; the address says at least what was written.
	if (!URL.canParse(href)) return href;
	const url = new URL(href);
	return url.protocol === 'mailto:' ? url.pathname : url.host;
}

function open(token: Token): Extract<Node, { children: Node[] }> {
	const children: Node[] = [];
	if (token.type === 'link_open')
		return { type: 'link', href: String(token.attrGet('href') ?? ''), shows: null, children };
	if (token.type === 'bullet_list_open') return { type: 'list', start: null, children };
	if (token.type === 'ordered_list_open') {
		return { type: 'list', start: Number(token.attrGet('start') ?? 1), children };
	}
	return { type: CONTAINERS[token.type.replace(/_open$/, '')] ?? 'paragraph', children };
}

function leaf(token: Token): Node {
	switch (token.type) {
		case 'softbreak':
		case 'hardbreak':
			return { type: 'break' };
		case 'code_inline':
			return { type: 'code', text: token.content };
		case 'fence':
			return { type: 'codeblock', text: token.content.replace(/\n$/, ''), language: token.info.trim() };
		case 'mention':
			if (token.info === 'everyone') return { type: 'everyone' };
			return { type: token.info === 'role' ? 'role' : 'user', id: token.content };
		default:
			return { type: 'text', text: token.content };
	}
}

const ONLY_EMOJI =
	/^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F?|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u200D|\s)+$/u;
const MOST_JUMBO_CHARACTERS = 60;

/** Nothing but a few emoji: they are shown large. */
export function isJumbo(content: string): boolean {
	return content.length <= MOST_JUMBO_CHARACTERS && ONLY_EMOJI.test(content);
}
