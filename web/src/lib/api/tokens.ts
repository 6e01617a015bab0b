import { ApiError, AuthEnded, type AuthSession, type Tokens, type User } from '@kith/sdk';
import { clock } from '../time/clock.svelte.ts';
import { database, type SavedSession } from './database.ts';

interface Access {
	token: string;
	/** Milliseconds since 1970. */
	expiresAt: number;
}

type Notice = { kind: 'access'; access: Access } | { kind: 'ended' };

/** Renewed this much before it expires, so that no request meets the last second. */
const MARGIN_MS = 30_000;
const LOCK = 'kith-session';

/**
 * The two tokens of the log-in, shared by all tabs.
 *
 * A refresh token works once, and using it again ends the session: so only one tab at a time may refresh, and it
 * reads the token inside the lock. A refresh also replaces the access token, so the others are told the new one.
 */
export class TokenKeeper {
	readonly #refresh: (refreshToken: string) => Promise<Tokens>;
	readonly #channel = new BroadcastChannel('kith-session');
	readonly #onEnded: () => void;
	#access: Access | null = null;
	#renewal: Promise<string> | null = null;
	#ended = false;

	constructor(refresh: (refreshToken: string) => Promise<Tokens>, onEnded: () => void) {
		this.#refresh = refresh;
		this.#onEnded = onEnded;
		this.#channel.onmessage = ({ data }: MessageEvent<Notice>) => {
			if (data.kind === 'access') this.#access = data.access;
			else this.#end();
		};
	}

	/** Who is logged in here, if anybody. */
	async user(): Promise<User | null> {
		return (await this.#saved())?.user ?? null;
	}

	async begin({ user, tokens }: AuthSession): Promise<void> {
		this.#ended = false;
		await this.#exclusive(() => this.#keep({ user, refreshToken: tokens.refresh_token }, tokens));
	}

	/** Forgets the tokens here and in every other tab. */
	async end(): Promise<void> {
		await this.#exclusive(async () => (await database()).delete('session', 'current'));
		this.#channel.postMessage({ kind: 'ended' } satisfies Notice);
		this.#end();
	}

	/** A valid access token. Throws `AuthEnded` when nobody is logged in any more. */
	async token(): Promise<string> {
		if (this.#access && this.#access.expiresAt - MARGIN_MS > clock.now()) return this.#access.token;
		return this.renew(this.#access?.token ?? null);
	}

	/** A newer token than the one that was rejected. */
	renew(rejected: string | null): Promise<string> {
		this.#renewal ??= this.#exclusive(() => this.#renew(rejected)).finally(() => (this.#renewal = null));
		return this.#renewal;
	}

	async #renew(rejected: string | null): Promise<string> {
		// While this tab waited for the lock another may have done it.
		if (this.#access && this.#access.token !== rejected) return this.#access.token;
		const saved = await this.#saved();
		if (!saved) {
			this.#end();
			throw new AuthEnded('nobody is logged in');
		}
		try {
			const tokens = await this.#refresh(saved.refreshToken);
			return await this.#keep({ ...saved, refreshToken: tokens.refresh_token }, tokens);
		} catch (error) {
			if (!(error instanceof ApiError) || error.status !== 401) throw error;
			await (await database()).delete('session', 'current');
			this.#channel.postMessage({ kind: 'ended' } satisfies Notice);
			this.#end();
			throw new AuthEnded('the session has ended');
		}
	}

	async #keep(saved: SavedSession, tokens: Tokens): Promise<string> {
		const access = { token: tokens.access_token, expiresAt: clock.now() + tokens.expires_in * 1000 };
		await (await database()).put('session', saved, 'current');
		this.#access = access;
		this.#channel.postMessage({ kind: 'access', access } satisfies Notice);
		return access.token;
	}

	async #saved(): Promise<SavedSession | undefined> {
		return (await database()).get('session', 'current');
	}

	#end(): void {
		this.#access = null;
		if (this.#ended) return;
		this.#ended = true;
		this.#onEnded();
	}

	/** Locks need HTTPS or localhost; without them only this tab's own calls are kept apart. */
	#exclusive<T>(run: () => Promise<T>): Promise<T> {
		return navigator.locks ? (navigator.locks.request(LOCK, run) as Promise<T>) : run();
	}
}
