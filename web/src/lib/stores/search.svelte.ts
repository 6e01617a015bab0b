import type { FoundMessage, Id } from '@kith/sdk';

/** The search panel: what was typed and what was found. It stays while one goes through the results. */
class Search {
	open = $state(false);
	text = $state('');
	status = $state<'idle' | 'loading' | 'done' | 'failed'>('idle');
	/** What is wrong, in words for people. */
	problem = $state<string | null>(null);
	found = $state.raw<FoundMessage[]>([]);
	/** Where the next page begins. */
	next = $state<Id | null>(null);
	/** The message that was gone to last. */
	jumpedTo = $state<Id | null>(null);
	/** The guild or direct message that was searched. */
	#place: Id | null = null;
	/** A message of a channel that is about to be opened. */
	#coming: { channel: Id; seq: number } | null = null;

	show(): void {
		this.open = true;
	}

	close(): void {
		this.open = false;
		this.jumpedTo = null;
	}

	/** The panel is open in this place: what was found in another one is forgotten. */
	at(place: Id): void {
		if (this.#place !== place) this.reset();
		this.#place = place;
	}

	/** Forgets what was found. */
	reset(): void {
		this.status = 'idle';
		this.problem = null;
		this.found = [];
		this.next = null;
		this.jumpedTo = null;
	}

	/** Notes where somebody goes. */
	go(channel: Id, seq: number): void {
		this.#coming = { channel, seq };
	}

	/** The `seq` that the channel is opened for, once. */
	arrive(channel: Id): number | null {
		const coming = this.#coming;
		this.#coming = null;
		return coming?.channel === channel ? coming.seq : null;
	}
}

export const search = new Search();
