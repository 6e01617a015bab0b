import { expect, test } from 'vitest';
import { until } from './texts.ts';

const NOW = new Date(2026, 10, 28, 23, 30);
const minute = NOW.getTime() / 60_000;

test('what ends on another day is told with its day', () => {
	expect(until(new Date(2026, 10, 28, 23, 55), minute)).toMatch(/^(23:55|11:55.PM)$/);
	expect(until(new Date(2026, 10, 29, 0, 41), minute)).toMatch(/^tomorrow at /);
	expect(until(new Date(2026, 11, 19, 0, 41), minute)).toMatch(/19.*2026|Dec.*19.*2026/);
});
