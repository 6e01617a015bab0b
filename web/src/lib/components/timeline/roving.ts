import { tick } from 'svelte';
import type { VirtualizerHandle } from 'virtua/svelte';
import type { Row } from './rows.ts';
import type { ChannelViewState } from './view.svelte.ts';

interface Context {
	rows: Row[];
	view: ChannelViewState;
	list: VirtualizerHandle | undefined;
}

/** Arrow keys go from message to message; Tab leaves the list, for only one of them can be reached by it. */
export function rovingKeys(event: KeyboardEvent, { rows, view, list }: Context): void {
	const article = event.target as HTMLElement;
	if (article.tagName !== 'ARTICLE' || event.ctrlKey || event.metaKey || event.altKey) return;
	const at = rows.findIndex(({ key }) => key === article.dataset.key);
	const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 1, End: rows.length - 1 }[event.key];
	if (to === undefined) return;
	event.preventDefault();
	const row = rows[Math.min(rows.length - 1, Math.max(1, to))];
	if (!row || !list) return;
	view.focusKey = row.key;
	list.scrollToIndex(rows.indexOf(row), { align: 'nearest' });
	void tick().then(() => {
		const { parentElement } = article.closest('[role=log]') ?? article;
		parentElement?.querySelector<HTMLElement>(`article[data-key="${CSS.escape(row.key)}"]`)?.focus();
	});
}
