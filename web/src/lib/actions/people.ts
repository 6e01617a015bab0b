import type { User } from '@kith/sdk';
import { api } from '../api/client.ts';
import { session } from '../stores/session.svelte.ts';
import { users } from '../stores/users.svelte.ts';

/** What somebody is found by: `@name`, and of another instance `@name@its.domain`. */
export function handleOf(user: User, home = session.me?.home): string {
	return user.home === home ? `@${user.username}` : `@${user.username}@${user.home}`;
}

/** Finds somebody by their whole name; of another instance, which is asked. */
export async function lookUp(name: string): Promise<User> {
	const found = await api.lookUpUser(name);
	users.learn(found);
	return found;
}
