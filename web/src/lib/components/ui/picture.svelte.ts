import { note } from '../../faults.ts';

/** A picture that is on its way: its address once it is there, null until then and if it cannot be had. */
export function arriving(load: () => Promise<string> | null): { readonly src: string | null } {
	let src = $state<string | null>(null);
	$effect(() => {
		src = null;
		let wanted = true;
		load()?.then((address) => wanted && (src = address), note);
		return () => (wanted = false);
	});
	return {
		get src() {
			return src;
		},
	};
}
