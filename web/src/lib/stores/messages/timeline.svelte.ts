import { note } from '../../faults.ts';
import { ApiError, type Id, type Message, type MessagePage, type Page } from '@kith/sdk';
import { tick } from 'svelte';
import { catchUp, type LoadPage } from './catchup.ts';

const PAGE = 50;
const LARGEST_PAGE = 100;
/** More rows are not kept: the far end is dropped and loaded again when somebody scrolls there. */
export const MOST_ROWS = 300;
const AFTER_TRIM = 200;
/** A message may overtake the one before it for a moment; only then is it looked for. */
const GAP_MS = 400;

/**
 * A window of one channel's messages: contiguous by `seq`, so that a message that is missing is noticed.
 * Tombstones are in it, for they have their place; rows leave them out.
 */
export class Timeline {
	readonly channelId: Id;
	readonly #load: LoadPage;
	messages = $state.raw<Message[]>([]);
	status = $state<'loading' | 'ready' | 'failed'>('loading');
	/** The channel's first message is in the window. */
	atStart = $state(false);
	/** The channel's newest message is in the window: live messages are appended. */
	atEnd = $state(false);
	/** What was said before may not be read; only what comes while one looks on. */
	unreadable = $state(false);
	/** Which end is being loaded, and whether the last try failed. */
	paging = $state<'before' | 'after' | null>(null);
	pagingFailed = $state(false);
	/** “New” stands above the first message after this one. Fixed when the channel is opened. */
	dividerSeq = $state<number | null>(null);
	/** Rows are just being added or removed at the start, so the list must keep its place from the end. */
	shift = $state(false);
	/** Where to scroll once the rows are there. */
	target = $state.raw<{ seq: number } | 'end' | null>('end');
	/** The reader is at the bottom and follows. */
	following = true;
	#early: Message[] = [];
	#gapTimer: ReturnType<typeof setTimeout> | null = null;
	/** Raised when the window is replaced, so that answers for the old one are dropped. */
	#generation = 0;

	constructor(channelId: Id, load: LoadPage) {
		this.channelId = channelId;
		this.#load = load;
	}

	/** The newest page. */
	async openNewest(): Promise<void> {
		await this.#replace({ limit: PAGE }, 'end');
	}

	/** The page around a place in the channel. */
	async openAt(seq: number): Promise<void> {
		await this.#replace({ after_seq: Math.max(0, seq - 15), limit: PAGE }, { seq });
	}

	async #replace(page: MessagePage, target: { seq: number } | 'end'): Promise<void> {
		const generation = ++this.#generation;
		this.status = 'loading';
		this.paging = null;
		this.pagingFailed = false;
		try {
			const messages = await this.#load(this.channelId, page);
			if (generation !== this.#generation) return;
			this.unreadable = false;
			this.messages = messages;
			const first = messages[0];
			this.atStart = first === undefined || first.seq === 1 || (target === 'end' && !messages.hasMore);
			this.atEnd = target === 'end' || !messages.hasMore;
		} catch (error) {
			if (generation !== this.#generation) return;
			note(error);
			if (!(error instanceof ApiError) || error.code !== 'MISSING_PERMISSION') {
				this.status = 'failed';
				return;
			}
			this.unreadable = true;
			this.messages = [];
			this.atStart = this.atEnd = true;
		}
		this.target = target;
		this.status = 'ready';
		this.#drain();
	}

	async loadBefore(): Promise<void> {
		const first = this.messages[0];
		if (!first || this.atStart || this.paging || this.status !== 'ready') return;
		const page = await this.#page('before', { before: first.id, limit: PAGE });
		if (!page) return;
		this.shift = true;
		this.messages = [...page, ...this.messages];
		this.atStart = !page.hasMore || page[0]?.seq === 1;
		await tick();
		this.shift = false;
		if (this.messages.length > MOST_ROWS) {
			this.messages = this.messages.slice(0, AFTER_TRIM);
			this.atEnd = false;
		}
		this.paging = null;
	}

	async loadAfter(): Promise<void> {
		const last = this.messages.at(-1);
		if (!last || this.atEnd || this.paging || this.status !== 'ready') return;
		const page = await this.#page('after', { after_seq: last.seq, limit: PAGE });
		if (!page) return;
		this.messages = [...this.messages, ...page];
		this.atEnd = !page.hasMore;
		await tick();
		await this.#trimStart();
		this.paging = null;
		if (this.atEnd) this.#drain();
	}

	async #page(end: 'before' | 'after', page: MessagePage): Promise<Page<Message> | null> {
		const generation = this.#generation;
		this.paging = end;
		this.pagingFailed = false;
		try {
			const messages = await this.#load(this.channelId, page);
			return generation === this.#generation ? messages : null;
		} catch (error) {
			note(error);
			if (generation === this.#generation) {
				this.paging = null;
				this.pagingFailed = true;
			}
			return null;
		}
	}

