/** The closed list of what can go wrong. */
export type ErrorCode =
	| 'INVALID_REQUEST'
	| 'UNAUTHENTICATED'
	| 'INVALID_CREDENTIALS'
	| 'INVALID_REFRESH_TOKEN'
	| 'MISSING_PERMISSION'
	| 'ROLE_HIERARCHY'
	| 'BLOCKED'
	| 'BANNED'
	| 'NOT_FOUND'
	| 'METHOD_NOT_ALLOWED'
	| 'USERNAME_TAKEN'
	| 'NONCE_REUSED'
	| 'CONFLICT'
	| 'OWNER_CANNOT_LEAVE'
	| 'INVITE_EXPIRED'
	| 'PAYLOAD_TOO_LARGE'
	| 'UNSUPPORTED_MEDIA_TYPE'
	| 'LIMIT_REACHED'
	| 'RATE_LIMITED'
	| 'INTERNAL'
	| 'UNAVAILABLE';

export interface ErrorDetail {
	/** The field's path in the body or the query. */
	field: string;
	message: string;
}

/** The server answered, and the answer is no. */
export class ApiError extends Error {
	override name = 'ApiError';
	readonly status: number;
	readonly code: ErrorCode;
	readonly details: ErrorDetail[];
	readonly requestId: string;
	/** From `Retry-After`. */
	readonly retryAfterMs: number | null;

	constructor(
		status: number,
		body: { code: ErrorCode; message: string; details?: ErrorDetail[]; request_id: string },
		retryAfterMs: number | null,
	) {
		super(body.message);
		this.status = status;
		this.code = body.code;
		this.details = body.details ?? [];
		this.requestId = body.request_id;
		this.retryAfterMs = retryAfterMs;
	}
}

/** No answer came; whether the request had an effect is unknown. */
export class NetworkError extends Error {
	override name = 'NetworkError';
}
