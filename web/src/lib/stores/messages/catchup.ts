import type { Id, Message, MessagePage, Page } from '@kith/sdk';

export type LoadPage = (channel: Id, page: MessagePage) => Promise<Page<Message>>;

const LARGEST_PAGE = 100;
/** After a break with more news than this the newest page is shown instead. */
const MOST_CATCH_UP = 500;

export interface Caught {
	messages: Message[];
	/** The channel's newest message is among them. */
	atEnd: boolean;
}

/**
 * Reads a window again from its first message on: to its last, or to the channel's newest if it ended there.
 * Null: too much has come meanwhile.
 */
export async function catchUp(
	load: (page: MessagePage) => Promise<Page<Message>>,
	window: { first: number; last: number; atEnd: boolean },
): Promise<Caught | null> {
	const messages: Message[] = [];
	for (let after = window.first - 1; ;) {
		const page = await load({ after_seq: after, limit: LARGEST_PAGE });
		messages.push(...page);
		after = page.at(-1)?.seq ?? after;
		if (!page.hasMore) return { messages, atEnd: true };
		if (!window.atEnd && after >= window.last) return { messages, atEnd: false };
		if (after > window.last + MOST_CATCH_UP) return null;
	}
}
