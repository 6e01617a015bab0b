import type { Attachment, Id } from '@kith/sdk';
import { SvelteMap } from 'svelte/reactivity';
import type { StoredMessage } from '../../api/outbox-database.ts';

/** Sooner a dimmed row would only flicker. */
const DIM_AFTER_MS = 300;

/**
 * - `sending`: nothing is known to be in its way.
 * - `waiting`: it did not get through; it is tried again by itself.
 * - `refused`: the server does not take it; its author decides.
 */
export type PendingState = 'sending' | 'waiting' | 'refused';

/** A message that is on its way, or could not be sent. */
export class Pending {
	/** As it is kept; the place is known once it is. */
	stored = $state.raw<StoredMessage>() as StoredMessage;
	state = $state<PendingState>('sending');
	slow = $state(false);

	constructor(stored: StoredMessage) {
		this.stored = stored;
		this.state = stored.refused === null ? 'sending' : 'refused';
		if (this.state === 'sending') this.sending();
	}

	get nonce(): string {
		return this.stored.nonce;
	}

	get channelId(): Id {
		return this.stored.channelId;
	}

	get content(): string {
		return this.stored.content;
	}

	get createdAt(): number {
		return this.stored.createdAt;
	}

	/** What the server has already. */
	get attachments(): Attachment[] {
		return this.stored.files.flatMap(({ attachment }) => attachment ?? []);
	}

	/** The names of the files that the server does not have yet. */
	get unsentFiles(): string[] {
		return this.stored.files.filter(({ attachment }) => attachment === null).map(({ name }) => name);
	}

	/** Why it was refused, for people. */
	get reason(): string {
		return this.stored.refused ?? '';
	}

	sending(): void {
		this.state = 'sending';
		this.slow = false;
		setTimeout(() => (this.slow = true), DIM_AFTER_MS);
	}

	waiting(): void {
		this.state = 'waiting';
	}

	/** Something about it was written down. */
	became(stored: StoredMessage): void {
		this.stored = stored;
		if (stored.refused !== null) this.state = 'refused';
		else if (this.state === 'refused') this.sending();
	}
}

/** What was sent and is not confirmed yet, by channel, in the order of sending. */
class Outbox {
	readonly #channels = new SvelteMap<Id, Pending[]>();

	of(channel: Id): Pending[] {
		return this.#channels.get(channel) ?? [];
	}

	get all(): Pending[] {
		return [...this.#channels.values()].flat();
	}

	find(nonce: string): Pending | undefined {
		return this.all.find((pending) => pending.nonce === nonce);
	}

	add(pending: Pending): void {
		const place = ({ stored }: Pending): number => stored.order ?? Number.MAX_SAFE_INTEGER;
		this.#channels.set(
			pending.channelId,
			[...this.of(pending.channelId), pending].toSorted((a, b) => place(a) - place(b)),
		);
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

	/** Bytes of files that are kept until their messages have arrived. */
	get keptBytes(): number {
		let bytes = 0;
		for (const { stored } of this.all) for (const { blob } of stored.files) bytes += blob?.size ?? 0;
		return bytes;
	}
}

export const outbox = new Outbox();
