import { note } from '../faults.ts';

import { Gateway, type ConnectionState, type MembersQuestion } from '@kith/sdk';
import { wake as wakeOutbox } from '../actions/outbox.ts';
import { wake as wakeUploads } from '../actions/uploads.ts';
import { tokens } from '../api/client.ts';
import { presences } from '../stores/presence.svelte.ts';
import { apply } from './dispatch.ts';
import { watchIdle } from './idle.ts';

/** Shorter breaks are nobody's business: a banner that flickers is worse than none. */
const BANNER_AFTER_MS = 2_000;
/** A log-in that the server goes on refusing although its token was just renewed. */
const MOST_REFUSALS = 3;

/** Who has chosen anything else than to be online says it on all devices: a device that nobody touches says nothing more. */
function mayIdle(): boolean {
	return presences.mine.status === 'online';
}

/** The live connection of this tab. */
class GatewaySession {
	state = $state<ConnectionState>('idle');
	/** The connection has been away for a while. */
	troubled = $state(false);
	#gateway: Gateway | null = null;
	#bannerTimer: ReturnType<typeof setTimeout> | null = null;
	#refusals = 0;

	start(): () => void {
		const address = new URL('/gateway', location.href);
		address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
		const gateway = new Gateway({
			url: address.href,
			token: () => tokens.token(),
			onError: (error) => console.error(error),
		});
		this.#gateway = gateway;
		gateway.onDispatch(apply);
		gateway.onState((state) => this.#changed(state));
		gateway.connect();
		const endIdle = watchIdle((idle) => gateway.setPresence(idle && mayIdle() ? 'idle' : null));
		const wake = (): void => {
			if (document.visibilityState === 'visible') gateway.nudge();
		};
		document.addEventListener('visibilitychange', wake);
		// Also when the network goes: a socket does not notice by itself.
		addEventListener('online', wake);
		addEventListener('offline', wake);
		return () => {
			document.removeEventListener('visibilitychange', wake);
			removeEventListener('online', wake);
			removeEventListener('offline', wake);
			endIdle();
			gateway.close();
		};
	}

	/** Whose presence is told from now on; null: only of those with whom there are direct messages. */
	look(question: MembersQuestion | null): void {
		if (question === null) presences.listed = null;
		this.#gateway?.requestMembers(question);
	}

	/** The person does not want to wait. */
	tryNow(): void {
		this.#gateway?.nudge();
	}

	#changed(state: ConnectionState): void {
		this.state = state;
		if (state === 'connected') {
			this.#refusals = 0;
			presences.clear();
			this.troubled = false;
			if (this.#bannerTimer !== null) clearTimeout(this.#bannerTimer);
			this.#bannerTimer = null;
			wakeOutbox();
			wakeUploads();
		} else {
			this.#bannerTimer ??= setTimeout(() => (this.troubled = true), BANNER_AFTER_MS);
		}
		if (state === 'ended') void this.#refused();
	}

	/** The token was refused. Perhaps another tab has renewed it; if it cannot be renewed, the log-in is over. */
	async #refused(): Promise<void> {
		if (++this.#refusals > MOST_REFUSALS) return tokens.end();
		try {
			await tokens.renew(await tokens.token());
		} catch (error) {
			note(error);
			// Without a network the next attempt asks again; when the session is over, the keeper has said so.
			await new Promise((resolve) => setTimeout(resolve, BANNER_AFTER_MS));
		}
		this.#gateway?.connect();
	}
}

export const gateway = new GatewaySession();
