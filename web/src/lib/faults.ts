import { ApiError, AuthEnded, NetworkError } from '@kith/sdk';

/** What happens without anybody's mistake: the network, an answer of the server, a device or permission that is missing. */
function isForeseen(error: unknown): boolean {
	return (
		error instanceof ApiError ||
		error instanceof NetworkError ||
		error instanceof AuthEnded ||
		error instanceof DOMException ||
		// A part of this app could not be fetched.
		(error instanceof TypeError && /dynamically imported module|module script/i.test(error.message))
	);
}

/** Says a mistake of this app where developers and tests see it. What was foreseen is nobody's news. */
export function note(error: unknown): void {
	if (!isForeseen(error)) console.error(error);
}
