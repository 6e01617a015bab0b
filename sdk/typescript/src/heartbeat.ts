import type { Environment } from './environment.ts';

/** How long a beat that was asked for out of turn may stay without an answer. */
const IMPATIENT_MS = 5_000;

/** Beats at the server's interval and notices when no answer comes: a dead network closes no socket by itself. */
export class Heartbeat {
	readonly #environment: Environment;
	readonly #send: () => void;
	readonly #missed: () => void;
	#interval = 0;
	#timer: unknown = null;
	#impatience: unknown = null;
	#sentAt: number | null = null;
	#rttMs: number | null = null;

	constructor(environment: Environment, send: () => void, missed: () => void) {
		this.#environment = environment;
		this.#send = send;
		this.#missed = missed;
	}

	get rttMs(): number | null {
		return this.#rttMs;
	}

	start(intervalMs: number): void {
		this.stop();
		this.#interval = intervalMs;
		// The first comes at a random moment of the interval, so that many clients do not beat together.
		this.#schedule(intervalMs * this.#environment.random());
	}

	stop(): void {
		this.#clear(this.#timer);
		this.#clear(this.#impatience);
		this.#timer = this.#impatience = this.#sentAt = null;
	}

	acknowledged(): void {
		if (this.#sentAt !== null) this.#rttMs = this.#environment.now() - this.#sentAt;
		this.#sentAt = null;
		this.#clear(this.#impatience);
		this.#impatience = null;
	}

	/** Beats out of turn; without an answer within five seconds the connection counts as dead. */
	beatNow(): void {
		if (this.#interval === 0 || this.#impatience !== null) return;
		this.#beat();
		this.#impatience = this.#environment.setTimeout(this.#missed, IMPATIENT_MS);
	}

	#schedule(ms: number): void {
		this.#timer = this.#environment.setTimeout(() => {
			if (this.#sentAt !== null) {
				this.#missed();
				return;
			}
			this.#beat();
			this.#schedule(this.#interval);
		}, ms);
	}

	#beat(): void {
		this.#sentAt = this.#environment.now();
		this.#send();
	}

	#clear(handle: unknown): void {
		if (handle !== null) this.#environment.clearTimeout(handle);
	}
}
