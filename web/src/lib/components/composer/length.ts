/** The most characters of a message, counted as a reader counts them. */
export const MOST_CHARACTERS = 4000;
/** Closer to the limit than this the counter shows. */
export const COUNT_FROM = MOST_CHARACTERS - 200;

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Characters as people count them: an emoji family is one. */
export function characters(text: string): number {
	// There are never more of them than code units, so short texts need no counting.
	if (text.length <= COUNT_FROM) return text.length;
	return [...segmenter.segment(text.normalize('NFC'))].length;
}
