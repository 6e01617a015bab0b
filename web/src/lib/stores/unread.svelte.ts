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
	/** Messages after `readSeq` that were deleted since this device knows of the channel: there is nothing to read. */
	gone: number[];
}

const NONE: Cursor = { readSeq: 0, mentions: 0, heard: [], gone: [] };

/** What of a cursor is about later messages. */
function after({ heard, gone }: Cursor, seq: number): Pick<Cursor, 'heard' | 'gone'> {
	return { heard: heard.filter((other) => other > seq), gone: gone.filter((other) => other > seq) };
}

/** What was deleted right behind the last that was read is read too: as the server counts. */
function advanced(cursor: Cursor): Cursor {
	let { readSeq } = cursor;
	while (cursor.gone.includes(readSeq + 1)) readSeq++;
	return { ...cursor, readSeq, gone: cursor.gone.filter((seq) => seq > readSeq) };
}

/** How far each channel was read. Every badge — title, rail, channel — is derived from this one map. */
class Unread {
	readonly #cursors = new SvelteMap<Id, Cursor>();

	/** The server's count may be older than a mention that has arrived already: that one counts as well. */
	put({ channel_id, read_seq, mention_count }: ReadState): void {
		const { heard, gone } = after(this.#cursor(channel_id), read_seq);
		this.#cursors.set(
			channel_id,
			advanced({ readSeq: read_seq, mentions: Math.max(mention_count, heard.length), heard, gone }),
		);
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

	/** Channels in which something mentions the reader that this device has not heard itself. */
	get counted(): Id[] {
		return [...this.#cursors].flatMap(([id, { mentions }]) => (mentions > 0 ? [id] : []));
	}

	heard(channel: Id): readonly number[] {
		return this.#cursor(channel).heard;
	}

	/** The server has counted again, after what was `heard` by then. */
	recounted({ channel_id, read_seq, mention_count }: ReadState, heard: readonly number[]): void {
		const cursor = this.#cursor(channel_id);
		if (read_seq !== cursor.readSeq) return;
		const later = cursor.heard.filter((seq) => !heard.includes(seq));
		const mentions = Math.max(mention_count, later.length);
		this.#cursors.set(channel_id, { ...cursor, mentions, heard: mentions === 0 ? [] : cursor.heard });
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

	/**
	 * `before`: what it said, if this device knows. A mention that was counted before it connected is taken back by that.
	 * Gives back whether it may have mentioned the reader, and nobody here can tell.
	 */
	deleted(channel: Id, seq: number, before?: Message): boolean {
		const unsure = this.#unmentioned(channel, seq, before);
		const cursor = this.#cursor(channel);
		if (seq <= cursor.readSeq || cursor.gone.includes(seq)) return false;
		this.#cursors.set(channel, advanced({ ...cursor, gone: [...cursor.gone, seq] }));
		return unsure;
	}

	/** It may mention the reader no more. One that mentions them only now makes no noise. */
	edited(message: Message, before?: Message): boolean {
		return !mentionsMe(message) && this.#unmentioned(message.channel_id, message.seq, before);
	}

	#unmentioned(channel: Id, seq: number, before?: Message): boolean {
		const cursor = this.#cursor(channel);
		// A mention that came with an edit was never counted.
		const was = before?.edited_at === null && mentionsMe(before);
		const counted = cursor.heard.includes(seq) || was;
		if (seq <= cursor.readSeq) return false;
		if (!counted) return before === undefined && cursor.mentions > cursor.heard.length;
		const heard = cursor.heard.filter((other) => other !== seq);
		this.#cursors.set(channel, { ...cursor, mentions: Math.max(0, cursor.mentions - 1), heard });
		return false;
	}

	/** Before the server has confirmed it: a badge that was seen to must not linger. */
	readUpTo(channel: Id, seq: number): void {
		const cursor = this.#cursor(channel);
		if (seq <= cursor.readSeq) return;
		const { heard, gone } = after(cursor, seq);
		this.#cursors.set(channel, advanced({ readSeq: seq, mentions: heard.length, heard, gone }));
	}

	#cursor(channel: Id): Cursor {
		return this.#cursors.get(channel) ?? NONE;
	}

	count(channel: Channel): number {
		const { readSeq, gone } = this.#cursor(channel.id);
		const deleted = gone.filter((seq) => seq <= channel.last_seq).length;
		return Math.max(0, channel.last_seq - readSeq - deleted);
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
