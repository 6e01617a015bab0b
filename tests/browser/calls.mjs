// What tests of voice share: fake microphones that speak, and what a page receives of the others.
import { voice } from './voice-sound.mjs';

/** How Chromium is started so that everybody has a microphone into which somebody speaks. */
export const microphones = async () => [
	'--use-fake-device-for-media-stream',
	`--use-file-for-fake-audio-capture=${await voice()}`,
	'--use-fake-ui-for-media-stream',
	'--autoplay-policy=no-user-gesture-required',
];

/** Keeps every connection of a page where a test can ask it what it receives. */
export function remember() {
	const connections = [];
	const Original = globalThis.RTCPeerConnection;
	globalThis.RTCPeerConnection = class extends Original {
		constructor(...options) {
			super(...options);
			connections.push(this);
		}
	};
	// Who speaks is shown for a moment: it is remembered.
	const speakers = (globalThis.speakers = new Set());
	new MutationObserver(() => {
		for (const element of document.querySelectorAll('[data-speaking]')) speakers.add(element.textContent);
	}).observe(document, { subtree: true, childList: true, attributes: true });
	globalThis.heardTracks = async () => {
		const tracks = [];
		for (const connection of connections.filter(({ connectionState }) => connectionState === 'connected')) {
			for (const report of (await connection.getStats()).values())
				if (report.type === 'inbound-rtp' && report.kind === 'audio')
					tracks.push({ id: report.id, bytes: report.bytesReceived, energy: report.totalAudioEnergy ?? 0 });
		}
		return tracks;
	};
}

/** Waits until so many sounds arrive at somebody, and no other: each of them with bytes and energy that grow. */
export async function receives(who, count) {
	await who.page.waitForFunction(
		async (wanted) => {
			const before = new Map((await globalThis.heardTracks()).map((track) => [track.id, track]));
			await new Promise((resolve) => setTimeout(resolve, 1500));
			const now = await globalThis.heardTracks();
			const grown = now.filter(({ id, bytes, energy }) => {
				const earlier = before.get(id);
				return earlier && bytes > earlier.bytes && energy > earlier.energy;
			});
			return grown.length === wanted;
		},
		count,
		{ timeout: 60_000 },
	);
}

/** What somebody sees of their own call, and of who is in a channel. */
export const panel = (who) => who.page.getByRole('region', { name: 'Voice', exact: true });
export const people = (who, channel) => who.page.getByRole('list', { name: `In ${channel}`, exact: true }).getByRole('listitem');
export const row = (who, channel, name) => people(who, channel).filter({ hasText: name });

/** Makes a voice channel. */
export async function createVoiceChannel(who, name) {
	await who.page.getByRole('button', { name: 'Create channel' }).first().click();
	const dialog = who.page.getByRole('dialog');
	await dialog.getByRole('radio', { name: /Voice channel/ }).check({ force: true });
	await dialog.getByLabel('Channel name').fill(name);
	await dialog.getByRole('button', { name: 'Create channel' }).click();
	await who.page.getByRole('link', { name: `Voice channel ${name}` }).waitFor();
}

/** Joins a voice channel, and waits until sound can flow. */
export async function joinVoice(who, name) {
	await who.page.getByRole('link', { name: new RegExp(`^Voice channel ${name}`) }).click();
	await panel(who).getByText('Voice connected').waitFor({ timeout: 60_000 });
}
