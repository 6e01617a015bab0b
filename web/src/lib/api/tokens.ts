import { ApiError, AuthEnded, type AuthSession, type Tokens, type User } from '@kith/sdk';
import { clock } from '../time/clock.svelte.ts';
import { database, type SavedSession } from './database.ts';

/** Renewed this much before it expires, so that no request meets the last second. */
const MARGIN_MS = 30_000;
const LOCK = 'kith-session';

/**
 * The two tokens of the log-in, shared by all tabs through the browser's database.
 *
 * A refresh token works once, and using it again ends the session: so only one tab at a time may refresh, and it
 * reads the token inside the lock. The access token is kept beside it, or every reload of a page would spend a
 * refresh token, and one that comes while the answer is on its way would lose the session.
 */
export class TokenKeeper {
	readonly #refresh: (refreshToken: string) => Promise<Tokens>;
	readonly #channel = new BroadcastChannel('kith-session');
	readonly #onEnded: () => void;
	#access: SavedSession['access'] | null = null;
	#renewal: Promise<string> | null = null;
	/** Whose page this is. Another tab may have logged in somebody else meanwhile, in whose name nothing is done here. */
	#owner: string | null = null;
	#ended = false;

	constructor(refresh: (refreshToken: string) => Promise<Tokens>, onEnded: () => void) {
		this.#refresh = refresh;
		this.#onEnded = onEnded;
		this.#channel.onmessage = ({ data }: MessageEvent<unknown>) => {
			if (data === 'ended') this.#end();
		};
	}

	/** Who is logged in here, if anybody. */
	async user(): Promise<User | null> {
		const user = (await this.#saved())?.user ?? null;
		this.#owner ??= user?.id ?? null;
		return user;
	}

	async begin({ user, tokens }: AuthSession): Promise<void> {
		this.#ended = false;
		this.#owner = user.id;
		await this.#exclusive(() => this.#keep(user, tokens));
	}

	/** Forgets the tokens here and in every other tab. */
	async end(): Promise<void> {
		await this.#exclusive(() => this.#forget());
	}

	/** A valid access token. Throws `AuthEnded` when nobody is logged in any more. */
	async token(): Promise<string> {
		return this.#access && this.#lasts(this.#access) ? this.#access.token : this.renew(null);
	}

	/** Another token than the one that was rejected; null: one that has not expired. */
	renew(rejected: string | null): Promise<string> {
		this.#renewal ??= this.#exclusive(() => this.#renew(rejected)).finally(() => (this.#renewal = null));
		return this.#renewal;
	}

	async #renew(rejected: string | null): Promise<string> {
		const saved = await this.#saved();
		if (!saved || (this.#owner !== null && saved.user.id !== this.#owner)) {
			this.#end();
			throw new AuthEnded('nobody is logged in, or somebody else');
		}
		// While this tab waited for the lock another may have done it.
		if (saved.access.token !== rejected && this.#lasts(saved.access)) {
			this.#access = saved.access;
			return saved.access.token;
		}
		try {
			return await this.#keep(saved.user, await this.#refresh(saved.refreshToken));
		} catch (error) {
			if (!(error instanceof ApiError) || error.status !== 401) throw error;
			await this.#forget();
			throw new AuthEnded('the session has ended');
		}
	}

	async #keep(user: User, tokens: Tokens): Promise<string> {
		const access = { token: tokens.access_token, expiresAt: clock.now() + tokens.expires_in * 1000 };
		await (await database()).put('session', { user, refreshToken: tokens.refresh_token, access }, 'current');
		this.#access = access;
		return access.token;
	}

	async #forget(): Promise<void> {
		await (await database()).delete('session', 'current');
		this.#channel.postMessage('ended');
		this.#end();
	}

	async #saved(): Promise<SavedSession | undefined> {
		return (await database()).get('session', 'current');
	}

	#lasts({ expiresAt }: SavedSession['access']): boolean {
		return expiresAt - MARGIN_MS > clock.now();
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
