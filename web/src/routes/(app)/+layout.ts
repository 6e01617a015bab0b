import { redirect } from '@sveltejs/kit';
import { isLoggedIn, withNext } from '#lib/actions/account.ts';

export const load = async ({ url }: { url: URL }): Promise<void> => {
	if (!(await isLoggedIn())) redirect(307, withNext('/login', url.pathname));
};
