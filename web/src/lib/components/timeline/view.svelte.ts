import type { Id } from '@kith/sdk';

/** What timeline and composer of one channel know of each other. */
export class ChannelViewState {
	/** The message that is being edited. */
	editing = $state<Id | null>(null);
	/** The row that the arrow keys are at; null: the newest. */
	focusKey = $state<string | null>(null);
	/** Set by the timeline. */
	jumpToPresent: () => void = () => undefined;
	focusComposer: () => void = () => undefined;
	/** A failed message's text goes back to where it was written. */
	takeBack: (text: string) => void = () => undefined;
}
