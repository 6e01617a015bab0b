import { t } from '#lib/i18n/runtime.ts';
import { unread } from '#lib/stores/unread.svelte.ts';

/** The page's title, with the number of messages that wait for the reader. */
export function unreadTitle(name: string): string {
	const count = unread.total;
	return `${count > 0 ? `(${count}) ` : ''}${name} · ${t('app.name')}`;
}
