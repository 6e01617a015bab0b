import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Api, ApiError, NetworkError, Rest } from '../src/index.ts';

let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let origin: string;

beforeEach(async () => {
	server = createServer((request, response) => answer(request, response));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => new Promise((resolve) => server.close(resolve)));

function json(response: ServerResponse, status: number, body: unknown, headers = {}): void {
	response.writeHead(status, { 'content-type': 'application/json', connection: 'close', ...headers });
	response.end(JSON.stringify(body));
}

test('sends the token and gives back what is in data', async () => {
	answer = (request, response) => json(response, 200, { data: [request.url, request.headers.authorization] });
	const api = new Api(new Rest({ origin, token: async () => 'abc' }));
	expect(await api.messages('c1', { before: 'm9', limit: 20 })).toEqual([
		'/api/v1/channels/c1/messages?before=m9&limit=20',
		'Bearer abc',
	]);
});

test('a token that is not accepted is renewed once, and the request repeated', async () => {
	const seen: (string | undefined)[] = [];
	answer = (request, response) => {
		seen.push(request.headers.authorization);
		if (request.headers.authorization === 'Bearer new') json(response, 200, { data: { id: 'me' } });
		else json(response, 401, { error: { code: 'UNAUTHENTICATED', message: 'no', request_id: 'r' } });
	};
	const rejected: string[] = [];
	const rest = new Rest({
		origin,
		token: async () => 'old',
		refresh: async (token) => {
			rejected.push(token);
			return 'new';
		},
	});
	expect(await new Api(rest).me()).toEqual({ id: 'me' });
	expect(seen).toEqual(['Bearer old', 'Bearer new']);
	expect(rejected).toEqual(['old']);
});

test('an error brings its code, its fields and how long to wait', async () => {
	const error = {
		code: 'RATE_LIMITED',
		message: 'slow down',
		details: [{ field: 'name', message: 'must not be empty' }],
		request_id: 'request-1',
	};
	answer = (_, response) => json(response, 429, { error }, { 'retry-after': '3' });
	const failure = await new Api(new Rest({ origin })).createGuild('').catch((reason: unknown) => reason);
	expect(failure).toBeInstanceOf(ApiError);
	expect(failure).toMatchObject({ status: 429, ...{ code: error.code, details: error.details } });
	expect(failure).toMatchObject({ requestId: 'request-1', retryAfterMs: 3000, message: 'slow down' });
});

test('an error page of something in between is still an error of ours', async () => {
	answer = (_, response) => {
		response.writeHead(502, { connection: 'close' });
		response.end('<h1>Bad gateway</h1>');
	};
	await expect(new Api(new Rest({ origin })).me()).rejects.toMatchObject({
		status: 502,
		code: 'UNAVAILABLE',
	});
});

test('no answer is a network error', async () => {
	answer = (request) => request.socket.destroy();
	await expect(new Api(new Rest({ origin })).me()).rejects.toBeInstanceOf(NetworkError);
});

test('an answer without a body is accepted where it is meant', async () => {
	answer = (_, response) => {
		response.writeHead(204, { connection: 'close' });
		response.end();
	};
	expect(await new Api(new Rest({ origin })).typing('c1')).toBeUndefined();
});

test('a password that is wrong is no reason for another token', async () => {
	answer = (_, response) =>
		json(response, 401, { error: { code: 'INVALID_CREDENTIALS', message: 'no', request_id: 'r' } });
	const rest = new Rest({
		origin,
		token: async () => 'abc',
		refresh: () => Promise.reject(new Error('asked')),
	});
	const change = new Api(rest).changePassword({ current_password: 'a', new_password: 'b' });
	await expect(change).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
});

test('what stands in a path cannot lead somewhere else', async () => {
	answer = (request, response) => json(response, 200, { data: request.url });
	expect(await new Api(new Rest({ origin })).invite('../users/@me?x')).toBe(
		'/api/v1/invites/..%2Fusers%2F%40me%3Fx',
	);
});
