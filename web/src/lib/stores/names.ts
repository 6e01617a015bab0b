import type { Id, Member, Message, User } from '@kith/sdk';
import { members, nameOf } from './members.svelte.ts';
import { users } from './users.svelte.ts';

/** Somebody as a member of a guild, as far as that is known. */
export function memberIn(guild: Id | null, user: Id): Member | undefined {
	return guild === null ? undefined : members.known(guild)?.get(user);
}

/** What somebody is called in a place; undefined as long as nobody has said it. */
export function nameIn(guild: Id | null, user: Id): string | undefined {
	const member = memberIn(guild, user);
	return member ? nameOf(member) : users.get(user)?.display_name;
}

/** What the author of a message is called where they wrote it. */
export function authorName({ guild_id, author }: Message): string {
	return nameIn(guild_id, author.id) ?? author.display_name;
}

/** The author as they are now, or as they were when they wrote it. */
export function authorOf({ author }: Message): User {
	return users.get(author.id) ?? author;
}
