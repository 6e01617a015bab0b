import type { ChosenStatus } from '@kith/sdk';
import { api } from '../api/client.ts';
import { presences } from '../stores/presence.svelte.ts';
import { clock } from '../time/clock.svelte.ts';

/** How one is seen from now on, on all devices. It shows at once, and changes back if the server refuses. */
export async function chooseStatus(status: ChosenStatus): Promise<void> {
	const before = presences.mine;
	presences.mine = { ...before, status };
	try {
		presences.mine = await api.updatePresence({ status });
	} catch (error) {
		presences.mine = before;
		throw error;
	}
}

/** `minutes`: for how long; null for ever. No text takes the custom status away. */
export async function setWords(text: string, minutes: number | null): Promise<void> {
	const expires_at = minutes === null ? null : new Date(clock.now() + minutes * 60_000).toISOString();
	const custom_status = text === '' ? null : { text, expires_at };
	presences.mine = await api.updatePresence({ custom_status });
}
