/**
 * Whether what is pasted is meant as text, although pictures of it come along: spreadsheets and word processors offer their
 * cells as text, as HTML and as a picture at once. Files from a folder bring their names as text, but no HTML; a picture
 * from a page brings HTML, but no text.
 */
export function isText(data: DataTransfer | null): boolean {
	if (!data) return false;
	const onlyPictures = [...data.files].every(({ type }) => type.startsWith('image/'));
	return onlyPictures && data.getData('text/plain').trim() !== '' && data.types.includes('text/html');
}
