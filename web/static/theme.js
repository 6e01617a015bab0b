// Runs before the first paint, so that nobody who likes it dark is dazzled by a white page.
(function () {
	var chosen = null;
	try {
		chosen = localStorage.getItem('kith.theme');
	} catch {
		// Storage may be forbidden; the system's theme is a good answer then.
	}
	var dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
	document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
