import type { Id } from '@kith/sdk';
import { session } from './session.svelte.ts';

const PREFIX = 'kith.draft.';

/** What was begun and not sent, by person and channel; it survives a reload. */
class Drafts {
	get(channel: Id): string {
		return localStorage.getItem(key(channel)) ?? '';
	}

	set(channel: Id, text: string): void {
		if (text === '') localStorage.removeItem(key(channel));
		else localStorage.setItem(key(channel), text);
	}

	/** It is kept as a message now; what was begun since stays. */
	sent(channel: Id, text: string): void {
		if (this.get(channel) === text) this.set(channel, '');
	}

	/** At log-out: the next person on this device is somebody else. */
	clear(): void {
		for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
	}
}

const key = (channel: Id): string => `${PREFIX}${session.myId}.${channel}`;

export const drafts = new Drafts();
