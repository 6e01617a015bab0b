const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_CHARACTERS = 10;

/** When an id was made, in milliseconds since 1970: the first characters of a ULID say it. */
export function timeOf(id: string): number {
	return [...id.slice(0, TIME_CHARACTERS)].reduce((time, letter) => time * 32 + ALPHABET.indexOf(letter), 0);
}
