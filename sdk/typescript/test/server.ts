import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { browserEnvironment, type Environment, type Socket } from '../src/environment.ts';

export interface Frame {
	op: string;
	d: Record<string, unknown>;
}

/** One connection as the server sees it. */
export class Connection {
	readonly #socket: WebSocket;
	readonly #frames: Frame[] = [];
	#wake: (() => void) | null = null;
	readonly closed: Promise<number>;
	answersHeartbeats = true;

	constructor(socket: WebSocket) {
		this.#socket = socket;
		this.closed = new Promise((resolve) => socket.on('close', (code) => resolve(code)));
		socket.on('message', (data) => {
			const frame = JSON.parse(String(data)) as Frame;
			if (frame.op === 'HEARTBEAT' && this.answersHeartbeats) this.send({ op: 'HEARTBEAT_ACK', d: null });
			this.#frames.push(frame);
			this.#wake?.();
		});
	}

	send(frame: object): void {
		this.#socket.send(JSON.stringify(frame));
	}

	dispatch(t: string, s: number | undefined, d: object): void {
		this.send({ op: 'DISPATCH', t, s, d });
	}

	close(code: number): void {
		this.#socket.close(code);
	}

	/** As when the process dies: no close frame. */
	terminate(): void {
		this.#socket.terminate();
	}

	/** The next frame with this op; others before it are passed over. */
	async next(op: string): Promise<Frame> {
		for (;;) {
			const frame = this.#frames.shift();
			if (frame?.op === op) return frame;
			if (!frame) await new Promise<void>((resolve) => (this.#wake = resolve));
		}
	}
}

/** A WebSocket server on a port of its own, for a real client to talk to. */
export class Server {
	readonly #server: WebSocketServer;
	readonly #connections: Connection[] = [];
	#wake: (() => void) | null = null;
	/** How many connections there have been. */
	opened = 0;

	static async start(heartbeatInterval = 30_000): Promise<Server> {
		const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
		await new Promise((resolve) => server.once('listening', resolve));
		return new Server(server, heartbeatInterval);
	}

	private constructor(server: WebSocketServer, heartbeatInterval: number) {
		this.#server = server;
		server.on('connection', (socket) => {
			this.opened++;
			const connection = new Connection(socket);
			connection.send({ op: 'HELLO', d: { heartbeat_interval: heartbeatInterval } });
			this.#connections.push(connection);
			this.#wake?.();
		});
	}

	get url(): string {
		return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/gateway`;
	}

	async connection(): Promise<Connection> {
		for (;;) {
			const connection = this.#connections.shift();
			if (connection) return connection;
			await new Promise<void>((resolve) => (this.#wake = resolve));
		}
	}

	async stop(): Promise<void> {
		for (const socket of this.#server.clients) socket.terminate();
		await new Promise((resolve) => this.#server.close(resolve));
	}
}

/** Real time and real sockets, but waits that are short and the same every time. */
export const environment: Environment = {
	...browserEnvironment,
	random: () => 0.5,
	openSocket: (url) => new WebSocket(url) as unknown as Socket,
};

export const ready = (guilds: string[] = []): object => ({
	session_id: 'session-1',
	user: { id: 'me', username: 'ada', display_name: 'Ada', kind: 'human' },
	guilds: guilds.map((id) => ({ id })),
	direct_channels: [],
	read_states: [],
	blocks: [],
	presence: { status: 'online', custom_status: null },
});

export const messageChange = (rev: number, channel = 'c1'): object => ({
	event_id: `event-${channel}-${rev}`,
	rev,
	message: { id: `m${rev}`, channel_id: channel, guild_id: 'g1', seq: rev, content: `number ${rev}` },
});
