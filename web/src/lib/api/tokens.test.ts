import { ApiError, AuthEnded, type Tokens } from '@kith/sdk';
import { beforeEach, expect, test, vi } from 'vitest';
import { ada, bob } from '../../../tests/make.ts';
import { clock } from '../time/clock.svelte.ts';
import { database } from './database.ts';
import { TokenKeeper } from './tokens.ts';

/** A server whose refresh tokens work once; using one again ends the session. */
class Server {
	#valid = 'refresh-0';
	#count = 0;
	ended = false;
	calls = 0;

	refresh = async (token: string): Promise<Tokens> => {
		this.calls++;
		await new Promise((resolve) => setTimeout(resolve, 5));
		if (token !== this.#valid) this.ended = true;
		if (this.ended)
			throw new ApiError(401, { code: 'INVALID_REFRESH_TOKEN', message: '', request_id: '' }, null);
		this.#count++;
		this.#valid = `refresh-${this.#count}`;
		return { access_token: `access-${this.#count}`, refresh_token: this.#valid, expires_in: 900 };
	};
}

/** One lock for all, as the browser has it for the tabs of one origin. */
let tail: Promise<unknown> = Promise.resolve();
const locks = {
	request: (_: string, run: () => Promise<unknown>) => (tail = tail.then(run, run)),
};

let server: Server;
let now: number;

beforeEach(async () => {
	vi.stubGlobal('navigator', Object.assign(Object.create(navigator), { locks }));
	server = new Server();
	now = 1_000_000;
	clock.set(() => now);
	await (
		await database()
	).put(
		'session',
		{ user: ada, refreshToken: 'refresh-0', access: { token: 'access-0', expiresAt: 0 } },
		'current',
	);
});

const tab = (onEnded = (): void => undefined): TokenKeeper => new TokenKeeper(server.refresh, onEnded);

test('many requests at once are one refresh', async () => {
	const keeper = tab();
	expect(await Promise.all([keeper.token(), keeper.token(), keeper.token()])).toEqual(
		Array(3).fill('access-1'),
	);
	expect(server.calls).toBe(1);
});

test('a token is renewed shortly before it expires', async () => {
	const keeper = tab();
	await keeper.token();
	now += 860_000;
	expect(await keeper.token()).toBe('access-1');
	now += 20_000;
	expect(await keeper.token()).toBe('access-2');
});

test('two tabs never use the same refresh token', async () => {
	const tabs = [tab(), tab(), tab()];
	for (let round = 0; round < 3; round++) {
		await Promise.all(tabs.map((keeper) => keeper.token()));
		now += 900_000;
	}
	expect(server.ended).toBe(false);
});

test('a tab whose token was replaced takes over the new one', async () => {
	const [one, two] = [tab(), tab()];
	expect(await one.token()).toBe('access-1');
	expect(await two.renew('access-1')).toBe('access-2');
	// Refused now, it finds what the other one has left.
	expect(await one.renew('access-1')).toBe('access-2');
	expect(server.calls).toBe(2);
});

test('a page that is loaded again spends no refresh token', async () => {
	await tab().token();
	for (let reload = 0; reload < 5; reload++) expect(await tab().token()).toBe('access-1');
	expect(server.calls).toBe(1);
});

test('when the session is over every tab learns it, once', async () => {
	const ends = [0, 0];
	const tabs = ends.map((_, index) => tab(() => ends[index]!++));
	await tabs[0]!.token();
	server.ended = true;
	now += 900_000;
	await expect(tabs[0]!.token()).rejects.toBeInstanceOf(AuthEnded);
	await vi.waitFor(() => expect(ends).toEqual([1, 1]));
	expect(await tabs[0]!.user()).toBeNull();
});

test('a server that cannot be reached does not end the session', async () => {
	const keeper = new TokenKeeper(
		() => Promise.reject(new Error('offline')),
		() => undefined,
	);
	await expect(keeper.token()).rejects.toThrow('offline');
	expect(await keeper.user()).toEqual(ada);
});

test('where somebody else has logged in meanwhile, nothing is done in their name', async () => {
	let ended = 0;
	const keeper = tab(() => ended++);
	await keeper.user();
	const saved = {
		user: bob,
		refreshToken: 'refresh-0',
		access: { token: 'of-bob', expiresAt: now + 900_000 },
	};
	await (await database()).put('session', saved, 'current');
	await expect(keeper.token()).rejects.toThrow(AuthEnded);
	expect([ended, server.calls]).toEqual([1, 0]);
});
