/** How menus look, wherever they open. */
export const menuContent =
	'z-50 min-w-52 max-w-72 animate-rise rounded-xl border border-line bg-popover p-1.5 text-sm text-ink shadow-float outline-none';
/** At the lower edge of a phone; the shade is its shadow, so that there is nothing to press besides it. */
export const menuSheet =
	'fixed inset-x-0 bottom-0 z-50 max-h-[85dvh] animate-rise overflow-y-auto overscroll-contain rounded-t-2xl border-t border-line bg-popover p-2 pb-[max(0.75rem,env(safe-area-inset-bottom))] text-ink shadow-[0_0_0_100vmax_var(--shade)] outline-none';
export const menuItem =
	'flex min-h-8 w-full pointer-coarse:min-h-11 cursor-pointer items-center gap-2.5 rounded-lg px-2.5 py-1 text-start text-soft outline-none select-none data-highlighted:bg-raised-2 data-highlighted:text-ink data-disabled:opacity-50';
export const menuDanger = `${menuItem} !text-danger-ink data-highlighted:!bg-danger-soft`;
export const menuLine = 'my-1.5 h-px bg-line';
