// Three people in a voice channel, with the fake microphones of Chromium: all hear each other, one is muted by a moderator, one
// is moved, one loses their server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { createVoiceChannel, joinVoice, microphones, panel, people, receives, remember, row } from './calls.mjs';
import { person, start } from './fleet.mjs';

let fleet;
before(async () => {
	fleet = await start('voice', await microphones());
});
after(() => fleet?.stop());

async function accessible(who, where) {
	const { violations } = await new AxeBuilder({ page: who.page })
		.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
		.analyze();
	const found = violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' ')}`);
	assert.deepEqual(found, [], where);
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
			await receives(who, 2);
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
		await receives(ada, 1);
		await panel(cyd).getByRole('button', { name: 'Deafen' }).click();
		await row(bob, 'Talk', 'cyd').getByText('deafened').waitFor();
		await receives(cyd, 0);
		await panel(cyd).getByRole('button', { name: 'Unmute microphone' }).click();
		await row(bob, 'Talk', 'cyd').getByText('deafened').waitFor({ state: 'detached' });
		await receives(cyd, 2);
		await receives(ada, 2);
	});

	await t.test('who is muted by a moderator is heard by nobody until it is taken back', async () => {
		await moderate(ada, 'Talk', 'bob', 'Server mute');
		await row(cyd, 'Talk', 'bob').getByText('muted by a moderator').waitFor();
		await panel(bob).getByRole('button', { name: 'You do not have permission to speak here' }).waitFor();
		await receives(ada, 1);
		await receives(cyd, 1);
		await receives(bob, 2);
		await moderate(ada, 'Talk', 'bob', 'Server unmute');
		await receives(ada, 2);
		await receives(cyd, 2);
	});

	await t.test('another microphone is chosen without leaving', async () => {
		await panel(bob).getByRole('button', { name: 'Voice settings' }).click();
		const dialog = bob.page.getByRole('dialog');
		const microphone = dialog.getByLabel('Input device', { exact: true });
		await bob.page.waitForFunction((select) => select.options.length > 2, await microphone.elementHandle());
		await accessible(bob, 'the choice of devices');
		await microphone.selectOption({ index: 2 });
		await bob.page.keyboard.press('Escape');
		await receives(ada, 2);
	});

	await t.test('who is moved is heard where they are now', async () => {
		await row(ada, 'Talk', 'cyd').getByRole('button').click();
		await ada.page.getByRole('menuitem', { name: 'Move to' }).hover();
		await ada.page.getByRole('menuitem', { name: 'Other' }).click();
		await panel(cyd).getByRole('link', { name: 'in #Other' }).waitFor({ timeout: 60_000 });
		await panel(cyd).getByText('Voice connected').waitFor({ timeout: 60_000 });
		await row(bob, 'Other', 'cyd').waitFor();
		await receives(ada, 1);
		await receives(cyd, 0);
	});

	await t.test('when LiveKit dies and returns, those who were in it are in it again', async () => {
		await fleet.kill('livekit');
		await panel(ada).getByText('Reconnecting…').waitFor({ timeout: 60_000 });
		await fleet.start('livekit');
		for (const who of everybody) await panel(who).getByText('Voice connected').waitFor({ timeout: 90_000 });
		await receives(ada, 1);
	});

	await t.test('when LiveKit is away for so long that nobody is in it any more, they come back all the same', async () => {
		await fleet.kill('livekit');
		for (const name of ['ada', 'bob']) await row(ada, 'Talk', name).waitFor({ state: 'detached', timeout: 60_000 });
		await row(ada, 'Other', 'cyd').waitFor({ state: 'detached', timeout: 60_000 });
		await fleet.start('livekit');
		for (const name of ['ada', 'bob']) await row(ada, 'Talk', name).waitFor({ timeout: 90_000 });
		await row(ada, 'Other', 'cyd').waitFor({ timeout: 90_000 });
		for (const who of everybody) await panel(who).getByText('Voice connected').waitFor();
		await receives(ada, 1);
		await receives(bob, 1);
	});

	await t.test('who leaves is gone for the others', async () => {
		await panel(bob).getByRole('button', { name: 'Disconnect from voice' }).click();
		await panel(bob).waitFor({ state: 'detached' });
		await row(ada, 'Talk', 'bob').waitFor({ state: 'detached' });
		await cyd.page.close();
		await row(ada, 'Other', 'cyd').waitFor({ state: 'detached', timeout: 60_000 });
	});
	for (const who of everybody) assert.deepEqual(who.complaints, [], who.name);
});
