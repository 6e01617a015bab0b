import type { Id, User } from '@kith/sdk';
import { SvelteMap } from 'svelte/reactivity';

/** Everybody who was met: authors, members, the other side of direct messages. Names come from here. */
class Users {
	#known = new SvelteMap<Id, User>();

	get(id: Id): User | undefined {
		return this.#known.get(id);
	}

	learn(user: User): void {
		const known = this.#known.get(user.id);
		if (known && known.display_name === user.display_name && known.username === user.username) return;
		this.#known.set(user.id, user);
	}
}

export const users = new Users();
