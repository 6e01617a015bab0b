// Pictures that the page itself draws.

/** Puts a picture of one colour, drawn in the page, where a paste or a drop of a file would put it. */
export async function offer(page, selector, kind, { name, width, height, color }) {
	await page.locator(selector).first().evaluate(
		async (target, { kind, name, width, height, color }) => {
			const canvas = new OffscreenCanvas(width, height);
			const context = canvas.getContext('2d');
			context.fillStyle = color;
			context.fillRect(0, 0, width, height);
			const blob = await canvas.convertToBlob({ type: 'image/png' });
			const transfer = new DataTransfer();
			transfer.items.add(new File([blob], name, { type: 'image/png' }));
			const event =
				kind === 'paste'
					? new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true })
					: new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true });
			target.dispatchEvent(event);
		},
		{ kind, name, width, height, color },
	);
}
