/** The one source of time, so that tests can hold it still. */
class Clock {
	#now: () => number = Date.now;
	/** Changes once a minute: what shows “3 minutes ago” depends on it. */
	minute = $state(Math.floor(Date.now() / 60_000));

	constructor() {
		setInterval(() => (this.minute = Math.floor(this.now() / 60_000)), 10_000);
	}

	/** Milliseconds since 1970. */
	now(): number {
		return this.#now();
	}

	/** For tests. */
	set(now: () => number): void {
		this.#now = now;
	}
}

export const clock = new Clock();
