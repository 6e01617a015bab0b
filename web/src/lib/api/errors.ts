import { ApiError, AuthEnded, NetworkError, type ErrorCode } from '@kith/sdk';
import { t, type Key } from '../i18n/runtime.ts';

/** Codes whose meaning does not depend on what was asked. */
const TEXTS: Partial<Record<ErrorCode, Key>> = {
	MISSING_PERMISSION: 'error.permission',
	ROLE_HIERARCHY: 'error.hierarchy',
	NOT_FOUND: 'error.notFound',
	BLOCKED: 'error.blocked',
	BANNED: 'error.banned',
	CONFLICT: 'error.conflict',
	LIMIT_REACHED: 'error.limit',
	INVITE_EXPIRED: 'error.expired',
	UNAVAILABLE: 'error.unavailable',
};

/** What to tell the person. `own` are better words for some codes in this place. */
export function explain(error: unknown, own: Partial<Record<ErrorCode, string>> = {}): string {
	if (error instanceof NetworkError) return t('error.network');
	if (error instanceof AuthEnded) return t('auth.ended');
	if (!(error instanceof ApiError)) return t('error.unexpected');
	const better = own[error.code];
	if (better !== undefined) return better;
	if (error.code === 'RATE_LIMITED') {
		return t('error.rate', { count: Math.max(1, Math.ceil((error.retryAfterMs ?? 1000) / 1000)) });
	}
	if (error.code === 'INTERNAL') return t('error.internal', { id: error.requestId });
	const key = TEXTS[error.code] as 'error.permission' | undefined;
	if (key) return t(key);
	// The server's words about a field, such as “must have at most 32 characters”, are made for people.
	return error.details[0]?.message ?? error.message;
}

/** What is wrong with each field, by its name. */
export function fieldErrors(error: unknown): Record<string, string> {
	if (!(error instanceof ApiError)) return {};
	return Object.fromEntries(error.details.map(({ field, message }) => [field, message]));
}

/** Whether sending the same again may help. */
export function mayRetry(error: unknown): boolean {
	if (error instanceof NetworkError) return true;
	return error instanceof ApiError && (error.status >= 500 || error.status === 429);
}
