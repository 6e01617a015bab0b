/** Bounds of the wait between two attempts to connect, in milliseconds. */
export interface BackoffBounds {
	first: number;
	most: number;
}

export const DEFAULT_BACKOFF: BackoffBounds = { first: 500, most: 30_000 };

/**
 * Full jitter: anything from nothing to twice the last bound. After a gateway dies its clients come back spread
 * out, not all in the same instant.
 */
export function backoff(attempt: number, bounds: BackoffBounds, random: () => number): number {
	const bound = Math.min(bounds.most, bounds.first * 2 ** Math.min(attempt, 16));
	return Math.round(random() * bound);
}
