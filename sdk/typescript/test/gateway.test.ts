import { afterEach, beforeEach, expect, test } from 'vitest';
import { AuthEnded, Gateway, type ConnectionState, type GatewayOptions } from '../src/index.ts';
import { environment, messageChange, ready, Server, type Connection } from './server.ts';

let server: Server;
let gateway: Gateway;
let received: string[];
let states: ConnectionState[];

beforeEach(async () => {
	server = await Server.start();
});

afterEach(async () => {
	gateway.close();
	await server.stop();
});

function open(options: Partial<GatewayOptions> = {}): void {
	received = [];
	states = [];
	gateway = new Gateway({
		url: server.url,
		token: () => 'token-1',
		environment,
		backoff: { first: 10, most: 50 },
		...options,
	});
	gateway.onState((state) => states.push(state));
	gateway.onDispatch(({ t, d }) => received.push(t === 'MESSAGE_CREATE' ? d.message.content : t));
	gateway.connect();
}

async function identified(): Promise<Connection> {
	const connection = await server.connection();
	expect((await connection.next('IDENTIFY')).d).toEqual({ token: 'token-1' });
	connection.dispatch('READY', 7, ready());
	await until(() => gateway.state === 'connected');
	return connection;
}

async function until(holds: () => boolean): Promise<void> {
	await expect.poll(holds, { interval: 2, timeout: 2000 }).toBe(true);
}

test('identifies with the token and hands out events in order', async () => {
	open();
	const connection = await identified();
	connection.dispatch('MESSAGE_CREATE', 8, messageChange(1));
	connection.dispatch('MESSAGE_CREATE', 9, messageChange(2));
	await until(() => gateway.lastS === 9);
	expect(received).toEqual(['READY', 'number 1', 'number 2']);
	expect(states).toEqual(['connecting', 'connected']);
});

test('resumes after the process dies, and what comes twice is handed out once', async () => {
	open();
	const first = await identified();
	first.dispatch('MESSAGE_CREATE', 8, messageChange(1));
	await until(() => gateway.lastS === 8);
	first.terminate();
	const second = await server.connection();
	expect((await second.next('RESUME')).d).toEqual({ token: 'token-1', session_id: 'session-1', s: 8 });
	second.dispatch('MESSAGE_CREATE', 8, messageChange(1));
	second.dispatch('MESSAGE_CREATE', 9, messageChange(2));
	second.send({ op: 'RESUMED', s: 11, d: {} });
	await until(() => gateway.state === 'connected');
	expect(received).toEqual(['READY', 'number 1', 'number 2']);
	expect(gateway.lastS).toBe(11);
	expect(states).toEqual(['connecting', 'connected', 'waiting', 'connecting', 'connected']);
});

test('names what was unavailable when it resumes, until it has come', async () => {
	open();
	const first = await identified();
	for (const guild_id of ['g1', 'g2', 'g3'])
		first.dispatch('GUILD_DELETE', undefined, { guild_id, unavailable: true });
	first.dispatch('GUILD_CREATE', 8, { guild: { id: 'g2' }, rev: 1, access_version: 1 });
	first.dispatch('GUILD_DELETE', undefined, { guild_id: 'g3', unavailable: false });
	await until(() => received.length === 6);
	first.terminate();
	const second = await server.connection();
	expect((await second.next('RESUME')).d).toMatchObject({ s: 8, unavailable: ['g1'] });
	second.dispatch('GUILD_CREATE', undefined, { guild: { id: 'g1' }, rev: 1, access_version: 1 });
	second.send({ op: 'RESUMED', s: 9, d: {} });
	await until(() => gateway.state === 'connected');
	second.terminate();
	expect((await (await server.connection()).next('RESUME')).d).not.toHaveProperty('unavailable');
});

test('identifies anew on the same connection when the session is not valid', async () => {
	open();
	(await identified()).terminate();
	const second = await server.connection();
	await second.next('RESUME');
	second.send({ op: 'INVALID_SESSION', d: { resumable: false } });
	await second.next('IDENTIFY');
	second.dispatch('READY', 3, ready());
	await until(() => gateway.state === 'connected');
	expect(gateway.lastS).toBe(3);
	expect(received).toEqual(['READY', 'READY']);
});

