import { backoff, DEFAULT_BACKOFF, type BackoffBounds } from './backoff.ts';
import { browserEnvironment, type Environment, type Socket } from './environment.ts';
import { CloseCode, type Dispatch, type DispatchKind, type Dispatches, type ServerFrame } from './frames.ts';
import { Heartbeat } from './heartbeat.ts';
import { Repeats } from './repeats.ts';
import type { ChosenStatus, MembersQuestion } from './types.ts';

/**
 * - `idle`: not started, or closed on purpose.
 * - `connecting`: a socket is being opened, identified or resumed.
 * - `connected`: `READY` or `RESUMED` has come.
 * - `waiting`: the connection broke; the next attempt follows by itself.
 * - `ended`: the log-in session is over; nothing is tried again until `connect()`.
 */
export type ConnectionState = 'idle' | 'connecting' | 'connected' | 'waiting' | 'ended';

export interface GatewayOptions {
	/** `ws://…/gateway` or `wss://…/gateway`. */
	url: string;
	/** A valid access token; asked for at every attempt. Throw [`AuthEnded`] when there will be none. */
	token: () => string | Promise<string>;
	environment?: Environment;
	backoff?: BackoffBounds;
	/** From opening the socket to `READY` or `RESUMED`. */
	handshakeMs?: number;
	/** A listener threw, or the server sent what cannot be read. The connection goes on. */
	onError?: (error: unknown) => void;
}

/** Thrown by `token()`: the log-in session is over, so there is no use in trying again. */
export class AuthEnded extends Error {
	override name = 'AuthEnded';
}

/** The codes with which this side closes; outside the server's range. */
const CLOSED_BY_USER = 1000;
const CLOSED_TO_RETRY = 4900;

/** After these the session cannot be resumed: something about it was wrong, so begin anew. */
const FORGETS_SESSION: readonly number[] = [
	CloseCode.UnknownOpcode,
	CloseCode.DecodeError,
	CloseCode.NotAuthenticated,
	CloseCode.AlreadyAuthenticated,
	CloseCode.InvalidSeq,
];

/** One account's live connection: identifies, resumes after a break, and hands out each event once. */
export class Gateway {
	readonly #options: GatewayOptions;
	readonly #environment: Environment;
	readonly #heartbeat: Heartbeat;
	readonly #repeats = new Repeats();
	readonly #stateListeners = new Set<(state: ConnectionState) => void>();
	readonly #dispatchListeners = new Set<(dispatch: Dispatch) => void>();
	#state: ConnectionState = 'idle';
	#socket: Socket | null = null;
	/** Raised whenever a connection is begun or given up, so that late answers are recognised. */
	#generation = 0;
	#attempt = 0;
	#timer: unknown = null;
	#token = '';
	#sessionId: string | null = null;
	#lastS = 0;
	#identifying = false;
	/** Guilds that could not be shown. The next connection asks for them. */
	readonly #unavailable = new Set<string>();
	/** What the server knows of this connection only, and is told again on the next one. */
	#presence: ChosenStatus | null = null;
	#members: MembersQuestion | null = null;

