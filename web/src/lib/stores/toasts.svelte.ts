export interface Toast {
	id: number;
	text: string;
	kind: 'info' | 'error';
}

const SHOWN_MS = 5_000;
const NOTICE_MS = 20_000;

/** Short news at the edge of the window. */
class Toasts {
	list = $state<Toast[]>([]);
	#next = 0;

	info(text: string): void {
		this.#add(text, 'info');
	}

	/** What must not be missed by who looks away for a moment. */
	notice(text: string): void {
		this.#add(text, 'info', NOTICE_MS);
	}

	error(text: string): void {
		this.#add(text, 'error');
	}

	dismiss(id: number): void {
		this.list = this.list.filter((toast) => toast.id !== id);
	}

	#add(text: string, kind: Toast['kind'], ms = SHOWN_MS): void {
		const id = this.#next++;
		this.list = [...this.list.slice(-2), { id, text, kind }];
		setTimeout(() => this.dismiss(id), ms);
	}
}

export const toasts = new Toasts();
