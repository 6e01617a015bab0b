import type { Channel, Id, User } from '@kith/sdk';
import { SvelteMap } from 'svelte/reactivity';
import { session } from './session.svelte.ts';

/** A heading with the channels under it; the first group has none. */
export interface ChannelGroup {
	category: Channel | null;
	channels: Channel[];
}

/** Every channel that may be viewed: of guilds, and direct messages. */
class Channels {
	readonly #all = new SvelteMap<Id, Channel>();

	get(id: Id): Channel | undefined {
		return this.#all.get(id);
	}

	put(channel: Channel): void {
		const known = this.#all.get(channel.id);
		// What a dispatch says about the newest message may be older than what is known.
		if (known && known.last_seq > channel.last_seq) {
			channel = { ...channel, last_seq: known.last_seq, last_message_id: known.last_message_id };
		}
		this.#all.set(channel.id, channel);
	}

	/** A message was posted: direct messages are sorted by the newest. */
	touch(id: Id, seq: number, message: Id): void {
		const known = this.#all.get(id);
		if (known && known.last_seq < seq) {
			this.#all.set(id, { ...known, last_seq: seq, last_message_id: message });
		}
	}

	remove(id: Id): void {
		this.#all.delete(id);
	}

	/** Replaces the channels of a guild; null is for the direct messages. Gives back those that are gone. */
	replaceOf(guild: Id | null, channels: Channel[]): Id[] {
		const kept = new Set(channels.map(({ id }) => id));
		const gone = [...this.#all.values()]
			.filter((channel) => channel.guild_id === guild && !kept.has(channel.id))
			.map(({ id }) => id);
		for (const id of gone) this.#all.delete(id);
		for (const channel of channels) this.put(channel);
		return gone;
	}

	ofGuild(guild: Id): Channel[] {
		return [...this.#all.values()].filter((channel) => channel.guild_id === guild).toSorted(byPosition);
	}

	/** As the channel list shows them. */
	groups(guild: Id): ChannelGroup[] {
		const all = this.ofGuild(guild);
		const categories = all.filter(({ kind }) => kind === 'category');
		const known = new Set(categories.map(({ id }) => id));
		const under = (parent: Id | null): Channel[] =>
			all.filter(
				({ kind, parent_id }) =>
					kind !== 'category' && (parent_id && known.has(parent_id) ? parent_id : null) === parent,
			);
		return [
			{ category: null, channels: under(null) },
			...categories.map((category) => ({ category, channels: under(category.id) })),
		];
	}

	/** The channel to open when none is named. */
	firstOf(guild: Id): Channel | undefined {
		return this.groups(guild)
			.flatMap(({ channels }) => channels)
			.find(({ kind }) => kind === 'text');
	}

	/** Whether there is a direct message with somebody. */
	hasDirectWith(user: Id): boolean {
		return this.directs.some((channel) => otherOf(channel)?.id === user);
	}

	/** The one with the newest message first. */
	get directs(): Channel[] {
		return [...this.#all.values()]
			.filter(({ kind }) => kind === 'direct')
			.toSorted((a, b) => ((a.last_message_id ?? a.id) < (b.last_message_id ?? b.id) ? 1 : -1));
	}
}

function byPosition(a: Channel, b: Channel): number {
	return a.position - b.position || (a.id < b.id ? -1 : 1);
}

/** The other person of a direct message. */
export function otherOf(channel: Channel): User | undefined {
	return channel.recipients?.find(({ id }) => id !== session.myId);
}

export const channels = new Channels();
