/** As the server's `is_seen` (shared/types/src/text/seen.rs): what has none of these shows nothing. */
const UNSEEN = /[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{C}\u2800]/gu;

/** Whether a text shows nothing at all, so that it is no name and no message. */
export function isBlank(text: string): boolean {
	return text.replace(UNSEEN, '') === '';
}

/** What turns the direction of writing for what comes after it. */
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;
/** Letters that are written from right to left, and marks that act like one. */
const RIGHT_TO_LEFT =
	/[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]|[\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** What a file is called, in the order in which it is written: its ending cannot be made to look like another. */
export function unturned(name: string): string {
	return name.replace(TURNS, '');
}

/** A foreign text within a sentence of ours: whatever its direction, the sentence keeps its own. */
export function isolated(text: string): string {
	return RIGHT_TO_LEFT.test(text) ? `\u2068${unturned(text)}\u2069` : text;
}
