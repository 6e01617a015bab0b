import { isolated } from '../text/seen.ts';
import { en, language } from './en/index.ts';

type Plural = { readonly one: string; readonly other: string };
type Catalog = typeof en;
export type Key = keyof Catalog;

/** The names in braces of a text, found by the compiler: a value that is missing does not compile. */
type Names<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type Texts<V> = V extends Plural ? V['one'] | V['other'] : V;
type Values<V> = V extends Plural
	? { count: number } & Record<Exclude<Names<Texts<V>>, 'count'>, string | number>
	: Record<Names<V>, string | number>;
type Arguments<K extends Key> = keyof Values<Catalog[K]> extends never ? [] : [values: Values<Catalog[K]>];

const catalog: Catalog = en;
/** Where lines begin in the language of the texts. What people write has its own direction. */
export const { direction } = language;
const locale = pickLocale();
const plurals = new Intl.PluralRules('en');

/** The texts are English; how dates and numbers look may follow the reader's kind of English. */
function pickLocale(): string {
	const wanted = typeof navigator === 'undefined' ? '' : navigator.language;
	return wanted.startsWith('en') ? wanted : 'en-GB';
}

/** Says to the page which language its texts are in. */
export function applyLanguage(root: HTMLElement): void {
	root.lang = language.tag;
	root.dir = language.direction;
}

/** The text of a key, with its values filled in. */
export function t<K extends Key>(key: K, ...args: Arguments<K>): string {
	const values = (args[0] ?? {}) as Record<string, string | number>;
	const entry: string | Plural = catalog[key];
	const text =
		typeof entry === 'string'
			? entry
			: entry[plurals.select(Number(values.count)) === 'one' ? 'one' : 'other'];
	return text.replace(/\{(\w+)\}/g, (_, name: string) => {
		const value = values[name] ?? '';
		return typeof value === 'number' ? formatNumber(value) : isolated(value);
	});
}

const numbers = new Intl.NumberFormat(locale);
export const formatNumber = (value: number): string => numbers.format(value);

const time = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' });
export const formatTime = (date: Date): string => time.format(date);

const day = new Intl.DateTimeFormat(locale, {
	weekday: 'long',
	day: 'numeric',
	month: 'long',
	year: 'numeric',
});
export const formatDay = (date: Date): string => day.format(date);

const short = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' });
export const formatDate = (date: Date): string => short.format(date);

const full = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'short' });
export const formatFull = (date: Date): string => full.format(date);

const list = new Intl.ListFormat(locale, { type: 'conjunction' });
export const formatList = (names: string[]): string => list.format(names);

const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
/** Such as “3 hours ago” or “in 5 days”. */
export function formatRelative(date: Date, now: number): string {
	const seconds = Math.round((date.getTime() - now) / 1000);
	const size = Math.abs(seconds);
	if (size < 60) return t('time.now');
	if (size < 3600) return relative.format(Math.trunc(seconds / 60), 'minute');
	if (size < 86_400) return relative.format(Math.trunc(seconds / 3600), 'hour');
	return relative.format(Math.trunc(seconds / 86_400), 'day');
}
