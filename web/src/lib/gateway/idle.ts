/** Without a touch for so long, somebody is away from the keyboard. */
export const IDLE_MS = 10 * 60_000;

const SIGNS_OF_LIFE = ['pointermove', 'pointerdown', 'keydown', 'wheel', 'touchstart'] as const;

/** Watches whether anybody touches this device, and says when that changes. Gives how to end it. */
export function watchIdle(changed: (idle: boolean) => void, target: EventTarget = window): () => void {
	let idle = false;
	let timer = setTimeout(fallAsleep, IDLE_MS);
	function fallAsleep(): void {
		idle = true;
		changed(true);
	}
	function touched(): void {
		clearTimeout(timer);
		timer = setTimeout(fallAsleep, IDLE_MS);
		if (!idle) return;
		idle = false;
		changed(false);
	}
	for (const sign of SIGNS_OF_LIFE) target.addEventListener(sign, touched, { passive: true });
	return () => {
		clearTimeout(timer);
		for (const sign of SIGNS_OF_LIFE) target.removeEventListener(sign, touched);
	};
}
