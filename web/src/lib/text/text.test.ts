import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fold } from './fold.ts';
import { isBlank, isolated } from './seen.ts';

/** The server runs them too. */
const CASES = JSON.parse(readFileSync('../shared/types/testdata/text.json', 'utf8')) as {
	blank: string[];
	seen: string[];
	folded: [string, string][];
};

test.each(CASES.blank.map((text) => [escape(text), text]))('%s shows nothing', (_, text) => {
	expect(isBlank(text)).toBe(true);
});

test.each(CASES.seen.map((text) => [escape(text), text]))('%s shows something', (_, text) => {
	expect(isBlank(text)).toBe(false);
});

test.each(CASES.folded)('%s is compared as %s', (text, folded) => {
	expect(fold(text)).toBe(folded);
	expect(fold(folded)).toBe(folded);
});

test('a foreign name does not turn the sentence that it stands in', () => {
	expect(isolated('Ada')).toBe('Ada');
	expect(isolated('שלום')).toBe('\u2068שלום\u2069');
	expect(isolated('ada\u202enimda')).toBe('\u2068adanimda\u2069');
	expect(isolated('\u2069x')).toBe('\u2068x\u2069');
});

function escape(text: string): string {
	return [...text].map((letter) => (letter.codePointAt(0) ?? 0).toString(16)).join(' ');
}
