export interface Toast {
	id: number;
	text: string;
	kind: 'info' | 'error';
}

const SHOWN_MS = 5_000;

/** Short news at the edge of the window. */
class Toasts {
	list = $state<Toast[]>([]);
	#next = 0;

	info(text: string): void {
		this.#add(text, 'info');
	}

	error(text: string): void {
		this.#add(text, 'error');
	}

	dismiss(id: number): void {
		this.list = this.list.filter((toast) => toast.id !== id);
	}

	#add(text: string, kind: Toast['kind']): void {
		const id = this.#next++;
		this.list = [...this.list.slice(-2), { id, text, kind }];
		setTimeout(() => this.dismiss(id), SHOWN_MS);
	}
}

export const toasts = new Toasts();
