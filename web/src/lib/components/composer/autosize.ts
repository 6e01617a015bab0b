/** Makes a text field as high as its text, up to a part of the window's height. */
export function fit(element: HTMLTextAreaElement | undefined, mostOfWindow = 0.5): void {
	if (!element) return;
	// Measuring makes it small for a moment: what stands above must not grow meanwhile and scroll.
	const { parentElement: around } = element;
	if (around) around.style.minHeight = `${around.offsetHeight}px`;
	element.style.height = 'auto';
	element.style.height = `${Math.min(element.scrollHeight, window.innerHeight * mostOfWindow)}px`;
	if (around) around.style.minHeight = '';
}
