import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applyLanguage } from './runtime.ts';

const SOURCES = join(import.meta.dirname, '../..');
/** Class names that mean a side of the screen, where the beginning or the end of a line is meant. */
const SIDES =
	/(?<=[\s"'`:!-])(?:m[lr]|p[lr]|left|right|border-[lr]|rounded-(?:[lr]|[tb][lr])|text-(?:left|right)|scroll-[mp][lr])(?:-(?:\[|auto|px|full|\d)|(?=[\s"'`]))/;

test('nothing is placed by left or right, so that a language from right to left turns the page around', () => {
	const found = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
		.filter((path) => path.endsWith('.svelte') || path.endsWith('menu.ts'))
		.flatMap((path) =>
			[
				...readFileSync(join(SOURCES, path), 'utf8').matchAll(
					/(?:class=|class: extra|const \w+ =\s)\s*(?:"[^"]*"|\{\[[\s\S]*?\]\}|'[^']*')/g,
				),
			]
				.map(([classes]) => SIDES.exec(classes)?.[0])
				.flatMap((side) => (side === undefined ? [] : [`${path}: ${side}`])),
		);
	expect(found).toEqual([]);
});

test('a class that names a side is noticed', () => {
	for (const classes of ['class="ml-2"', 'class="flex -left-1"', 'class="sm:pr-4 x"', 'class="border-l "'])
		expect(SIDES.test(classes), classes).toBe(true);
	for (const classes of ['class="ms-2"', 'class="-inset-s-1"', 'class="sm:pe-4"', 'class="border-line"'])
		expect(SIDES.test(classes), classes).toBe(false);
});

test('the page says its language and where lines begin', () => {
	applyLanguage(document.documentElement);
	expect(document.documentElement.lang).toBe('en');
	expect(document.documentElement.dir).toBe('ltr');
});
