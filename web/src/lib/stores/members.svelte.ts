import type { Id, Member, Role } from '@kith/sdk';
import { SvelteMap } from 'svelte/reactivity';
import type { GuildState } from './guilds.svelte.ts';
import { users } from './users.svelte.ts';

export interface MemberGroup {
	/** A role that stands apart; or all others, where it is known those who are online and who are not. */
	of: Role | 'others' | 'online' | 'offline';
	members: Member[];
}

/** The members of one guild as far as they were loaded. */
export class MemberList {
	readonly #members = new SvelteMap<Id, Member>();
	/** Of whom it is known since the last restart whether and as what they are members. */
	readonly #sure = new Set<Id>();
	/** All were loaded; from then on events keep the list whole. */
	complete = $state(false);
	loading = $state(false);
	failed = $state(false);
	/** Where the next page starts: pages go by user id. */
	cursor: Id | undefined;

	get(user: Id): Member | undefined {
		return this.#members.get(user);
	}

	/** Whether it is known now if somebody is a member, and as what. */
	isSure(user: Id): boolean {
		return this.complete || this.#sure.has(user);
	}

	/** Asked for: they are no members. */
	missing(users: Id[]): void {
		for (const user of users) {
			this.#members.delete(user);
			this.#sure.add(user);
		}
	}

	get size(): number {
		return this.#members.size;
	}

	get all(): Member[] {
		return [...this.#members.values()];
	}

	put(member: Member): void {
		users.learn(member.user);
		this.#members.set(member.user.id, member);
		this.#sure.add(member.user.id);
	}

	/** Somebody has come or is something else now. Those whom nobody here has to do with are not kept. */
	changed(member: Member): void {
		const { id } = member.user;
		if (this.#started || this.#sure.has(id)) this.put(member);
		else users.learn(member.user);
	}

	remove(user: Id): void {
		this.#members.delete(user);
	}

	/** What is shown may be out of date: load again from the start, keeping what is there until it is replaced. */
	restart(): void {
		this.complete = false;
		this.cursor = undefined;
		this.#sure.clear();
	}

	/** Its pages are being read, or were. */
	get #started(): boolean {
		return this.complete || this.loading || this.cursor !== undefined;
	}

	/**
	 * By the highest role that stands apart, then by name; whoever is offline after all others. Without `isOnline` nobody knows who
	 * that is (in a large guild, presence is told only of those who are on the screen).
	 */
	groups(guild: GuildState, isOnline: ((user: Id) => boolean) | null): MemberGroup[] {
		const hoisted = guild.roles.filter(({ hoist, id }) => hoist && id !== guild.id);
		const groups = new Map<MemberGroup['of'], Member[]>();
		for (const of of [...hoisted, isOnline ? 'online' : 'others', 'offline'] as const) groups.set(of, []);
		for (const member of this.#members.values()) {
			const role = hoisted.find(({ id }) => member.roles.includes(id));
			const isAway = isOnline !== null && !isOnline(member.user.id);
			groups.get(isAway ? 'offline' : (role ?? (isOnline ? 'online' : 'others')))?.push(member);
		}
		return [...groups]
			.filter(([, members]) => members.length > 0)
			.map(([of, members]) => ({ of, members: members.toSorted(byName) }));
	}
}

/** What somebody is called in a guild. */
export function nameOf(member: Member): string {
	return member.nick ?? member.user.display_name;
}

const collator = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true });

function byName(a: Member, b: Member): number {
	return collator.compare(nameOf(a), nameOf(b)) || (a.user.id < b.user.id ? -1 : 1);
}

class Members {
	readonly #lists = new Map<Id, MemberList>();

	/** Made when it is first asked for. */
	of(guild: Id): MemberList {
		let list = this.#lists.get(guild);
		if (!list) this.#lists.set(guild, (list = new MemberList()));
		return list;
	}

	/** None of a guild that one is not in. */
	known(guild: Id): MemberList | undefined {
		return this.#lists.get(guild);
	}

	forget(guild: Id): void {
		this.#lists.delete(guild);
	}

	restartAll(): void {
		for (const list of this.#lists.values()) list.restart();
	}
}

export const members = new Members();