test('resumes again later when the session is only busy', async () => {
	open();
	(await identified()).terminate();
	const second = await server.connection();
	await second.next('RESUME');
	second.send({ op: 'INVALID_SESSION', d: { resumable: true } });
	const third = await server.connection();
	await third.next('RESUME');
	third.send({ op: 'RESUMED', s: 7, d: {} });
	await until(() => gateway.state === 'connected');
});

test('comes back at once when the server says so', async () => {
	open({ backoff: { first: 60_000, most: 60_000 } });
	const first = await identified();
	first.send({ op: 'RECONNECT', d: null });
	await (await server.connection()).next('RESUME');
	await first.closed;
});

test('a sequence from another stream means to begin anew', async () => {
	open();
	(await identified()).close(4007);
	await (await server.connection()).next('IDENTIFY');
});

test('does not try again once the log-in session has ended', async () => {
	open();
	(await identified()).close(4004);
	await until(() => gateway.state === 'ended');
	await new Promise((resolve) => setTimeout(resolve, 150));
	expect(server.opened).toBe(1);
});

test('opens no socket when there will be no token', async () => {
	open({ token: () => Promise.reject(new AuthEnded('logged out')) });
	await until(() => gateway.state === 'ended');
	expect(server.opened).toBe(0);
});

test('tries again when the token cannot be fetched just now', async () => {
	let asked = 0;
	open({ token: () => (++asked < 3 ? Promise.reject(new Error('offline')) : 'token-1') });
	await identified();
	expect(asked).toBe(3);
});

test('a listener that throws stops neither the others nor the connection', async () => {
	const errors: unknown[] = [];
	open({ onError: (error) => errors.push(error) });
	const seen: string[] = [];
	gateway.onDispatch(() => {
		throw new Error('broken');
	});
	gateway.on('MESSAGE_CREATE', (d) => seen.push(d.message.id));
	const connection = await identified();
	connection.dispatch('MESSAGE_CREATE', 8, messageChange(1));
	await until(() => seen.length === 1);
	expect(errors).toHaveLength(2);
});

test('a heartbeat without an answer breaks the connection, and the session is resumed', async () => {
	await server.stop();
	server = await Server.start(40);
	open();
	const first = await identified();
	expect((await first.next('HEARTBEAT')).d).toEqual({ s: 7 });
	await until(() => gateway.rttMs !== null);
	first.answersHeartbeats = false;
	await (await server.connection()).next('RESUME');
	expect(await first.closed).toBe(4900);
});

test('says goodbye when it is closed, and stays away', async () => {
	open();
	const connection = await identified();
	gateway.close();
	expect(await connection.closed).toBe(1000);
	await new Promise((resolve) => setTimeout(resolve, 80));
	expect(server.opened).toBe(1);
	expect(gateway.state).toBe('idle');
});

test('what a connection was told is told again to the next one', async () => {
	open();
	gateway.setPresence('idle');
	const first = await identified();
	expect((await first.next('PRESENCE')).d).toEqual({ status: 'idle' });
	gateway.requestMembers({ guild_id: 'g1', ranges: [[0, 99]] });
	expect((await first.next('REQUEST_MEMBERS')).d).toEqual({ guild_id: 'g1', ranges: [[0, 99]] });
	first.terminate();
	const second = await server.connection();
	await second.next('RESUME');
	second.send({ op: 'RESUMED', s: 7, d: {} });
	expect((await second.next('PRESENCE')).d).toEqual({ status: 'idle' });
	expect((await second.next('REQUEST_MEMBERS')).d).toEqual({ guild_id: 'g1', ranges: [[0, 99]] });
	gateway.requestMembers(null);
	expect((await second.next('REQUEST_MEMBERS')).d).toEqual({ guild_id: 'g1' });
	gateway.setPresence(null);
	expect((await second.next('PRESENCE')).d).toEqual({ status: null });
});

test('presence is handed out although it has no s and no event id', async () => {
	open();
	const connection = await identified();
	const presence = { user_id: 'u1', status: 'dnd', custom_status: null, version: 5 };
	connection.dispatch('PRESENCE_UPDATE', undefined, presence);
	connection.dispatch('PRESENCE_UPDATE', undefined, { ...presence, status: 'online', version: 6 });
	await until(() => received.length === 3);
	expect(received).toEqual(['READY', 'PRESENCE_UPDATE', 'PRESENCE_UPDATE']);
	expect(gateway.lastS).toBe(7);
});
