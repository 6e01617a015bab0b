const KEYS = { audioinput: 'kith.voice.input', audiooutput: 'kith.voice.output' } as const;
export type DeviceKind = keyof typeof KEYS;
/** What the browser calls the device that the system uses. */
export const DEFAULT_DEVICE = 'default';

/** The microphones and loudspeakers of this machine, and which of them were chosen here. */
class Devices {
	#all = $state.raw<MediaDeviceInfo[]>([]);
	readonly #chosen = $state<Record<DeviceKind, string>>({
		audioinput: localStorage.getItem(KEYS.audioinput) ?? DEFAULT_DEVICE,
		audiooutput: localStorage.getItem(KEYS.audiooutput) ?? DEFAULT_DEVICE,
	});

	/** Reads them now and whenever one comes or goes; ends with what is returned. */
	watch(): () => void {
		const read = async (): Promise<void> => {
			this.#all = await navigator.mediaDevices.enumerateDevices();
		};
		void read();
		const changed = (): void => void read();
		navigator.mediaDevices.addEventListener('devicechange', changed);
		return () => navigator.mediaDevices.removeEventListener('devicechange', changed);
	}

	of(kind: DeviceKind): MediaDeviceInfo[] {
		return this.#all.filter((device) => device.kind === kind && device.deviceId !== '');
	}

	chosen(kind: DeviceKind): string {
		return this.#chosen[kind];
	}

	choose(kind: DeviceKind, id: string): void {
		this.#chosen[kind] = id;
		localStorage.setItem(KEYS[kind], id);
	}
}

export const devices = new Devices();
