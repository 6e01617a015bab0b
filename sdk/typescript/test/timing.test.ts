import { expect, test, vi } from 'vitest';
import { backoff, DEFAULT_BACKOFF } from '../src/backoff.ts';
import type { Environment, Socket } from '../src/environment.ts';
import { Gateway } from '../src/index.ts';

/** Sockets that a test opens and breaks itself, and timers that it lets run out. */
function scripted(): {
	environment: Environment;
	sockets: (Socket & {
		sent: { op: string }[];
		hear: (frame: object) => void;
		break: (code: number) => void;
	})[];
} {
	const sockets: ReturnType<typeof scripted>['sockets'] = [];
	return {
		sockets,
		environment: {
			now: () => Date.now(),
			setTimeout: (run, ms) => setTimeout(run, ms),
			clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
			random: () => 0.999,
			openSocket: () => {
				const socket: (typeof sockets)[number] = {
					onopen: null,
					onmessage: null,
					onclose: null,
					onerror: null,
					sent: [],
					send: (text) => socket.sent.push(JSON.parse(text) as { op: string }),
					close: () => undefined,
					hear: (frame) => socket.onmessage?.({ data: JSON.stringify(frame) } as never),
					break: (code) => socket.onclose?.({ code } as never),
				};
				sockets.push(socket);
				return socket;
			},
		},
	};
}

test('waits longer after each failure, up to half a minute, and never the same for all', () => {
	const longest = [0, 1, 2, 3, 4, 5, 6, 7, 40].map((n) => backoff(n, DEFAULT_BACKOFF, () => 1));
	expect(longest).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
	expect(backoff(5, DEFAULT_BACKOFF, () => 0)).toBe(0);
	expect(backoff(5, DEFAULT_BACKOFF, () => 0.25)).toBe(4000);
});

test('the wait begins anew once a connection stood', async () => {
	vi.useFakeTimers();
	const { environment, sockets } = scripted();
	const gateway = new Gateway({ url: 'ws://unused', token: () => 'token', environment });
	gateway.connect();
	await vi.advanceTimersByTimeAsync(0);
	for (const wait of [500, 1000, 2000]) {
		sockets.at(-1)?.break(1006);
		expect(gateway.state).toBe('waiting');
		const before = sockets.length;
		await vi.advanceTimersByTimeAsync(wait * 0.98);
		expect(sockets).toHaveLength(before);
		await vi.advanceTimersByTimeAsync(wait * 0.05);
		expect(sockets).toHaveLength(before + 1);
	}
	sockets.at(-1)?.hear({ op: 'DISPATCH', t: 'READY', s: 1, d: { session_id: 'x' } });
	expect(gateway.state).toBe('connected');
	sockets.at(-1)?.break(1006);
	await vi.advanceTimersByTimeAsync(510);
	expect(sockets).toHaveLength(5);
	gateway.close();
	vi.useRealTimers();
});

test('a handshake that hangs is given up', async () => {
	vi.useFakeTimers();
	const { environment, sockets } = scripted();
	const gateway = new Gateway({ url: 'ws://unused', token: () => 'token', environment, handshakeMs: 3000 });
	gateway.connect();
	await vi.advanceTimersByTimeAsync(3001);
	expect(gateway.state).toBe('waiting');
	await vi.advanceTimersByTimeAsync(500);
	expect(sockets).toHaveLength(2);
	gateway.close();
	vi.useRealTimers();
});

test('a nudge tries at once, and finds out within five seconds that a connection is dead', async () => {
	vi.useFakeTimers();
	const { environment, sockets } = scripted();
	const gateway = new Gateway({
		url: 'ws://unused',
		token: () => 'token',
		environment,
		backoff: { first: 30_000, most: 30_000 },
	});
	gateway.connect();
	await vi.advanceTimersByTimeAsync(0);
	sockets[0]?.break(1006);
	gateway.nudge();
	await vi.advanceTimersByTimeAsync(0);
	expect(sockets).toHaveLength(2);
	sockets[1]?.hear({ op: 'HELLO', d: { heartbeat_interval: 30_000 } });
	sockets[1]?.hear({ op: 'DISPATCH', t: 'READY', s: 1, d: { session_id: 'x' } });
	gateway.nudge();
	expect(sockets[1]?.sent.map((frame) => frame.op)).toEqual(['IDENTIFY', 'HEARTBEAT']);
	await vi.advanceTimersByTimeAsync(4990);
	expect(gateway.state).toBe('connected');
	await vi.advanceTimersByTimeAsync(20);
	expect(gateway.state).toBe('waiting');
	gateway.close();
	vi.useRealTimers();
});
