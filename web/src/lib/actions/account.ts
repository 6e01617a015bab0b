import { note } from '../faults.ts';

import type { AuthSession, Block, Session } from '@kith/sdk';
import { api, publicApi, tokens } from '../api/client.ts';
import { drafts } from '../stores/drafts.svelte.ts';
import { session } from '../stores/session.svelte.ts';
import { users } from '../stores/users.svelte.ts';
import { discardAll } from './outbox.ts';

export async function register(username: string, password: string, displayName: string): Promise<void> {
	const body = { username, password, ...(displayName ? { display_name: displayName } : {}) };
	await begin(await publicApi.register(body));
}

export async function logIn(username: string, password: string): Promise<void> {
	await begin(await publicApi.login({ username, password }));
}

async function begin(answer: AuthSession): Promise<void> {
	await tokens.begin(answer);
	session.me = answer.user;
}

/** Whether somebody is logged in in this browser. */
export async function isLoggedIn(): Promise<boolean> {
	session.me ??= await tokens.user();
	return session.me !== null;
}

/** The person goes by themselves, so there is nothing to explain at the log-in page. */
let leaving = false;

export async function logOut(): Promise<void> {
	leaving = true;
	// Without the server the tokens are still forgotten here.
	await api.logout().catch(note);
	drafts.clear();
	await discardAll();
	await tokens.end();
}

export async function changeDisplayName(name: string): Promise<void> {
	const user = await api.updateMe({ display_name: name });
	session.me = user;
	users.learn(user);
}

export async function changeAvatar(image: Blob): Promise<void> {
	const user = await api.putAvatar(image);
	session.me = user;
	users.learn(user);
}

/** The gateway tells when it is gone, as it does the others. */
export async function removeAvatar(): Promise<void> {
	await api.removeAvatar();
}

export async function changePassword(current: string, next: string): Promise<void> {
	await api.changePassword({ current_password: current, new_password: next });
}

/** This device first, then the one that was used last. */
export async function sessions(): Promise<Session[]> {
	const all = await api.sessions();
	return all.toSorted(
		(a, b) => Number(b.current) - Number(a.current) || b.last_used_at.localeCompare(a.last_used_at),
	);
}

export async function endSession(id: string): Promise<void> {
	await api.revokeSession(id);
}

export async function blocks(): Promise<Block[]> {
	return api.blocks();
}

export async function block(user: string): Promise<void> {
	await api.block(user);
	session.blocked.add(user);
}

export async function unblock(user: string): Promise<void> {
	await api.unblock(user);
	session.blocked.delete(user);
}

/** Where to go when the log-in has ended while a page is open; null: stay. */
export function loggedOutTo(path: string): string | null {
	if (path === '/login' || path === '/register') return null;
	if (path.startsWith('/invite/')) return path;
	return leaving ? '/login' : `${withNext('/login', path)}&ended`;
}

/** The path to go on to, from the address. Only within this client: a link must not lead somewhere else. */
export function nextPath(url: URL): string {
	const next = url.searchParams.get('next') ?? '';
	return /^\/(?![/\\])/.test(next) ? next : '/@me';
}

export function withNext(path: string, next: string): string {
	return `${path}?next=${encodeURIComponent(next)}`;
}
