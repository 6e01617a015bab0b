import type { Message } from '@kith/sdk';
import { t } from '../i18n/runtime.ts';
import { authorName } from '../stores/names.ts';

const MOST_CHARACTERS = 120;
/** At most one announcement per second; what comes meanwhile is counted. */
const PAUSE_MS = 1_000;

/** Says new messages of the open channel to people who cannot see them arrive. */
class Announcer {
	polite = $state('');
	alert = $state('');
	#waiting: Message[] = [];
	#timer: ReturnType<typeof setTimeout> | null = null;

	message(message: Message): void {
		this.#waiting.push(message);
		if (this.#timer === null) this.#say();
	}

	/** Only for what must not be missed: a message that was not sent. */
	urgent(text: string): void {
		this.alert = text;
	}

	#say(): void {
		const [first, ...more] = this.#waiting;
		this.#waiting = [];
		if (!first) {
			this.#timer = null;
			return;
		}
		const text = [...first.content].slice(0, MOST_CHARACTERS).join('');
		this.polite =
			more.length > 0
				? t('announce.several', { count: more.length + 1 })
				: t('announce.message', { author: authorName(first), text });
		this.#timer = setTimeout(() => this.#say(), PAUSE_MS);
	}
}

export const announcer = new Announcer();
