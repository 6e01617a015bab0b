import { ApiError, NetworkError } from './errors.ts';
import type { ErrorCode } from './types.ts';
import type { AnswerOf, CallOf, MethodOf, Page, Path } from './typed.ts';

export interface RestOptions {
	/** Where the instance is, such as `https://kith.example`. */
	origin: string;
	/** The access token for the next request; null if there is none. */
	token?: () => Promise<string | null>;
	/** The server did not accept this token: a newer one, or null if there is none. */
	refresh?: (rejected: string) => Promise<string | null>;
	fetch?: typeof fetch;
	timeoutMs?: number;
}

export interface CallOptions {
	signal?: AbortSignal;
	/** Without a token, even if there is one. */
	anonymous?: boolean;
	/** Instead of the usual time until the whole answer is there. */
	timeoutMs?: number;
}

/** A call with its types forgotten: the compiler has compared it with the document by then. */
interface Loose extends CallOptions {
	path?: Record<string, string>;
	query?: Record<string, string | number | null | undefined>;
	body?: unknown;
}

/** Requests with a token, typed by the OpenAPI document, and errors as [`ApiError`] or [`NetworkError`]. */
export class Rest {
	readonly #options: RestOptions;

	constructor(options: RestOptions) {
		this.#options = options;
	}

	async call<P extends Path, M extends MethodOf<P>>(
		method: M,
		path: P,
		call: CallOf<P, M> & CallOptions,
	): Promise<AnswerOf<P, M>> {
		return (await this.#call(method.toUpperCase(), path, call as Loose)) as AnswerOf<P, M>;
	}

	async #call(method: string, path: string, call: Loose): Promise<unknown> {
		const response = await this.#send(method, path, call);
		if (response.status === 204) return undefined;
		const answer = (await readJson(response)) as { data: unknown; has_more?: boolean } | null;
		if (answer === null) throw new NetworkError('the answer was cut off');
		if (answer.has_more === undefined || !Array.isArray(answer.data)) return answer.data;
		return pageOf(answer.data, answer.has_more);
	}

	/** Sends a file as it is, with the same token and the same errors; what the server says of it. */
	async put(path: string, file: Blob, options: CallOptions = {}): Promise<unknown> {
		return this.#call('PUT', path, { timeoutMs: 300_000, ...options, body: file });
	}

	/** A file as it is, by its path, with the same token and the same errors. */
	async file(path: string, options: CallOptions = {}): Promise<Blob> {
		const response = await this.#send('GET', path, options);
		try {
			return await response.blob();
		} catch (error) {
			if (options.signal?.aborted) throw error;
			throw new NetworkError('the file was cut off', { cause: error });
		}
	}

	/** With a token, and once more with another one if the first was stale. */
	async #send(method: string, path: string, call: Loose): Promise<Response> {
		const { token, refresh } = this.#options;
		const access = call.anonymous ? null : ((await token?.()) ?? null);
		let response = await this.#fetch(method, path, call, access);
		if (response.status === 401 && access !== null && refresh && (await isStale(response))) {
			const newer = await refresh(access);
			if (newer !== null) response = await this.#fetch(method, path, call, newer);
		}
		if (!response.ok) throw await toError(response);
		return response;
	}

	async #fetch(method: string, path: string, call: Loose, token: string | null): Promise<Response> {
		const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
			encodeURIComponent(call.path?.[name] ?? ''),
		);
		const url = new URL(this.#options.origin + filled);
		for (const [name, value] of Object.entries(call.query ?? {})) {
			if (value !== undefined && value !== null) url.searchParams.set(name, String(value));
		}
		const headers: Record<string, string> = {};
		if (token !== null) headers['authorization'] = `Bearer ${token}`;
		const file = call.body instanceof Blob ? call.body : null;
		if (file) headers['content-type'] = 'application/octet-stream';
		else if (call.body !== undefined) headers['content-type'] = 'application/json';
		const timeout = AbortSignal.timeout(call.timeoutMs ?? this.#options.timeoutMs ?? 30_000);
		try {
			return await (this.#options.fetch ?? fetch)(url, {
				method,
				headers,
				signal: call.signal ? AbortSignal.any([call.signal, timeout]) : timeout,
				...(call.body === undefined ? {} : { body: file ?? JSON.stringify(call.body) }),
			});
		} catch (error) {
			// A caller that gave up wants its own reason back.
			if (call.signal?.aborted) throw error;
			throw new NetworkError('no answer came', { cause: error });
		}
	}
}

/** A part of a list as it is given to callers: an array that also says whether there is more. */
export function pageOf<T>(items: T[], hasMore: boolean): Page<T> {
	return Object.defineProperty(items, 'hasMore', { value: hasMore }) as Page<T>;
}

/** Whether it is the token that was refused, and not a password that is wrong. */
async function isStale(response: Response): Promise<boolean> {
	const answer = (await readJson(response.clone())) as { error?: { code?: ErrorCode } } | null;
	return answer?.error?.code === 'UNAUTHENTICATED';
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
