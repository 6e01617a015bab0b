import { Api, Rest } from '@kith/sdk';
import { TokenKeeper } from './tokens.ts';

const { origin } = location;

/** For what needs no log-in; refreshing tokens must not itself wait for a token. */
export const publicApi: Api = new Api(new Rest({ origin }));

let onEnded: () => void = () => undefined;

/** What happens when the log-in ends: by logging out, in another tab, or because it was revoked. */
export function whenLoggedOut(run: () => void): void {
	onEnded = run;
}

export const tokens: TokenKeeper = new TokenKeeper(
	(refreshToken) => publicApi.refresh(refreshToken),
	() => onEnded(),
);

export const api: Api = new Api(
	new Rest({ origin, token: () => tokens.token(), refresh: (rejected) => tokens.renew(rejected) }),
);
