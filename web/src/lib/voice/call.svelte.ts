import { note } from '../faults.ts';

import type { Id, VoiceState } from '@kith/sdk';
import { SvelteSet } from 'svelte/reactivity';
import { api } from '../api/client.ts';
import { explain } from '../api/errors.ts';
import { t } from '../i18n/runtime.ts';
import { session } from '../stores/session.svelte.ts';
import { toasts } from '../stores/toasts.svelte.ts';
import { devices, type DeviceKind } from './devices.svelte.ts';
import type { Ending, VoiceRoom } from './room.ts';

export type CallStatus = 'idle' | 'connecting' | 'connected' | 'reconnecting';

/** How long after having been taken out of a room it may still turn out to have been a move. */
const MOVE_MS = 3_000;
/** When the server was lost, it is tried again after these times. */
const AGAIN_MS = [1_000, 3_000, 8_000, 15_000];

/** The one call of this tab. */
class Call {
	status = $state<CallStatus>('idle');
	channel = $state<Id | null>(null);
	muted = $state(false);
	deafened = $state(false);
	/** Neither a moderator nor a missing right keeps one from being heard. */
	maySpeak = $state(true);
	readonly speaking = new SvelteSet<Id>();
	#room: VoiceRoom | null = null;
	/** Which of the person's connections this tab's is, also for a moment after it ended. */
	#connection: Id | null = null;
	/**
	 * The server has given this tab's connection up. That is how one is sent away, which the room says too; but when it comes
	 * with the room being away, in whichever order, going back into the room would not bring the connection back.
	 */
	#givenUp = false;
	/** Only the last attempt counts. */
	#attempt = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;

	/** Goes into a voice channel, out of any other one. Says whether that came to be. */
	async join(channel: Id): Promise<boolean> {
		if (this.channel === channel && this.status !== 'idle') return true;
		try {
			await this.#enter(channel);
			return true;
		} catch (error) {
			toasts.error(explain(error));
			return false;
		}
	}

	async leave(): Promise<void> {
		const connection = this.#connection;
		this.#attempt++;
		await this.#end();
		this.#connection = null;
		if (!connection) return;
		// The server may have noticed first; then there is nothing to leave any more.
		await api.leaveVoice(connection).catch(note);
	}

	async setMuted(muted: boolean): Promise<void> {
		this.muted = muted;
		// Who cannot hear should not talk, and who wants to talk wants to hear.
		if (!muted && this.deafened) this.#deafen(false);
		await this.#settle();
	}

	async setDeafened(deafened: boolean): Promise<void> {
		this.#deafen(deafened);
		await this.#settle();
	}

	/** Chooses a device for now and later. */
	async choose(kind: DeviceKind, id: string): Promise<void> {
		devices.choose(kind, id);
		await this.#room?.setDevice(kind, id).catch((error: unknown) => {
			note(error);
			toasts.error(t('voice.deviceFailed'));
		});
	}

	/** What the server says of oneself. A moderator moves somebody by it: their device is expected in the other channel. */
	stateChanged(state: VoiceState): void {
		if (state.connection_id !== this.#connection) return;
		this.#givenUp = false;
		if (state.channel_id === this.channel) return;
		clearTimeout(this.#timer);
		void this.join(state.channel_id);
	}

	/** The server says that one is not in a channel any more. */
	stateGone(channel: Id): void {
		if (!this.#room || channel !== this.channel) return;
		this.#givenUp = true;
		this.#mendIfLost();
	}

	async #enter(channel: Id): Promise<void> {
		const attempt = ++this.#attempt;
		await this.#end();
		this.channel = channel;
		this.status = 'connecting';
		try {
			const ticket = await api.joinVoice(channel, { self_mute: this.muted, self_deaf: this.deafened });
			const { VoiceRoom } = await import('./room.ts');
			if (attempt !== this.#attempt) return;
			this.#connection = ticket.connection_id;
			const room = await VoiceRoom.connect(
				{
					url: ticket.url,
					token: ticket.token,
					input: devices.chosen('audioinput'),
					output: devices.chosen('audiooutput'),
					deafened: this.deafened,
				},
				{
					speaking: (users) => this.#hear(users),
					reconnecting: (is) => this.#reconnecting(is),
					allowed: () => void this.#microphone(),
					ended: (why) => this.#ended(why),
				},
			);
			if (attempt !== this.#attempt) return await room.leave();
			this.#room = room;
			this.status = 'connected';
			await this.#microphone();
		} catch (error) {
			if (attempt === this.#attempt) await this.#end();
			throw error;
		}
	}

	/** Sends the microphone exactly when it is wanted and allowed. */
	async #microphone(): Promise<void> {
		const room = this.#room;
		if (!room) return;
		this.maySpeak = room.maySpeak;
		try {
			await room.setMicrophone(this.maySpeak && !this.muted);
		} catch (error) {
			note(error);
			// There is none, or the person does not want it used: they can still listen.
			this.muted = true;
			toasts.error(t('voice.noMicrophone'));
			await this.#tell();
		}
	}

	#deafen(deafened: boolean): void {
		this.deafened = deafened;
		if (deafened) this.muted = true;
		this.#room?.setDeafened(deafened);
	}

	async #settle(): Promise<void> {
		await this.#microphone();
		await this.#tell();
	}

	async #tell(): Promise<void> {
		if (!this.#connection || this.status === 'idle') return;
		try {
			await api.updateVoice(this.#connection, { self_mute: this.muted, self_deaf: this.deafened });
		} catch (error) {
			toasts.error(explain(error));
		}
	}

	#hear(users: Id[]): void {
		this.speaking.clear();
		for (const user of users) this.speaking.add(user);
	}

	#reconnecting(is: boolean): void {
		this.status = is ? 'reconnecting' : 'connected';
		this.#mendIfLost();
	}

	#mendIfLost(): void {
		if (this.#givenUp && this.status === 'reconnecting') this.#ended('lost');
	}

	#ended(why: Ending): void {
		const { channel } = this;
		const attempt = ++this.#attempt;
		void this.#end();
		if (why === 'removed') {
			// A move says so by the gateway, at about the same moment.
			this.#timer = setTimeout(() => toasts.error(t('voice.removed')), MOVE_MS);
		} else if (channel) {
			void this.#again(channel, attempt);
		}
	}

	async #again(channel: Id, attempt: number): Promise<void> {
		for (const pause of AGAIN_MS) {
			this.channel = channel;
			this.status = 'reconnecting';
			await new Promise((resolve) => setTimeout(resolve, pause));
			if (attempt !== this.#attempt || !session.ready) return;
			try {
				return await this.#enter(channel);
			} catch (error) {
				note(error);
				attempt = this.#attempt;
			}
		}
		await this.#end();
		toasts.error(t('voice.lost'));
	}

	async #end(): Promise<void> {
		const room = this.#room;
		clearTimeout(this.#timer);
		this.#room = null;
		this.#givenUp = false;
		this.status = 'idle';
		this.channel = null;
		this.maySpeak = true;
		this.speaking.clear();
		await room?.leave();
	}
}

export const call = new Call();
