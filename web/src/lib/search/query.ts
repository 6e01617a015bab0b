import type { Id, SearchQuery } from '@kith/sdk';

export type FilterName = 'from' | 'in' | 'has' | 'mentions' | 'before' | 'after';

/** A filter as it was typed: `from:ada`, `in:"two words"`. */
export interface Filter {
	name: FilterName;
	value: string;
	/** As it stands in the text. */
	text: string;
}

export interface Typed {
	filters: Filter[];
	/** What is left: words and phrases. */
	content: string;
}

const FILTER = /(?<=^|\s)(from|in|has|mentions|before|after):("[^"]*"?|\S+)/gi;

/** What a message can have besides words. */
const MARKS = ['link', 'file', 'image', 'video', 'audio'] as const satisfies SearchQuery['has'][];

/** Takes filters out of what was typed. */
export function parse(text: string): Typed {
	const filters: Filter[] = [];
	const content = text.replace(FILTER, (whole, name: string, value: string) => {
		filters.push({
			name: name.toLowerCase() as FilterName,
			value: value.replaceAll('"', '').replace(/^[@#]/, ''),
			text: whole,
		});
		return ' ';
	});
	return { filters, content: content.replace(/\s+/g, ' ').trim() };
}

/** The text without a filter. */
export function without(text: string, filter: Filter): string {
	return text.replace(filter.text, '').replace(/\s+/g, ' ').trim();
}

/** Who and what names stand for in this place. */
export interface Names {
	user(name: string): Id | undefined;
	channel(name: string): Id | undefined;
}

/** What to ask the server, and where; or what cannot be understood. */
export type Meaning =
	| { ok: true; query: SearchQuery; channel: Id | null }
	| {
			ok: false;
			problem: 'search.nobody' | 'search.noChannel' | 'search.noMark' | 'search.noDay';
			value: string;
	  };

/** Of two filters with the same name the last one counts. */
export function understand({ filters, content }: Typed, names: Names): Meaning {
	const query: SearchQuery = content ? { content } : {};
	let channel: Id | null = null;
	for (const { name, value } of filters) {
		switch (name) {
			case 'from':
			case 'mentions': {
				const user = names.user(value);
				if (!user) return { ok: false, problem: 'search.nobody', value };
				query[name === 'from' ? 'author_id' : 'mentions'] = user;
				break;
			}
			case 'in': {
				const found = names.channel(value);
				if (!found) return { ok: false, problem: 'search.noChannel', value };
				channel = found;
				break;
			}
			case 'has': {
				const mark = MARKS.find((mark) => mark === value.toLowerCase());
				if (!mark) return { ok: false, problem: 'search.noMark', value };
				query.has = mark;
				break;
			}
			default: {
				const day = startOfDay(value);
				if (!day) return { ok: false, problem: 'search.noDay', value };
				query[name] = day;
			}
		}
	}
	return { ok: true, query, channel };
}

/** When a day begins where the reader is; null if it is none. */
function startOfDay(text: string): string | null {
	const [, year, month, day] = (/^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text) ?? []).map(Number);
	if (year === undefined || month === undefined || day === undefined) return null;
	const date = new Date(year, month - 1, day);
	// The 31st of a short month is no day.
	return date.getMonth() === month - 1 && date.getDate() === day ? date.toISOString() : null;
}
