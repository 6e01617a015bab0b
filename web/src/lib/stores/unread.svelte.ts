import type { Channel, Id, Message, ReadState } from '@kith/sdk';
import { SvelteMap } from 'svelte/reactivity';
import { channels } from './channels.svelte.ts';
import { guilds } from './guilds.svelte.ts';
import { timeOf } from '../time/id.ts';
import { session } from './session.svelte.ts';

interface Cursor {
	readSeq: number;
	mentions: number;
}

const NONE: Cursor = { readSeq: 0, mentions: 0 };

/** How far each channel was read. Every badge — title, rail, channel — is derived from this one map. */
class Unread {
	readonly #cursors = new SvelteMap<Id, Cursor>();

	put({ channel_id, read_seq, mention_count }: ReadState): void {
		this.#cursors.set(channel_id, { readSeq: read_seq, mentions: mention_count });
	}

	/**
	 * A guild's or all direct messages' states as the server has them. What it does not name was never read; but
	 * what was said before somebody came is no news to them.
	 */
	replace(of: Channel[], states: ReadState[], since: string | null = null): void {
		for (const { id, last_seq, last_message_id } of of) {
			if (since !== null && last_message_id !== null && timeOf(last_message_id) <= Date.parse(since)) {
				this.#cursors.set(id, { readSeq: last_seq, mentions: 0 });
			} else {
				this.#cursors.delete(id);
			}
		}
		for (const state of states) this.put(state);
	}

	readSeq(channel: Id): number {
		return (this.#cursors.get(channel) ?? NONE).readSeq;
	}

	/** A new message: it may mention the reader. One's own are read as they are written. */
	received(message: Message): void {
		const cursor = this.#cursors.get(message.channel_id) ?? NONE;
		if (message.author.id === session.myId) {
			this.#cursors.set(message.channel_id, { readSeq: Math.max(cursor.readSeq, message.seq), mentions: 0 });
		} else if (message.seq > cursor.readSeq && mentionsMe(message)) {
			this.#cursors.set(message.channel_id, { ...cursor, mentions: cursor.mentions + 1 });
		}
	}

	/** Before the server has confirmed it: a badge that was seen to must not linger. */
	readUpTo(channel: Id, seq: number): void {
		if (seq > this.readSeq(channel)) this.#cursors.set(channel, { readSeq: seq, mentions: 0 });
	}

	count(channel: Channel): number {
		return Math.max(0, channel.last_seq - this.readSeq(channel.id));
	}

	mentions(channel: Channel): number {
		// In a direct message everything is for you.
		if (channel.kind === 'direct') return this.count(channel);
		return (this.#cursors.get(channel.id) ?? NONE).mentions;
	}

	ofGuild(guild: Id): { unread: boolean; mentions: number } {
		const all = channels.ofGuild(guild);
		return {
			unread: all.some((channel) => this.count(channel) > 0),
			mentions: all.reduce((sum, channel) => sum + this.mentions(channel), 0),
		};
	}

	get directMentions(): number {
		return channels.directs.reduce((sum, channel) => sum + this.mentions(channel), 0);
	}

	/** For the page's title. */
	get total(): number {
		return guilds.order.reduce((sum, id) => sum + this.ofGuild(id).mentions, this.directMentions);
	}
}

/** Whether it is for the reader: themselves, a role of theirs, or everyone. */
export function mentionsMe(message: Message): boolean {
	if (message.author.id === session.myId) return false;
	if (message.mention_everyone || message.mentions.includes(session.myId)) return true;
	const mine = message.guild_id ? guilds.get(message.guild_id)?.self.roles : undefined;
	return mine !== undefined && message.mention_roles.some((role) => mine.includes(role));
}

export const unread = new Unread();