	constructor(options: GatewayOptions) {
		this.#options = options;
		this.#environment = options.environment ?? browserEnvironment;
		this.#heartbeat = new Heartbeat(
			this.#environment,
			() => this.#send('HEARTBEAT', { s: this.#lastS || null }),
			() => this.#retry(),
		);
	}

	get state(): ConnectionState {
		return this.#state;
	}

	/** The highest `s` that was received: everything up to it has been handed out. */
	get lastS(): number {
		return this.#lastS;
	}

	/** Round trip of the last heartbeat in milliseconds, null before the first. */
	get rttMs(): number | null {
		return this.#heartbeat.rttMs;
	}

	/** Starts, or starts again after `ended`. Does nothing while a connection lives or is on its way. */
	connect(): void {
		if (this.#state === 'idle' || this.#state === 'ended') {
			this.#attempt = 0;
			void this.#open();
		}
	}

	/** Ends the connection for good; the session is forgotten. */
	close(): void {
		this.#drop(CLOSED_BY_USER);
		this.#forgetSession();
		this.#setState('idle');
	}

	/** What this device is, such as `idle` when nobody touches it; null: what is chosen for all devices. */
	setPresence(status: ChosenStatus | null): void {
		this.#presence = status;
		this.#say('PRESENCE', { status });
	}

	/** Asks for members and how they are seen from now on; `GUILD_MEMBERS` answers. Replaces the question before; null ends it. */
	requestMembers(question: MembersQuestion | null): void {
		const before = this.#members;
		this.#members = question;
		if (question !== null) this.#say('REQUEST_MEMBERS', question);
		else if (before !== null) this.#say('REQUEST_MEMBERS', { guild_id: before.guild_id });
	}

	/** The page is visible or the network is back: find out at once whether the connection still lives. */
	nudge(): void {
		if (this.#state === 'waiting') void this.#open();
		else if (this.#state === 'connected') this.#heartbeat.beatNow();
	}

	onState(listener: (state: ConnectionState) => void): () => void {
		this.#stateListeners.add(listener);
		return () => this.#stateListeners.delete(listener);
	}

	onDispatch(listener: (dispatch: Dispatch) => void): () => void {
		this.#dispatchListeners.add(listener);
		return () => this.#dispatchListeners.delete(listener);
	}

	/** Only the dispatches of one kind. */
	on<K extends DispatchKind>(kind: K, listener: (d: Dispatches[K]) => void): () => void {
		return this.onDispatch(({ t, d }) => {
			if (t === kind) listener(d as Dispatches[K]);
		});
	}

	async #open(): Promise<void> {
		this.#drop(CLOSED_TO_RETRY);
		const generation = ++this.#generation;
		this.#setState('connecting');
		try {
			this.#token = await this.#options.token();
		} catch (error) {
			if (generation !== this.#generation) return;
			if (error instanceof AuthEnded) this.#setState('ended');
			else this.#retry();
			return;
		}
		if (generation !== this.#generation) return;
		this.#timer = this.#environment.setTimeout(() => this.#retry(), this.#options.handshakeMs ?? 20_000);
		let socket: Socket;
		try {
			socket = this.#environment.openSocket(this.#options.url);
		} catch (error) {
			this.#report(error);
			this.#retry();
			return;
		}
		this.#socket = socket;
		socket.onmessage = (event: { data: unknown }) => this.#receive(String(event.data));
		socket.onclose = (event: { code: number }) => this.#closed(event.code);
		// An error is always followed by a close, which says what to do; but without a listener `ws` would throw.
		socket.onerror = () => undefined;
	}

	#receive(text: string): void {
		let frame: ServerFrame;
		try {
			frame = JSON.parse(text) as ServerFrame;
		} catch (error) {
			this.#report(error);
			return;
		}
		switch (frame.op) {
			case 'HELLO':
				this.#heartbeat.start(frame.d.heartbeat_interval);
				if (this.#sessionId === null) this.#identify();
				else this.#resume(this.#sessionId);
				break;
			case 'DISPATCH':
				this.#dispatch({ t: frame.t, d: frame.d } as Dispatch, frame.s);
				break;
			case 'RESUMED':
				this.#lastS = Math.max(this.#lastS, frame.s ?? 0);
				this.#established();
				break;
			case 'HEARTBEAT_ACK':
				this.#heartbeat.acknowledged();
				// Who sees nothing happen for minutes must still be able to resume.
				this.#lastS = Math.max(this.#lastS, frame.s ?? 0);
				break;
			case 'RECONNECT':
				// The server staggers its calls itself, so come back at once; but one that calls before the session
				// stands could call for ever.
				if (this.#state === 'connected') void this.#open();
				else this.#retry();
				break;
			case 'INVALID_SESSION':
				this.#invalidSession(frame.d.resumable);
				break;
		}
	}

	#dispatch(dispatch: Dispatch, s: number | undefined): void {
		if (dispatch.t === 'READY') {
			this.#sessionId = dispatch.d.session_id;
			// A new session may stand on a new stream, whose count begins anew.
			this.#lastS = s ?? 0;
			this.#established();
		}
		this.#noteAvailability(dispatch);
		if (this.#repeats.admit(dispatch)) {
			for (const listener of this.#dispatchListeners) {
				try {
					listener(dispatch);
				} catch (error) {
					this.#report(error);
				}
			}
		}
		if (s !== undefined) this.#lastS = Math.max(this.#lastS, s);
	}

	#resume(sessionId: string): void {
		const resume = { token: this.#token, session_id: sessionId, s: this.#lastS };
		const unavailable = [...this.#unavailable];
		this.#send('RESUME', unavailable.length > 0 ? { ...resume, unavailable } : resume);
	}

	#noteAvailability({ t, d }: Dispatch): void {
		if (t === 'READY') this.#unavailable.clear();
		else if (t === 'GUILD_CREATE' || t === 'GUILD_SYNC') this.#unavailable.delete(d.guild.id);
		else if (t === 'GUILD_DELETE') {
			if ('unavailable' in d && d.unavailable) this.#unavailable.add(d.guild_id);
			else this.#unavailable.delete(d.guild_id);
		}
	}

	#identify(): void {
		this.#identifying = true;
		this.#send('IDENTIFY', { token: this.#token });
	}

	#established(): void {
		this.#attempt = 0;
		this.#identifying = false;
		this.#clearTimer();
		this.#setState('connected');
		if (this.#presence !== null) this.#say('PRESENCE', { status: this.#presence });
		if (this.#members !== null) this.#say('REQUEST_MEMBERS', this.#members);
	}

	#invalidSession(resumable: boolean): void {
		if (resumable || this.#identifying) {
			this.#retry();
			return;
		}
		this.#forgetSession();
		this.#identify();
	}

	#closed(code: number): void {
		if (code === CloseCode.AuthenticationFailed) {
			this.#drop(CLOSED_BY_USER);
			this.#setState('ended');
			return;
		}
		if (FORGETS_SESSION.includes(code)) this.#forgetSession();
		this.#retry();
	}

	/** Gives up this connection and tries again after a while. */
	#retry(): void {
		this.#drop(CLOSED_TO_RETRY);
		const bounds = this.#options.backoff ?? DEFAULT_BACKOFF;
		const wait = backoff(this.#attempt++, bounds, () => this.#environment.random());
		this.#timer = this.#environment.setTimeout(() => void this.#open(), wait);
		this.#setState('waiting');
	}

	/** Lets go of the socket without waiting for it: one that hangs may take minutes to close. */
	#drop(code: number): void {
		this.#generation++;
		this.#clearTimer();
		this.#heartbeat.stop();
		this.#identifying = false;
		const socket = this.#socket;
		this.#socket = null;
		if (socket === null) return;
		socket.onmessage = null;
		socket.onclose = null;
		socket.onerror = () => undefined;
		socket.close(code);
	}

	/** Says something now if there is a session; otherwise it is said when there is one. */
	#say(op: string, d: unknown): void {
		if (this.#state === 'connected') this.#send(op, d);
	}

	#send(op: string, d: unknown): void {
		this.#socket?.send(JSON.stringify({ op, d }));
	}

	#forgetSession(): void {
		this.#sessionId = null;
		this.#lastS = 0;
	}

	#clearTimer(): void {
		if (this.#timer !== null) this.#environment.clearTimeout(this.#timer);
		this.#timer = null;
	}

	#setState(state: ConnectionState): void {
		if (state === this.#state) return;
		this.#state = state;
		for (const listener of this.#stateListeners) listener(state);
	}

	#report(error: unknown): void {
		this.#options.onError?.(error);
	}
}
