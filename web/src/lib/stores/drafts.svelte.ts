import type { Id } from '@kith/sdk';

const PREFIX = 'kith.draft.';

/** What was begun and not sent, by channel; it survives a reload. */
class Drafts {
	get(channel: Id): string {
		return localStorage.getItem(PREFIX + channel) ?? '';
	}

	set(channel: Id, text: string): void {
		if (text === '') localStorage.removeItem(PREFIX + channel);
		else localStorage.setItem(PREFIX + channel, text);
	}

	/** At log-out: the next person on this device is somebody else. */
	clear(): void {
		for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
	}
}

export const drafts = new Drafts();
