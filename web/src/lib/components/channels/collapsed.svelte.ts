import type { Id } from '@kith/sdk';
import { SvelteSet } from 'svelte/reactivity';

const KEY = 'kith.collapsed';

/** Categories that are folded on this device. */
class Collapsed {
	readonly #ids = new SvelteSet<Id>((localStorage.getItem(KEY) ?? '').split(' ').filter(Boolean));

	has(category: Id): boolean {
		return this.#ids.has(category);
	}

	toggle(category: Id): void {
		if (!this.#ids.delete(category)) this.#ids.add(category);
		localStorage.setItem(KEY, [...this.#ids].join(' '));
	}
}

export const collapsed = new Collapsed();
