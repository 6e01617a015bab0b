import {
	DisconnectReason,
	LogLevel,
	Room,
	RoomEvent,
	Track,
	setLogLevel,
	type Participant,
	type RemoteTrack,
	type RemoteTrackPublication,
} from 'livekit-client';
import type { Id } from '@kith/sdk';

// The one module that knows LiveKit. It is large, so it is loaded with the first call.

// A server that is away is an error to it; to us it is what `ended` and `reconnecting` are for.
setLogLevel(LogLevel.silent);

/** Why a call ended without the person having left it. */
export type Ending = 'removed' | 'lost';

export interface Listeners {
	speaking: (users: Id[]) => void;
	reconnecting: (is: boolean) => void;
	/** Whether one may be heard has changed. */
	allowed: (speak: boolean) => void;
	ended: (why: Ending) => void;
}

export interface Start {
	url: string;
	token: string;
	input: string;
	output: string;
	deafened: boolean;
}

/** A connection to one room. */
export class VoiceRoom {
	readonly #room: Room;
	readonly #listeners: Listeners;
	#deafened: boolean;

	private constructor(room: Room, deafened: boolean, listeners: Listeners) {
		this.#room = room;
		this.#deafened = deafened;
		this.#listeners = listeners;
	}

	static async connect(start: Start, listeners: Listeners): Promise<VoiceRoom> {
		const room = new Room({
			audioCaptureDefaults: { deviceId: start.input, echoCancellation: true, noiseSuppression: true },
			audioOutput: { deviceId: start.output },
			disconnectOnPageLeave: true,
		});
		const voice = new VoiceRoom(room, start.deafened, listeners);
		voice.#listen();
		await room.connect(start.url, start.token, { autoSubscribe: !start.deafened });
		return voice;
	}

	get maySpeak(): boolean {
		const { permissions } = this.#room.localParticipant;
		const microphone = Track.sourceToProto(Track.Source.Microphone);
		const sources = permissions?.canPublishSources ?? [];
		return (permissions?.canPublish ?? false) && (sources.length === 0 || sources.includes(microphone));
	}

	async setMicrophone(on: boolean): Promise<void> {
		await this.#room.localParticipant.setMicrophoneEnabled(on);
	}

	/** Whether nothing is heard: what is not heard is not fetched either. */
	setDeafened(deafened: boolean): void {
		this.#deafened = deafened;
		for (const participant of this.#room.remoteParticipants.values())
			for (const publication of participant.audioTrackPublications.values())
				(publication as RemoteTrackPublication).setSubscribed(!deafened);
	}

	async setDevice(kind: MediaDeviceKind, id: string): Promise<void> {
		await this.#room.switchActiveDevice(kind, id);
	}

	async leave(): Promise<void> {
		this.#room.removeAllListeners();
		await this.#room.disconnect();
	}

	#listen(): void {
		this.#room
			.on(RoomEvent.ActiveSpeakersChanged, (speakers) => this.#listeners.speaking(speakers.map(userOf)))
			.on(RoomEvent.TrackSubscribed, play)
			.on(RoomEvent.TrackUnsubscribed, (track) => track.detach().forEach((element) => element.remove()))
			.on(RoomEvent.TrackPublished, (publication) => {
				if (this.#deafened) publication.setSubscribed(false);
				else publication.setSubscribed(true);
			})
			.on(RoomEvent.ParticipantPermissionsChanged, (_, participant) => {
				if (participant === this.#room.localParticipant) this.#listeners.allowed(this.maySpeak);
			})
			// It tries to go on where it was before it begins anew; both may take long.
			.on(RoomEvent.SignalReconnecting, () => this.#listeners.reconnecting(true))
			.on(RoomEvent.Reconnecting, () => this.#listeners.reconnecting(true))
			.on(RoomEvent.Reconnected, () => this.#listeners.reconnecting(false))
			.on(RoomEvent.Disconnected, (reason) => this.#listeners.ended(endingOf(reason)));
	}
}

function play(track: RemoteTrack): void {
	if (track.kind !== Track.Kind.Audio) return;
	const element = track.attach();
	element.hidden = true;
	document.body.append(element);
}

/** A participant is called by their user's id and their connection's. */
function userOf(participant: Participant): Id {
	return participant.identity.split(':')[0] ?? '';
}

function endingOf(reason: DisconnectReason | undefined): Ending {
	const sentAway = [
		DisconnectReason.PARTICIPANT_REMOVED,
		DisconnectReason.ROOM_DELETED,
		DisconnectReason.DUPLICATE_IDENTITY,
	];
	return reason !== undefined && sentAway.includes(reason) ? 'removed' : 'lost';
}
