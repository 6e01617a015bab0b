import type { Id, User } from '@kith/sdk';
import { SvelteSet } from 'svelte/reactivity';

/** Who is logged in, and whom they have blocked. */
class Session {
	/** Null until the browser's database or the server has said it. */
	me = $state.raw<User | null>(null);
	readonly blocked = new SvelteSet<Id>();
	/** `READY` has come at least once: what is shown is real. */
	ready = $state(false);

	/** One's own id; empty before the log-in is known, which is nobody's id. */
	get myId(): Id {
		return this.me?.id ?? '';
	}

	replaceBlocks(ids: Id[]): void {
		this.blocked.clear();
		for (const id of ids) this.blocked.add(id);
	}
}

export const session = new Session();
