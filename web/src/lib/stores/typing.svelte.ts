import type { Id } from '@kith/sdk';
import { SvelteMap } from 'svelte/reactivity';

/** True for ten seconds unless it is repeated. */
const TYPING_MS = 10_000;

/** Who is writing where. */
class Typing {
	readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
	readonly #channels = new SvelteMap<Id, Id[]>();

	in(channel: Id): Id[] {
		return this.#channels.get(channel) ?? [];
	}

	started(channel: Id, user: Id): void {
		const key = `${channel} ${user}`;
		clearTimeout(this.#timers.get(key));
		this.#timers.set(
			key,
			setTimeout(() => this.stopped(channel, user), TYPING_MS),
		);
		if (!this.in(channel).includes(user)) this.#channels.set(channel, [...this.in(channel), user]);
	}

	stopped(channel: Id, user: Id): void {
		const key = `${channel} ${user}`;
		clearTimeout(this.#timers.get(key));
		if (!this.#timers.delete(key)) return;
		this.#channels.set(
			channel,
			this.in(channel).filter((id) => id !== user),
		);
	}
}

export const typing = new Typing();
