import { ApiError, NetworkError, type ErrorCode } from './errors.ts';

export interface RestOptions {
	/** Such as `https://kith.example/api/v1`, without a slash at the end. */
	baseUrl: string;
	/** The access token for the next request; null if there is none. */
	token?: () => Promise<string | null>;
	/** The server did not accept this token: a newer one, or null if there is none. */
	refresh?: (rejected: string) => Promise<string | null>;
	fetch?: typeof fetch;
	timeoutMs?: number;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Call {
	body?: unknown;
	query?: Record<string, string | number | undefined>;
	signal?: AbortSignal;
	/** Without a token, even if there is one. */
	anonymous?: boolean;
}

/** Requests with a token, and errors as [`ApiError`] or [`NetworkError`]. */
export class Rest {
	readonly #options: RestOptions;

	constructor(options: RestOptions) {
		this.#options = options;
	}

	async call<T>(method: Method, path: string, call: Call = {}): Promise<T> {
		const { token, refresh } = this.#options;
		const access = call.anonymous ? null : ((await token?.()) ?? null);
		let response = await this.#fetch(method, path, call, access);
		if (response.status === 401 && access !== null && refresh) {
			const newer = await refresh(access);
			if (newer !== null) response = await this.#fetch(method, path, call, newer);
		}
		if (!response.ok) throw await toError(response);
		if (response.status === 204) return undefined as T;
		const answer = (await readJson(response)) as { data: T } | null;
		if (answer === null) throw new NetworkError('the answer was cut off');
		return answer.data;
	}

	async #fetch(method: Method, path: string, call: Call, token: string | null): Promise<Response> {
		const url = new URL(this.#options.baseUrl + path);
		for (const [name, value] of Object.entries(call.query ?? {})) {
			if (value !== undefined) url.searchParams.set(name, String(value));
		}
		const headers: Record<string, string> = {};
		if (token !== null) headers['authorization'] = `Bearer ${token}`;
		if (call.body !== undefined) headers['content-type'] = 'application/json';
		const timeout = AbortSignal.timeout(this.#options.timeoutMs ?? 30_000);
		try {
			return await (this.#options.fetch ?? fetch)(url, {
				method,
				headers,
				signal: call.signal ? AbortSignal.any([call.signal, timeout]) : timeout,
				...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
			});
		} catch (error) {
			// A caller that gave up wants its own reason back.
			if (call.signal?.aborted) throw error;
			throw new NetworkError('no answer came', { cause: error });
		}
	}
}

async function readJson(response: Response): Promise<unknown> {
	try {
		return await response.json();
	} catch {
		return null;
	}
}

async function toError(response: Response): Promise<ApiError> {
	const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
	const retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : null;
	const answer = (await readJson(response)) as { error?: ConstructorParameters<typeof ApiError>[1] } | null;
	// Something in between may answer in words of its own.
	const code: ErrorCode =
		response.status === 429 ? 'RATE_LIMITED' : response.status >= 500 ? 'UNAVAILABLE' : 'INTERNAL';
	const body = answer?.error ?? { code, message: `HTTP ${response.status}`, request_id: '' };
	return new ApiError(response.status, body, retryAfterMs);
}
