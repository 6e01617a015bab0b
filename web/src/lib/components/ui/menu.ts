/** How menus look, wherever they open. */
export const menuContent =
	'z-50 min-w-52 max-w-72 animate-rise rounded-xl border border-line bg-popover p-1.5 text-sm text-ink shadow-float outline-none';
export const menuItem =
	'flex min-h-8 w-full cursor-pointer items-center gap-2.5 rounded-lg px-2.5 py-1 text-start text-soft outline-none select-none data-highlighted:bg-raised-2 data-highlighted:text-ink data-disabled:opacity-50';
export const menuDanger = `${menuItem} !text-danger-ink data-highlighted:!bg-danger-soft`;
export const menuLine = 'my-1.5 h-px bg-line';
