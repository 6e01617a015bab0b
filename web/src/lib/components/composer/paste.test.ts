import { expect, test } from 'vitest';
import { isText } from './paste.ts';

function clipboard(texts: Record<string, string>, types: string[]): DataTransfer {
	return {
		files: types.map((type) => new File(['x'], 'x', { type })),
		types: [...Object.keys(texts), ...(types.length > 0 ? ['Files'] : [])],
		getData: (type: string) => texts[type] ?? '',
	} as unknown as DataTransfer;
}

test.each([
	['cells of a spreadsheet', { 'text/plain': '1\t2', 'text/html': '<table></table>' }, ['image/png'], true],
	['a picture of a page', { 'text/html': '<img>' }, ['image/png'], false],
	['a file of a folder', { 'text/plain': 'notes.png' }, ['image/png'], false],
	['a document that brings its words', { 'text/plain': 'a', 'text/html': 'a' }, ['application/pdf'], false],
	['a picture of the screen', {}, ['image/png'], false],
])('%s', (_, texts, files, expected) => {
	expect(isText(clipboard(texts, files))).toBe(expected);
});

test('nothing is no text', () => expect(isText(null)).toBe(false));
