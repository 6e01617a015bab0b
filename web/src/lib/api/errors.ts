import { ApiError, AuthEnded, NetworkError, type ErrorCode } from '@kith/sdk';
import { note } from '../faults.ts';
import { t, type Key } from '../i18n/runtime.ts';

/** Codes whose meaning does not depend on what was asked. */
const TEXTS: Partial<Record<ErrorCode, Key>> = {
	MISSING_PERMISSION: 'error.permission',
	ROLE_HIERARCHY: 'error.hierarchy',
	NOT_FOUND: 'error.notFound',
	BLOCKED: 'error.blocked',
	BANNED: 'error.banned',
	CONFLICT: 'error.conflict',
	INVITE_EXPIRED: 'error.expired',
	UNAVAILABLE: 'error.unavailable',
};

/** What fields are called in a sentence, by the last part of their name. */
const FIELDS: Partial<Record<string, Key>> = {
	name: 'field.name',
	username: 'field.username',
	display_name: 'field.displayName',
	password: 'field.password',
	new_password: 'field.newPassword',
	nick: 'field.nick',
	topic: 'field.topic',
	content: 'field.content',
	reason: 'field.reason',
	text: 'field.status',
	user_limit: 'field.userLimit',
	max_uses: 'field.maxUses',
	max_age: 'field.maxAge',
	timed_out_until: 'field.timeout',
	body: 'field.file',
};

/** The server says what is wrong with a field, such as “must have at most 32 characters”: a sentence that names the field. */
function sentence(field: string, message: string): string {
	const key = FIELDS[field.split('.').at(-1) ?? ''] as 'field.name' | undefined;
	return t('error.field', { field: key ? t(key) : t('field.other'), message });
}

/** The server's words about a limit, which tell it: as a sentence. */
function limit(message: string): string {
	const text = message.replaceAll('guild', 'server').replaceAll('overwrites', 'exceptions');
	return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** What to tell the person. `own` are better words for some codes in this place. */
export function explain(error: unknown, own: Partial<Record<ErrorCode, string>> = {}): string {
	note(error);
	if (error instanceof NetworkError) return t('error.network');
	if (error instanceof AuthEnded) return t('auth.ended');
	if (!(error instanceof ApiError)) return t('error.unexpected');
	const better = own[error.code];
	if (better !== undefined) return better;
	if (error.code === 'RATE_LIMITED') {
		return t('error.rate', { count: Math.max(1, Math.ceil((error.retryAfterMs ?? 1000) / 1000)) });
	}
	if (error.code === 'INTERNAL') return t('error.internal', { id: error.requestId });
	if (error.code === 'LIMIT_REACHED') return limit(error.message);
	const key = TEXTS[error.code] as 'error.permission' | undefined;
	if (key) return t(key);
	const [detail] = error.details;
	return detail ? sentence(detail.field, detail.message) : limit(error.message);
}

/** What is wrong with each field, by its name. */
export function fieldErrors(error: unknown): Record<string, string> {
	if (!(error instanceof ApiError)) return {};
	return Object.fromEntries(error.details.map(({ field, message }) => [field, sentence(field, message)]));
}

/** Whether sending the same again may help. */
export function mayRetry(error: unknown): boolean {
	if (error instanceof NetworkError) return true;
	return error instanceof ApiError && (error.status >= 500 || error.status === 429);
}
