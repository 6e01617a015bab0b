/** As the server's `fold` (shared/types/src/text/fold.rs): both run shared/types/testdata/text.json. */
const ACCENTS = new RegExp(
	[
		String.raw`\u0300-\u036f`,
		String.raw`\u0483-\u0489`,
		String.raw`\u0591-\u05bd`,
		String.raw`\u05bf`,
		String.raw`\u05c1`,
		String.raw`\u05c2`,
		String.raw`\u05c4`,
		String.raw`\u05c5`,
		String.raw`\u05c7`,
		String.raw`\u0610-\u061a`,
		String.raw`\u0640`,
		String.raw`\u064b-\u065f`,
		String.raw`\u0670`,
		String.raw`\u06d6-\u06dc`,
		String.raw`\u06df-\u06e4`,
		String.raw`\u06e7`,
		String.raw`\u06e8`,
		String.raw`\u06ea-\u06ed`,
		String.raw`\u0711`,
		String.raw`\u0730-\u074a`,
		String.raw`\u1ab0-\u1aff`,
		String.raw`\u1dc0-\u1dff`,
		String.raw`\u20d0-\u20ff`,
		String.raw`\ufe20-\ufe2f`,
		String.raw`\u02b9-\u02bf`,
		String.raw`\u02c8`,
	]
		.map((range) => `[${range}]`)
		.join('|'),
	'gu',
);

/** How a letter that does not decompose is written by those who do not have it. */
const SPELLED = new Map<string, string>([
	['æ', 'ae'],
	['œ', 'oe'],
	['ß', 'ss'],
	['þ', 'th'],
	['ŋ', 'ng'],
	...pairs('øɔɵ', 'o'),
	...pairs('łƚ', 'l'),
	...pairs('đðɖɗ', 'd'),
	['ħ', 'h'],
	...pairs('ıɨ', 'i'),
	...pairs('ȷɉ', 'j'),
	...pairs('ĸƙ', 'k'),
	...pairs('ŧƭʈ', 't'),
	...pairs('ƀɓ', 'b'),
	...pairs('ȼƈ', 'c'),
	...pairs('ǝəɛɇ', 'e'),
	['ƒ', 'f'],
	...pairs('ǥɠɣ', 'g'),
	['ɲ', 'n'],
	['ƥ', 'p'],
	['ɍ', 'r'],
	...pairs('ʉʊ', 'u'),
	['ʋ', 'v'],
	...pairs('ƴɏ', 'y'),
	...pairs('ƶȥʒ', 'z'),
	['ⱥ', 'a'],
	['ς', 'σ'],
	...pairs('ىی', 'ي'),
	['ة', 'ه'],
	['ٱ', 'ا'],
	['ک', 'ك'],
]);

function pairs(letters: string, as: string): [string, string][] {
	return [...letters].map((letter) => [letter, as]);
}

/** One character. Case is taken off each by itself: where a letter stands does not change what it is compared as. */
function foldCharacter(character: string): string {
	const plain = character.normalize('NFKD').replace(ACCENTS, '').normalize('NFC');
	const lower = [...plain]
		.map((letter) => letter.toLowerCase())
		.join('')
		.replace(ACCENTS, '');
	return [...lower].map((letter) => SPELLED.get(letter) ?? letter).join('');
}

/** A text without case, accents and vowel points, for comparing what somebody looks for with what there is. */
export function fold(text: string): string {
	return [...text.normalize('NFKC')].map(foldCharacter).join('');
}
