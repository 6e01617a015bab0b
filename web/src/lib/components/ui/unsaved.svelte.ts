import { getContext, setContext } from 'svelte';

/** What somebody has changed in a form and not saved. */
export interface Draft {
	readonly changed: boolean;
	/** It cannot be saved as it is. */
	readonly invalid?: boolean;
	readonly busy: boolean;
	save(): unknown;
	reset(): void;
}

/** Holds back whoever would leave a form with changes that are not saved. */
export class Unsaved {
	#draft = $state.raw<Draft | null>(null);
	/** Raised each time that somebody is held back: the bar draws attention to itself. */
	nudges = $state(0);

	get draft(): Draft | null {
		return this.#draft?.changed ? this.#draft : null;
	}

	/** Runs it, unless something is not saved. */
	guard(act: () => void): void {
		if (this.draft) this.nudges++;
		else act();
	}

	offer(draft: Draft): () => void {
		this.#draft = draft;
		return () => {
			if (this.#draft === draft) this.#draft = null;
		};
	}
}

const KEY = Symbol('unsaved');

/** For the dialog that the forms stand in. */
export function provideUnsaved(): Unsaved {
	return setContext(KEY, new Unsaved());
}

/** For what leads away from a form within the dialog. */
export function unsaved(): Unsaved {
	return getContext<Unsaved>(KEY);
}

/** For a form in the dialog; the last one counts. */
export function offerDraft(draft: Draft): void {
	const here = unsaved();
	$effect(() => here.offer(draft));
}
