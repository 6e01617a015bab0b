import MarkdownIt, { type StateInline, type Token } from 'markdown-it';

/** What a message consists of. A tree of values: it becomes elements, never HTML text. */
export type Node =
	| { type: 'text'; text: string }
	| { type: 'code'; text: string }
	| { type: 'codeblock'; text: string; language: string }
	| { type: 'break' }
	| { type: 'user' | 'role'; id: string }
	| { type: 'everyone' }
	| { type: 'link'; href: string; children: Node[] }
	| { type: 'list'; start: number | null; children: Node[] }
	| { type: Container; children: Node[] };

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

const SAFE_LINK = /^(https?|mailto):/i;
const MENTION = /^<@(&?)([0-9A-HJKMNP-TV-Z]{26})>/;
const EVERYONE = '@everyone';

const markdown = new MarkdownIt('zero', { linkify: true, breaks: true, maxNesting: 12 });
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
	const length = found?.[0].length ?? (rest.startsWith(EVERYONE) ? EVERYONE.length : 0);
	if (length === 0) return false;
	if (!silent) {
		const token = state.push('mention', '', 0);
		token.content = found?.[2] ?? '';
		token.info = found ? (found[1] ? 'role' : 'user') : 'everyone';
	}
	state.pos += length;
	return true;
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

function build(tokens: Token[]): Node[] {
	const root: Node[] = [];
	const stack: Node[][] = [root];
	for (const token of tokens) {
		const top = stack.at(-1) ?? root;
		if (token.nesting === -1) {
			if (stack.length > 1) stack.pop();
		} else if (token.nesting === 1) {
			const node = open(token);
			top.push(node);
			stack.push(node.children);
		} else if (token.type === 'inline') {
			top.push(...build(token.children ?? []));
		} else {
			top.push(leaf(token));
		}
	}
	return root;
}

function open(token: Token): Extract<Node, { children: Node[] }> {
	const children: Node[] = [];
	if (token.type === 'link_open')
		return { type: 'link', href: String(token.attrGet('href') ?? ''), children };
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