	/** What is shown may be out of date: read the same window again, and what came after it. Nothing moves. */
	async reload(): Promise<void> {
		const first = this.messages[0];
		if (!first || this.unreadable || this.status !== 'ready') return this.openNewest();
		const generation = ++this.#generation;
		const { atEnd } = this;
		const last = this.messages.at(-1)?.seq ?? 0;
		try {
			const load = (page: MessagePage): Promise<Page<Message>> => this.#load(this.channelId, page);
			const caught = await catchUp(load, { first: first.seq, last, atEnd });
			if (generation !== this.#generation) return;
			if (caught === null) return await this.openNewest();
			this.messages = caught.messages;
			this.atEnd = caught.atEnd;
		} catch (error) {
			note(error);
			if (generation === this.#generation) this.status = 'failed';
			return;
		}
		this.paging = null;
		this.#drain();
	}

	/** A message was posted. */
	received(message: Message): void {
		this.#early.push(message);
		if (this.status === 'ready') this.#drain();
	}

	updated(message: Message): void {
		this.#put(message);
		this.#early = this.#early.map((early) => (early.seq === message.seq ? message : early));
	}

	deleted(seq: number, deletedAt: string): void {
		const found = this.messages.find((message) => message.seq === seq);
		if (found) this.#put({ ...found, content: '', deleted_at: deletedAt });
		this.#early = this.#early.map((early) =>
			early.seq === seq ? { ...early, content: '', deleted_at: deletedAt } : early,
		);
	}

	/** The message at a place, if it is in the window. */
	at(seq: number): Message | undefined {
		return this.messages.find((message) => message.seq === seq);
	}

	find(id: Id): Message | undefined {
		return this.messages.find((message) => message.id === id);
	}

	#put(message: Message): void {
		const first = this.messages[0]?.seq ?? 0;
		// Without the history there may be gaps, so the place is no index.
		const index = this.unreadable
			? this.messages.findIndex(({ seq }) => seq === message.seq)
			: message.seq - first;
		const known = this.messages[index];
		if (known?.seq !== message.seq) return;
		// Only the first answer and event name the nonce; the row is known by it.
		const nonce = message.nonce ?? known.nonce;
		this.messages = this.messages.with(index, nonce ? { ...message, nonce } : message);
	}

	/** Appends what fits; what came too early waits for the one before it. */
	#drain(): void {
		if (!this.atEnd) {
			// The newest are not in the window: they will be loaded when the reader gets there.
			for (const message of this.#early) this.#put(message);
			this.#early = [];
			return;
		}
		const added: Message[] = [];
		let last = this.messages.at(-1)?.seq ?? 0;
		for (const message of this.#early.toSorted((a, b) => a.seq - b.seq)) {
			if (message.seq <= last) this.#put(message);
			else if (message.seq === last + 1 || this.unreadable) {
				added.push(message);
				last = message.seq;
			} else break;
		}
		this.#early = this.#early.filter(({ seq }) => seq > last);
		if (added.length > 0) {
			this.messages = [...this.messages, ...added];
			void tick().then(() => (this.following ? this.#trimStart() : undefined));
		}
		if (this.#early.length > 0) this.#fillGapIn(GAP_MS);
	}

	#fillGapIn(ms: number): void {
		if (this.#gapTimer !== null) return;
		this.#gapTimer = setTimeout(() => {
			this.#gapTimer = null;
			void this.#fillGap();
		}, ms);
	}

	async #fillGap(): Promise<void> {
		if (this.#early.length === 0 || !this.atEnd || this.status !== 'ready') return;
		const generation = this.#generation;
		const after = this.messages.at(-1)?.seq ?? 0;
		try {
			const page = await this.#load(this.channelId, { after_seq: after, limit: LARGEST_PAGE });
			if (generation !== this.#generation) return;
			this.#early.push(...page);
			// Nothing new: then what waits is not of this channel's order, and waiting does not help.
			if (page.length === 0) return await this.openNewest();
		} catch (error) {
			note(error);
			this.#fillGapIn(GAP_MS * 5);
			return;
		}
		this.#drain();
	}

	async #trimStart(): Promise<void> {
		if (this.messages.length <= MOST_ROWS) return;
		this.shift = true;
		this.messages = this.messages.slice(-AFTER_TRIM);
		this.atStart = false;
		await tick();
		this.shift = false;
	}
}
