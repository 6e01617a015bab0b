import type { CustomStatus, GuildMembers, Id, Presence, PresenceSettings, Status } from '@kith/sdk';
import { SvelteMap } from 'svelte/reactivity';
import { clock } from '../time/clock.svelte.ts';

/** How people are seen, as far as it is told here. Who is not told of is offline. */
class Presences {
	readonly #seen = new SvelteMap<Id, Presence>();
	/** How one wants to be seen oneself; what others see may differ. */
	mine = $state.raw<PresenceSettings>({ status: 'online', custom_status: null });
	/** The guild that is looked at, and whether all of its members are told of. */
	listed = $state.raw<{ guild: Id; whole: boolean } | null>(null);

	of(user: Id): Status {
		return this.#seen.get(user)?.status ?? 'offline';
	}

	words(user: Id): string {
		return inForce(this.#seen.get(user)?.custom_status);
	}

	get myWords(): string {
		return inForce(this.mine.custom_status);
	}

	put(presence: Presence): void {
		const known = this.#seen.get(presence.user_id);
		if (known && known.version > presence.version) return;
		this.#seen.set(presence.user_id, presence);
	}

	/** Another list is told of from now on. `keep`: who is told of besides. */
	replaceList(answer: GuildMembers, keep: (user: Id) => boolean): void {
		const told = new Set(answer.presences.map(({ user_id }) => user_id));
		for (const user of [...this.#seen.keys()]) if (!told.has(user) && !keep(user)) this.#seen.delete(user);
		for (const presence of answer.presences) this.put(presence);
		this.listed = { guild: answer.guild_id, whole: answer.whole };
	}

	/** A new connection is told of everything anew. */
	clear(): void {
		this.#seen.clear();
		this.listed = null;
	}
}

/** The words, until the moment at which they end. */
function inForce(custom: CustomStatus | null | undefined): string {
	if (!custom) return '';
	const over = custom.expires_at !== null && Date.parse(custom.expires_at) <= clock.minute * 60_000;
	return over ? '' : custom.text;
}

export const presences = new Presences();
