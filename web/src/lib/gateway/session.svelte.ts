import { Gateway, type ConnectionState } from '@kith/sdk';
import { tokens } from '../api/client.ts';
import { apply } from './dispatch.ts';

/** Shorter breaks are nobody's business: a banner that flickers is worse than none. */
const BANNER_AFTER_MS = 2_000;
/** A log-in that the server goes on refusing although its token was just renewed. */
const MOST_REFUSALS = 3;

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
			gateway.close();
		};
	}

	/** The person does not want to wait. */
	tryNow(): void {
		this.#gateway?.nudge();
	}

	#changed(state: ConnectionState): void {
		this.state = state;
		if (state === 'connected') {
			this.#refusals = 0;
			this.troubled = false;
			if (this.#bannerTimer !== null) clearTimeout(this.#bannerTimer);
			this.#bannerTimer = null;
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
		} catch {
			// Without a network the next attempt asks again; when the session is over, the keeper has said so.
			await new Promise((resolve) => setTimeout(resolve, BANNER_AFTER_MS));
		}
		this.#gateway?.connect();
	}
}

export const gateway = new GatewaySession();
