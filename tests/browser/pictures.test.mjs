// Somebody chooses a picture, for themselves and for their server; the other person sees both at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { accept, createGuild, inviteLink, messages, person, say, start } from './fleet.mjs';

let fleet;
before(async () => {
	fleet = await start('pictures');
});
after(() => fleet?.stop());

/** A PNG of one colour, drawn in the page. */
async function drawn(page, width, height, color) {
	const base64 = await page.evaluate(
		async ({ width, height, color }) => {
			const canvas = new OffscreenCanvas(width, height);
			const context = canvas.getContext('2d');
			context.fillStyle = color;
			context.fillRect(0, 0, width, height);
			const blob = await canvas.convertToBlob({ type: 'image/png' });
			return btoa(String.fromCharCode(...new Uint8Array(await blob.arrayBuffer())));
		},
		{ width, height, color },
	);
	return Buffer.from(base64, 'base64');
}

/** Chooses a picture in an open dialog, looks at the preview, and takes it. */
async function choose(page, dialog, name, buffer) {
	await dialog.locator('input[type=file]').setInputFiles({ name, mimeType: 'image/png', buffer });
	await dialog.locator('img[src^="blob:"]').waitFor();
	const { violations } = await new AxeBuilder({ page })
		.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
		.analyze();
	assert.deepEqual(
		violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' ')}`),
		[],
	);
	await dialog.getByRole('button', { name: 'Use this picture' }).click();
	await dialog.getByRole('button', { name: 'Choose a picture' }).waitFor();
}

/** How wide a picture is, once it is there. */
const width = (image) => image.evaluate((element) => element.decode().then(() => element.naturalWidth));

test('a new picture of a person and of a server is seen by the other at once', async () => {
	const ada = await person(fleet, 'ada');
	await createGuild(ada, 'Faces');
	const bob = await person(fleet, 'bob');
	await accept(bob, await inviteLink(ada, 'Faces'));
	await say(ada, 'Do you see me?');

	const article = messages(bob.page).filter({ hasText: 'Do you see me?' });
	await article.waitFor();
	const inMessage = article.locator('img[src^="blob:"]');
	const inList = bob.page.getByRole('button', { name: /^ada/ }).locator('img[src^="blob:"]');
	const inRail = bob.page.getByRole('link', { name: 'Faces' }).locator('img[src^="blob:"]');
	assert.equal(await inMessage.count(), 0);

	await ada.page.getByRole('button', { name: 'Settings', exact: true }).click();
	const settings = ada.page.getByRole('dialog');
	await choose(ada.page, settings, 'me.png', await drawn(ada.page, 600, 400, 'crimson'));
	await inMessage.waitFor();
	assert.equal(await width(inMessage), 256);
	await inList.waitFor();

	// What is no picture is refused in words, and changes nothing.
	await settings
		.locator('input[type=file]')
		.setInputFiles({ name: 'no.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
	await settings.getByRole('button', { name: 'Use this picture' }).click();
	await settings.getByRole('alert').filter({ hasText: 'a picture is PNG, JPEG, WebP or GIF' }).waitFor();
	await settings.getByRole('button', { name: 'Cancel' }).click();
	await ada.page.keyboard.press('Escape');
	await settings.waitFor({ state: 'hidden' });

	await ada.page.getByRole('button', { name: 'Faces: server menu' }).click();
	await ada.page.getByRole('menuitem', { name: 'Server settings' }).click();
	const guild = ada.page.getByRole('dialog');
	await choose(ada.page, guild, 'ours.png', await drawn(ada.page, 100, 100, 'teal'));
	await inRail.waitFor();
	assert.equal(await width(inRail), 100);

	// After a reload they are there too.
	await bob.page.reload();
	await inMessage.waitFor();
	await inRail.waitFor();
	await guild.getByRole('button', { name: 'Remove picture' }).click();
	await inRail.waitFor({ state: 'hidden' });
	await inMessage.waitFor();
	assert.deepEqual(ada.complaints, []);
	assert.deepEqual(bob.complaints, []);
});
