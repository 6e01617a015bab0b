import type { Channel, Id, Message, ReadState } from '@kith/sdk';
import { SvelteMap } from 'svelte/reactivity';
import { channels } from './channels.svelte.ts';
import { guilds } from './guilds.svelte.ts';
import { timeOf } from '../time/id.ts';
import { session } from './session.svelte.ts';

interface Cursor {
	readSeq: number;
	mentions: number;
	/** Messages after `readSeq` that mention the reader and were seen to arrive. */
	heard: number[];
}

const NONE: Cursor = { readSeq: 0, mentions: 0, heard: [] };

/** How far each channel was read. Every badge — title, rail, channel — is derived from this one map. */
class Unread {
	readonly #cursors = new SvelteMap<Id, Cursor>();

	/** The server's count may be older than a mention that has arrived already: that one counts as well. */
	put({ channel_id, read_seq, mention_count }: ReadState): void {
		const heard = this.#cursor(channel_id).heard.filter((seq) => seq > read_seq);
		this.#cursors.set(channel_id, {
			readSeq: read_seq,
			mentions: Math.max(mention_count, heard.length),
			heard,
		});
	}

	/**
	 * A guild's or all direct messages' states as the server has them. What it does not name was never read; but
	 * what was said before somebody came is no news to them.
	 */
	replace(of: Channel[], states: ReadState[], since: string | null = null): void {
		for (const { id, last_seq, last_message_id } of of) {
			if (since !== null && last_message_id !== null && timeOf(last_message_id) <= Date.parse(since)) {
				this.#cursors.set(id, { ...NONE, readSeq: last_seq });
			} else {
				this.#cursors.delete(id);
			}
		}
		for (const state of states) this.put(state);
	}

	readSeq(channel: Id): number {
		return this.#cursor(channel).readSeq;
	}

	/** A new message: it may mention the reader. One's own are read as they are written. */
	received(message: Message): void {
		const { channel_id, seq } = message;
		if (message.author.id === session.myId) {
			this.readUpTo(channel_id, seq);
			return;
		}
		const cursor = this.#cursor(channel_id);
		if (seq <= cursor.readSeq || cursor.heard.includes(seq) || !mentionsMe(message)) return;
		this.#cursors.set(channel_id, {
			...cursor,
			mentions: cursor.mentions + 1,
			heard: [...cursor.heard, seq],
		});
	}

	deleted(channel: Id, seq: number): void {
		const cursor = this.#cursor(channel);
		if (!cursor.heard.includes(seq)) return;
		const heard = cursor.heard.filter((other) => other !== seq);
		this.#cursors.set(channel, { ...cursor, mentions: cursor.mentions - 1, heard });
	}

	/** It may mention the reader no more. One that mentions them only now makes no noise. */
	edited(message: Message): void {
		if (!mentionsMe(message)) this.deleted(message.channel_id, message.seq);
	}

	/** Before the server has confirmed it: a badge that was seen to must not linger. */
	readUpTo(channel: Id, seq: number): void {
		const { readSeq, heard } = this.#cursor(channel);
		if (seq <= readSeq) return;
		const later = heard.filter((other) => other > seq);
		this.#cursors.set(channel, { readSeq: seq, mentions: later.length, heard: later });
	}

	#cursor(channel: Id): Cursor {
		return this.#cursors.get(channel) ?? NONE;
	}

	count(channel: Channel): number {
		return Math.max(0, channel.last_seq - this.readSeq(channel.id));
	}

	mentions(channel: Channel): number {
		// In a direct message everything is for you.
		if (channel.kind === 'direct') return this.count(channel);
		return this.#cursor(channel.id).mentions;
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

	/** Whether anything is unread in another channel than this one. */
	anyBesides(channel: Id | undefined): boolean {
		const waits = (one: Channel): boolean => one.id !== channel && this.count(one) > 0;
		return channels.directs.some(waits) || guilds.order.some((id) => channels.ofGuild(id).some(waits));
	}

	/** For the page's title. */
	get total(): number {
		return guilds.order.reduce((sum, id) => sum + this.ofGuild(id).mentions, this.directMentions);
	}
}

/** Whether it is for the reader: themselves, a role of theirs, or everyone; but never what the blocked say. */
export function mentionsMe(message: Message): boolean {
	if (message.author.id === session.myId || session.blocked.has(message.author.id)) return false;
	if (message.mention_everyone || message.mentions.includes(session.myId)) return true;
	const mine = message.guild_id ? guilds.get(message.guild_id)?.self.roles : undefined;
	return mine !== undefined && message.mention_roles.some((role) => mine.includes(role));
}

export const unread = new Unread();
