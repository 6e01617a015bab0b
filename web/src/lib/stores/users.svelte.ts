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
		const same = (['display_name', 'username', 'avatar'] as const).every((key) => known?.[key] === user[key]);
		if (known && same) return;
		this.#known.set(user.id, user);
	}
}

export const users = new Users();
