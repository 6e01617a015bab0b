import type { Attachment, Id } from '@kith/sdk';
import { SvelteMap } from 'svelte/reactivity';

/** A file on its way to the server, or there already and not posted yet. */
export class Upload {
	readonly channelId: Id;
	readonly file: File;
	/** `held`: the server cannot be reached, so it goes with the message when that is sent. */
	state = $state<'waiting' | 'sending' | 'done' | 'held' | 'failed'>('waiting');
	/** From 0 to 1. */
	progress = $state(0);
	/** Why it failed, for people. */
	reason = $state('');
	attachment = $state.raw<Attachment | null>(null);
	/** Of an image: shown from this device until the server's is there. */
	readonly preview: string | null;
	abort = new AbortController();

	constructor(channelId: Id, file: File) {
		this.channelId = channelId;
		this.file = file;
		this.preview = /^image\/(png|jpeg|gif|webp)$/.test(file.type) ? URL.createObjectURL(file) : null;
	}

	release(): void {
		if (this.preview !== null) URL.revokeObjectURL(this.preview);
	}
}

/** The files of each channel's draft, in the order in which they were chosen. */
class Uploads {
	readonly #channels = new SvelteMap<Id, Upload[]>();

	of(channel: Id): Upload[] {
		return this.#channels.get(channel) ?? [];
	}

	get all(): Upload[] {
		return [...this.#channels.values()].flat();
	}

	add(upload: Upload): void {
		this.#channels.set(upload.channelId, [...this.of(upload.channelId), upload]);
	}

	remove(upload: Upload): void {
		const left = this.of(upload.channelId).filter((one) => one !== upload);
		this.#channels.set(upload.channelId, left);
		upload.release();
	}

	has(upload: Upload): boolean {
		return this.of(upload.channelId).includes(upload);
	}
}

export const uploads = new Uploads();
