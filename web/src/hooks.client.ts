import type { HandleClientError } from '@sveltejs/kit';

/** What nobody expected goes to the console, where somebody who reports it finds it. */
export const handleError: HandleClientError = ({ error }) => {
	console.error(error);
};
