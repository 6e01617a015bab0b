import type { Id } from '@kith/sdk';
import type { Action } from 'svelte/action';

/** Who scrolls through a list does not ask for every row that passes by. */
const SETTLED_MS = 150;
/** As many as the gateway answers for at once. */
const MOST = 100;

/** Who stands in the visible part of a member list. `changed` is told when it has come to rest. */
export class VisibleMembers {
	readonly #users = new Set<Id>();
	readonly #changed: (users: Id[]) => void;
	#timer: ReturnType<typeof setTimeout> | null = null;

	constructor(changed: (users: Id[]) => void) {
		this.#changed = changed;
	}

	/** For a row that is there only while it can be seen. */
	readonly row: Action<HTMLElement, Id> = (_, user) => {
		this.#users.add(user);
		this.later();
		return {
			destroy: () => {
				this.#users.delete(user);
				this.later();
			},
		};
	};

	/** Tells again, soon. */
	later(): void {
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.#changed([...this.#users].slice(0, MOST)), SETTLED_MS);
	}

	end(): void {
		if (this.#timer !== null) clearTimeout(this.#timer);
	}
}
