/** What the gateway client takes from its surroundings, so that tests can bring their own. */
export interface Environment {
	/** Milliseconds; only differences matter. */
	now(): number;
	setTimeout(run: () => void, ms: number): unknown;
	clearTimeout(handle: unknown): void;
	/** From 0 up to, not including, 1. */
	random(): number;
	openSocket(url: string): Socket;
}

/** The part of a browser's WebSocket that is used; Node's `ws` has it too. */
export interface Socket {
	onopen: ((event: never) => void) | null;
	onmessage: ((event: never) => void) | null;
	onclose: ((event: never) => void) | null;
	onerror: ((event: never) => void) | null;
	send(text: string): void;
	close(code?: number, reason?: string): void;
}

export const browserEnvironment: Environment = {
	now: () => performance.now(),
	setTimeout: (run, ms) => globalThis.setTimeout(run, ms),
	clearTimeout: (handle) => globalThis.clearTimeout(handle as number),
	random: () => Math.random(),
	openSocket: (url) => new WebSocket(url) as unknown as Socket,
};
