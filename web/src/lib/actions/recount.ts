import type { Id } from '@kith/sdk';
import { api } from '../api/client.ts';
import { note } from '../faults.ts';
import { unread } from '../stores/unread.svelte.ts';

/** What happens within this time is counted together. */
const GATHER_MS = 300;
const waiting = new Set<Id>();
let timer: ReturnType<typeof setTimeout> | null = null;

/** Somewhere a mention that was counted before this device connected may be one no more: the server counts again. */
export function recount(channels: Iterable<Id>): void {
	for (const channel of channels) waiting.add(channel);
	if (waiting.size === 0) return;
	timer ??= setTimeout(() => {
		timer = null;
		const all = [...waiting];
		waiting.clear();
		for (const channel of all) void count(channel);
	}, GATHER_MS);
}

async function count(channel: Id): Promise<void> {
	const heard = unread.heard(channel);
	try {
		// What is read already, once more: that changes nothing, and the answer has the count.
		unread.recounted(await api.acknowledge(channel, unread.readSeq(channel)), heard);
	} catch (error) {
		note(error);
	}
}
