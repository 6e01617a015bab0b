import type { ErrorCode, ErrorDetail } from './types.ts';

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
