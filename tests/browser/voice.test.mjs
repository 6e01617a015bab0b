// Three people in a voice channel, with the fake microphones of Chromium: all hear each other, one is muted by a moderator, one
// is moved, one loses their server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { person, start } from './fleet.mjs';
import { voice } from './voice-sound.mjs';

let fleet;
before(async () => {
	fleet = await start('voice', [
		'--use-fake-device-for-media-stream',
		`--use-file-for-fake-audio-capture=${await voice()}`,
		'--use-fake-ui-for-media-stream',
		'--autoplay-policy=no-user-gesture-required',
	]);
});
after(() => fleet?.stop());

/** Keeps every connection of a page where a test can ask it what it receives. */
function remember() {
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
async function hears(who, count) {
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

async function accessible(who, where) {
	const { violations } = await new AxeBuilder({ page: who.page })
		.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
		.analyze();
	const found = violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' ')}`);
	assert.deepEqual(found, [], where);
}

const panel = (who) => who.page.getByRole('region', { name: 'Voice' });
const people = (who, channel) => who.page.getByRole('list', { name: `In ${channel}` }).getByRole('listitem');
const row = (who, channel, name) => people(who, channel).filter({ hasText: name });

async function createVoiceChannel(who, name) {
	await who.page.getByRole('button', { name: 'Create channel' }).first().click();
	const dialog = who.page.getByRole('dialog');
	await dialog.getByRole('radio', { name: /Voice channel/ }).check({ force: true });
	await dialog.getByLabel('Channel name').fill(name);
	await dialog.getByRole('button', { name: 'Create channel' }).click();
	await who.page.getByRole('link', { name: `Voice channel ${name}` }).waitFor();
}

async function joinVoice(who, name) {
	await who.page.getByRole('link', { name: new RegExp(`^Voice channel ${name}`) }).click();
	await panel(who).getByText('Voice connected').waitFor({ timeout: 60_000 });
}

async function moderate(who, channel, name, item) {
	await row(who, channel, name).getByRole('button').click();
	await who.page.getByRole('menuitem', { name: item }).click();
}

test('three people hear each other, one is muted, one is moved, and the server comes back', { timeout: 600_000 }, async (t) => {
	const ada = await person(fleet, 'ada');
	await ada.page.getByRole('main').getByRole('button', { name: 'Create a server' }).click();
	await ada.page.getByRole('dialog').getByLabel('Server name').fill('Callers');
	await ada.page.getByRole('dialog').getByRole('button', { name: 'Create a server' }).click();
	await ada.page.getByRole('textbox', { name: /^Message / }).waitFor();
	await createVoiceChannel(ada, 'Talk');
	await createVoiceChannel(ada, 'Other');
	await ada.page.getByRole('button', { name: 'Callers: server menu' }).click();
	await ada.page.getByRole('menuitem', { name: 'Invite people' }).click();
	const field = await ada.page.getByRole('dialog').getByLabel('Invite link').elementHandle();
	await ada.page.waitForFunction((input) => input.value !== '', field);
	const link = await field.inputValue();
	await ada.page.keyboard.press('Escape');
	const everybody = [ada];
	for (const name of ['bob', 'cyd']) {
		const who = await person(fleet, name);
		await who.page.goto(link);
		await who.page.getByRole('button', { name: 'Accept invite' }).click();
		await who.page.getByRole('textbox', { name: /^Message / }).waitFor();
		everybody.push(who);
	}
	const [, bob, cyd] = everybody;
	for (const who of everybody) {
		await who.page.addInitScript(remember);
		await who.page.reload();
		await joinVoice(who, 'Talk');
	}

	await t.test('all hear each other, and see who speaks', async () => {
		for (const who of everybody) {
			await people(who, 'Talk').nth(2).waitFor();
			await hears(who, 2);
			for (const other of everybody)
				await who.page.waitForFunction(
					(name) => [...globalThis.speakers].some((text) => text.includes(name) && text.includes('speaking')),
					other.name,
					{ timeout: 60_000 },
				);
			assert.equal(await panel(who).getByRole('link', { name: 'in #Talk' }).count(), 1);
		}
		await accessible(ada, 'a call');
		await ada.page.emulateMedia({ colorScheme: 'light' });
		await accessible(ada, 'a call in light colours');
		if (process.env.KITH_SCREENSHOTS) await ada.page.screenshot({ path: `${process.env.KITH_SCREENSHOTS}/voice.png` });
	});

	await t.test('who mutes or deafens themselves is seen to', async () => {
		await panel(cyd).getByRole('button', { name: 'Mute microphone' }).click();
		await row(bob, 'Talk', 'cyd').getByText('muted').waitFor();
		await hears(ada, 1);
		await panel(cyd).getByRole('button', { name: 'Stop listening' }).click();
		await row(bob, 'Talk', 'cyd').getByText('not listening').waitFor();
		await hears(cyd, 0);
		await panel(cyd).getByRole('button', { name: 'Unmute microphone' }).click();
		await row(bob, 'Talk', 'cyd').getByText('not listening').waitFor({ state: 'detached' });
		await hears(cyd, 2);
		await hears(ada, 2);
	});

	await t.test('who is muted by a moderator is heard by nobody until it is taken back', async () => {
		await moderate(ada, 'Talk', 'bob', 'Mute for everybody');
		await row(cyd, 'Talk', 'bob').getByText('muted by a moderator').waitFor();
		await panel(bob).getByRole('button', { name: 'You may not speak here' }).waitFor();
		await hears(ada, 1);
		await hears(cyd, 1);
		await hears(bob, 2);
		await moderate(ada, 'Talk', 'bob', 'Unmute for everybody');
		await hears(ada, 2);
		await hears(cyd, 2);
	});

	await t.test('another microphone is chosen without leaving', async () => {
		await panel(bob).getByRole('button', { name: 'Microphone and speakers' }).click();
		const dialog = bob.page.getByRole('dialog');
		const microphone = dialog.getByLabel('Microphone', { exact: true });
		await bob.page.waitForFunction((select) => select.options.length > 2, await microphone.elementHandle());
		await accessible(bob, 'the choice of devices');
		await microphone.selectOption({ index: 2 });
		await bob.page.keyboard.press('Escape');
		await hears(ada, 2);
	});

	await t.test('who is moved is heard where they are now', async () => {
		await row(ada, 'Talk', 'cyd').getByRole('button').click();
		await ada.page.getByRole('menuitem', { name: 'Move to' }).hover();
		await ada.page.getByRole('menuitem', { name: 'Other' }).click();
		await panel(cyd).getByRole('link', { name: 'in #Other' }).waitFor({ timeout: 60_000 });
		await panel(cyd).getByText('Voice connected').waitFor({ timeout: 60_000 });
		await row(bob, 'Other', 'cyd').waitFor();
		await hears(ada, 1);
		await hears(cyd, 0);
	});

	await t.test('when LiveKit dies and returns, those who were in it are in it again', async () => {
		await fleet.kill('livekit');
		await panel(ada).getByText('Reconnecting…').waitFor({ timeout: 60_000 });
		await fleet.start('livekit');
		for (const who of everybody) await panel(who).getByText('Voice connected').waitFor({ timeout: 90_000 });
		await hears(ada, 1);
	});

	await t.test('when LiveKit is away for so long that nobody is in it any more, they come back all the same', async () => {
		await fleet.kill('livekit');
		for (const name of ['ada', 'bob']) await row(ada, 'Talk', name).waitFor({ state: 'detached', timeout: 60_000 });
		await row(ada, 'Other', 'cyd').waitFor({ state: 'detached', timeout: 60_000 });
		await fleet.start('livekit');
		for (const name of ['ada', 'bob']) await row(ada, 'Talk', name).waitFor({ timeout: 90_000 });
		await row(ada, 'Other', 'cyd').waitFor({ timeout: 90_000 });
		for (const who of everybody) await panel(who).getByText('Voice connected').waitFor();
		await hears(ada, 1);
		await hears(bob, 1);
	});

	await t.test('who leaves is gone for the others', async () => {
		await panel(bob).getByRole('button', { name: 'Leave voice channel' }).click();
		await panel(bob).waitFor({ state: 'detached' });
		await row(ada, 'Talk', 'bob').waitFor({ state: 'detached' });
		await cyd.page.close();
		await row(ada, 'Other', 'cyd').waitFor({ state: 'detached', timeout: 60_000 });
	});
	for (const who of everybody) assert.deepEqual(who.complaints, [], who.name);
});
