import { expect, test } from 'vitest';
import { box, formatBytes } from './kinds.ts';

test('a size is short and in units that grow by a thousand', () => {
	expect(formatBytes(0)).toBe('0 B');
	expect(formatBytes(999)).toBe('999 B');
	expect(formatBytes(1_500)).toBe('1.5 KB');
	expect(formatBytes(104_857_600)).toBe('104.9 MB');
	expect(formatBytes(2_000_000_000_000)).toBe('2,000 GB');
});

test('a box keeps the proportions and is never larger than the picture', () => {
	const most = { width: 400, height: 300 };
	expect(box(100, 50, most)).toEqual({ width: 100, height: 50 });
	expect(box(4000, 1000, most)).toEqual({ width: 400, height: 100 });
	expect(box(1000, 4000, most)).toEqual({ width: 75, height: 300 });
	expect(box(10_000, 1, most)).toEqual({ width: 400, height: 1 });
});
