import type { Attachment, Id } from '@kith/sdk';
import { SvelteMap } from 'svelte/reactivity';

/** Sooner a dimmed row would only flicker. */
const DIM_AFTER_MS = 300;

/** A message that is on its way, or could not be sent. */
export class Pending {
	readonly nonce: string;
	readonly channelId: Id;
	readonly content: string;
	readonly attachments: Attachment[];
	/** Milliseconds since 1970. */
	readonly createdAt: number;
	state = $state<'sending' | 'failed'>('sending');
	slow = $state(false);
	/** Why it failed, for people. */
	reason = $state('');

	constructor(
		nonce: string,
		channelId: Id,
		content: string,
		createdAt: number,
		attachments: Attachment[] = [],
	) {
		this.nonce = nonce;
		this.channelId = channelId;
		this.content = content;
		this.createdAt = createdAt;
		this.attachments = attachments;
	}

	sending(): void {
		this.state = 'sending';
		this.slow = false;
		setTimeout(() => (this.slow = true), DIM_AFTER_MS);
	}

	failed(reason: string): void {
		this.state = 'failed';
		this.reason = reason;
	}
}

/** What was sent and is not confirmed yet, by channel, in the order of sending. */
class Outbox {
	readonly #channels = new SvelteMap<Id, Pending[]>();

	of(channel: Id): Pending[] {
		return this.#channels.get(channel) ?? [];
	}

	has(pending: Pending): boolean {
		return this.of(pending.channelId).includes(pending);
	}

	add(pending: Pending): void {
		if (this.of(pending.channelId).some(({ nonce }) => nonce === pending.nonce)) return;
		this.#channels.set(pending.channelId, [...this.of(pending.channelId), pending]);
	}

	/** Gives back what was removed. */
	remove(channel: Id, nonce: string): Pending | undefined {
		const removed = this.of(channel).find((pending) => pending.nonce === nonce);
		if (removed)
			this.#channels.set(
				channel,
				this.of(channel).filter((pending) => pending !== removed),
			);
		return removed;
	}
}

export const outbox = new Outbox();
