import { ApiError, NetworkError, type Attachment, type Id } from '@kith/sdk';
import { tokens } from './client.ts';

interface Sending {
	/** From 0 to 1. */
	onprogress: (sent: number) => void;
	signal: AbortSignal;
}

type Answer = { data: Attachment } | { error: ConstructorParameters<typeof ApiError>[1] } | null;

/** Sends a file to a channel. `fetch` cannot say how far it has come. */
export async function upload(channel: Id, file: File, sending: Sending): Promise<Attachment> {
	const token = await tokens.token();
	const first = await send(channel, file, token, sending);
	// A long row of files may outlive the token.
	const last = first.status === 401 ? await send(channel, file, await tokens.renew(token), sending) : first;
	if (last.answer && 'data' in last.answer) return last.answer.data;
	const error = last.answer?.error ?? {
		code: last.status === 413 ? ('PAYLOAD_TOO_LARGE' as const) : ('UNAVAILABLE' as const),
		message: `HTTP ${last.status}`,
		request_id: '',
	};
	throw new ApiError(last.status, error, last.retryAfterMs);
}

interface Sent {
	status: number;
	answer: Answer;
	retryAfterMs: number | null;
}

function send(channel: Id, file: File, token: string, { onprogress, signal }: Sending): Promise<Sent> {
	return new Promise((resolve, reject) => {
		const request = new XMLHttpRequest();
		const name = encodeURIComponent(file.name);
		request.open('POST', `/api/v1/channels/${channel}/attachments?filename=${name}`);
		request.setRequestHeader('authorization', `Bearer ${token}`);
		request.setRequestHeader('content-type', 'application/octet-stream');
		request.responseType = 'json';
		request.upload.onprogress = ({ loaded, total }) => onprogress(total > 0 ? loaded / total : 0);
		request.onload = () => {
			const seconds = Number(request.getResponseHeader('retry-after') ?? Number.NaN);
			resolve({
				status: request.status,
				answer: request.response as Answer,
				retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : null,
			});
		};
		request.onerror = () => reject(new NetworkError('no answer came'));
		request.onabort = () => reject(new DOMException('given up', 'AbortError'));
		signal.addEventListener('abort', () => request.abort(), { once: true });
		if (signal.aborted) request.abort();
		else request.send(file);
	});
}
