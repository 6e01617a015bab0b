import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { IDLE_MS, watchIdle } from './idle.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('nobody touches the device for a while, then somebody does', () => {
	const target = new EventTarget();
	const said: boolean[] = [];
	const end = watchIdle((idle) => said.push(idle), target);
	vi.advanceTimersByTime(IDLE_MS - 1);
	target.dispatchEvent(new Event('keydown'));
	vi.advanceTimersByTime(IDLE_MS - 1);
	expect(said).toEqual([]);
	vi.advanceTimersByTime(1);
	expect(said).toEqual([true]);
	target.dispatchEvent(new Event('pointermove'));
	target.dispatchEvent(new Event('pointermove'));
	expect(said).toEqual([true, false]);
	end();
	vi.advanceTimersByTime(2 * IDLE_MS);
	expect(said).toEqual([true, false]);
});
