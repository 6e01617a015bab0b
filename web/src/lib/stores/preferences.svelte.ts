export type Theme = 'system' | 'dark' | 'light';

const KEY = 'kith.theme';
const MEMBERS_KEY = 'kith.members';

/** What is chosen on this device. */
class Preferences {
	#theme = $state<Theme>(readTheme());
	#showMembers = $state(localStorage.getItem(MEMBERS_KEY) !== 'hidden');

	constructor() {
		matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#apply());
		// Chosen in another tab.
		addEventListener('storage', ({ key }) => {
			if (key !== KEY) return;
			this.#theme = readTheme();
			this.#apply();
		});
	}

	get theme(): Theme {
		return this.#theme;
	}

	set theme(theme: Theme) {
		this.#theme = theme;
		localStorage.setItem(KEY, theme);
		this.#apply();
	}

	get showMembers(): boolean {
		return this.#showMembers;
	}

	set showMembers(show: boolean) {
		this.#showMembers = show;
		localStorage.setItem(MEMBERS_KEY, show ? 'shown' : 'hidden');
	}

	#apply(): void {
		const dark =
			this.#theme === 'dark' ||
			(this.#theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
		document.documentElement.dataset.theme = dark ? 'dark' : 'light';
	}
}

function readTheme(): Theme {
	const stored = localStorage.getItem(KEY);
	return stored === 'dark' || stored === 'light' ? stored : 'system';
}

export const preferences = new Preferences();
