import type { Id } from '@kith/sdk';
import type { LoadPage } from './catchup.ts';
import { Timeline } from './timeline.svelte.ts';

/** Channels that were just looked at stay ready for coming back. */
const KEPT = 8;

/** The timelines of the channels that were opened last. */
class Timelines {
	readonly #kept = new Map<Id, Timeline>();
	/** The channel on the screen. */
	openId = $state<Id | null>(null);

	known(channel: Id): Timeline | undefined {
		return this.#kept.get(channel);
	}

	/** Made when there is none; it becomes the newest of those that are kept. */
	take(channel: Id, load: LoadPage): Timeline {
		const timeline = this.#kept.get(channel) ?? new Timeline(channel, load);
		this.#kept.delete(channel);
		this.#kept.set(channel, timeline);
		for (const id of this.#kept.keys()) {
			if (this.#kept.size <= KEPT) break;
			this.#kept.delete(id);
		}
		return timeline;
	}

	forget(channel: Id): void {
		this.#kept.delete(channel);
	}

	/** Events may have been missed: the open one is read again, the others when they are opened. */
	refresh(concerned: (channel: Id) => boolean = () => true): void {
		for (const [id, timeline] of this.#kept) {
			if (!concerned(id)) continue;
			if (id === this.openId) void timeline.reload();
			else this.#kept.delete(id);
		}
	}
}

export const timelines = new Timelines();
