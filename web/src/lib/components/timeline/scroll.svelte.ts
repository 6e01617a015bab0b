import type { Id } from '@kith/sdk';
import { tick, untrack } from 'svelte';
import type { VirtualizerHandle } from 'virtua/svelte';
import { acknowledge } from '#lib/actions/messages.ts';
import { channels } from '#lib/stores/channels.svelte.ts';
import type { Timeline } from '#lib/stores/messages/timeline.svelte.ts';
import type { Row } from './rows.ts';

/** Closer to the end than this counts as being there. */
const BOTTOM_PX = 48;
/** The next page is asked for before somebody sees the edge. */
const PAGE_AHEAD_PX = 900;
const ABOVE_TARGET_PX = 72;

/** The one owner of a timeline's scroll position. */
export class Scroll {
	readonly #timeline: Timeline;
	readonly #channelId: Id;
	#list: VirtualizerHandle | undefined;
	#rows: Row[] = [];
	#lastOffset = 0;
	/** The first position was taken; before that nothing the list does is the reader's doing. */
	#armed = false;
	/** The reader is at the newest message and wants to stay there. */
	#sticking = true;
	#bottom = $state(true);
	#pageVisible = $state(document.visibilityState === 'visible');
	/** Far enough from the newest message for a way back. */
	away = $state(false);
	/** Unread messages before those that were loaded at the opening. */
	unseenAbove = $state(0);

	constructor(timeline: Timeline, channelId: Id) {
		this.#timeline = timeline;
		this.#channelId = channelId;
	}

	/** In an effect: the list or its rows have changed. */
	attach(list: VirtualizerHandle | undefined, rows: Row[]): void {
		this.#list = list;
		this.#rows = rows;
		const { target, status } = this.#timeline;
		if (!list || status !== 'ready') return;
		if (target !== null) {
			untrack(() => void this.#take(target));
		} else if (this.#sticking && this.#armed) {
			void tick().then(() => this.#toEnd());
		}
	}

	/** In an effect: pages that the first screen does not fill are loaded at once. */
	follow(): void {
		const { status, paging, pagingFailed } = this.#timeline;
		if (status === 'ready' && paging === null && !pagingFailed && this.#timeline.target === null) {
			requestAnimationFrame(() => this.#page());
		}
	}

	/** In an effect: the newest message is really on the screen, so it counts as read. */
	acknowledgeSeen(): void {
		const { atEnd, messages, status } = this.#timeline;
		const last = messages.at(-1)?.seq;
		if (
			this.#bottom &&
			this.#pageVisible &&
			atEnd &&
			status === 'ready' &&
			last !== undefined &&
			this.unseenAbove === 0
		) {
			untrack(() => acknowledge(this.#channelId, last));
		}
	}

	watchVisibility(): () => void {
		const changed = (): void => {
			this.#pageVisible = document.visibilityState === 'visible';
			const last = this.#timeline.messages.at(-1)?.seq;
			// What comes while nobody looks begins at a new line.
			if (!this.#pageVisible && this.#bottom && this.#timeline.atEnd && last)
				this.#timeline.dividerSeq = last;
		};
		document.addEventListener('visibilitychange', changed);
		return () => document.removeEventListener('visibilitychange', changed);
	}

	watchSize(scroller: HTMLElement | undefined): (() => void) | undefined {
		if (!scroller) return undefined;
		const observer = new ResizeObserver(() => requestAnimationFrame(() => this.resized()));
		observer.observe(scroller);
		return () => observer.disconnect();
	}

	moved(offset: number): void {
		if (!this.#list || !this.#armed) return;
		const gap = this.#gap();
		// Only moving up leaves the end: rows that grow below do not.
		if (gap <= BOTTOM_PX) this.#stick(true);
		else if (offset < this.#lastOffset - 1) this.#stick(false);
		this.#lastOffset = offset;
		this.#bottom = gap <= BOTTOM_PX;
		this.away = !this.#timeline.atEnd || gap > this.#list.getViewportSize();
		this.#page();
	}

	resized(): void {
		if (this.#armed && this.#sticking) this.#toEnd();
	}

	toPresent(): void {
		this.#stick(true);
		if (this.#timeline.atEnd) this.#toEnd();
		else void this.#timeline.openNewest();
	}

	toFirstUnread(): void {
		this.unseenAbove = 0;
		const seq = this.#timeline.dividerSeq;
		if (seq === null) return;
		this.#stick(false);
		void this.#timeline.openAt(seq + 1);
	}

	markRead(): void {
		this.unseenAbove = 0;
		this.#timeline.dividerSeq = null;
	}

	async #take(target: { seq: number } | 'end'): Promise<void> {
		this.#timeline.target = null;
		this.#armed = false;
		const first = target === 'end' ? this.#openingTarget() : target;
		// Sizes are guesses until the rows were drawn once: so twice.
		await tick();
		this.#go(first);
		await new Promise((resolve) => requestAnimationFrame(resolve));
		this.#go(first);
		await new Promise((resolve) => requestAnimationFrame(resolve));
		if (!this.#list) return;
		this.#lastOffset = this.#list.getScrollOffset();
		this.#armed = true;
		const gap = this.#gap();
		this.#stick(gap <= BOTTOM_PX);
		this.#bottom = gap <= BOTTOM_PX;
		this.away = !this.#timeline.atEnd || gap > this.#list.getViewportSize();
	}

	/** A channel opens at the first unread message if that was loaded, else at its end. */
	#openingTarget(): { seq: number } | 'end' {
		const { dividerSeq, messages } = this.#timeline;
		const first = messages[0]?.seq;
		if (dividerSeq === null || first === undefined) return 'end';
		if (first > dividerSeq + 1) {
			this.unseenAbove = Math.max(0, (channels.get(this.#channelId)?.last_seq ?? 0) - dividerSeq);
			return 'end';
		}
		return { seq: dividerSeq + 1 };
	}

	#go(target: { seq: number } | 'end'): void {
		if (!this.#list) return;
		this.#toEnd();
		if (target === 'end') return;
		const index = this.#rows.findIndex((row) => row.kind === 'message' && row.message.seq >= target.seq);
		if (index < 0 || this.#list.getItemOffset(index) - ABOVE_TARGET_PX >= this.#list.getScrollOffset())
			return;
		this.#list.scrollToIndex(index, { align: 'start', offset: -ABOVE_TARGET_PX });
	}

	#toEnd(): void {
		this.#list?.scrollToIndex(this.#rows.length - 1, { align: 'end', offset: 16 });
	}

	#gap(): number {
		if (!this.#list) return 0;
		return this.#list.getScrollSize() - this.#list.getScrollOffset() - this.#list.getViewportSize();
	}

	#stick(sticking: boolean): void {
		this.#sticking = sticking;
		this.#timeline.following = sticking;
	}

	#page(): void {
		if (!this.#list || !this.#armed) return;
		if (this.#list.getScrollOffset() < PAGE_AHEAD_PX) void this.#timeline.loadBefore();
		else if (this.#gap() < PAGE_AHEAD_PX) void this.#timeline.loadAfter();
	}
}
