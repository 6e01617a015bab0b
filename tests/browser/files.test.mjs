// A picture is pasted, another one dropped; the other person sees them and looks at them large.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { messages, person, start } from './fleet.mjs';
import { offer } from './pictures.mjs';

let fleet;
before(async () => {
	fleet = await start('files');
});
after(() => fleet?.stop());

async function accessible(page, where) {
	const { violations } = await new AxeBuilder({ page })
		.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
		.analyze();
	assert.deepEqual(
		violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' ')}`),
		[],
		where,
	);
}

test('a picture that is pasted and one that is dropped reach the other, who looks at them large', async () => {
	const ada = await person(fleet, 'ada');
	await ada.page.getByRole('main').getByRole('button', { name: 'Create a server' }).click();
	await ada.page.getByRole('dialog').getByLabel('Server name').fill('Gallery');
	await ada.page.getByRole('dialog').getByRole('button', { name: 'Create a server' }).click();
	const box = ada.page.getByRole('textbox', { name: /^Message / });
	await box.waitFor();
	await ada.page.getByRole('button', { name: 'Gallery: server menu' }).click();
	await ada.page.getByRole('menuitem', { name: 'Invite people' }).click();
	const field = await ada.page.getByRole('dialog').getByLabel('Invite link').elementHandle();
	await ada.page.waitForFunction((input) => input.value !== '', field);
	const link = await field.inputValue();
	await ada.page.keyboard.press('Escape');

	const bob = await person(fleet, 'bob');
	await bob.page.goto(link);
	await bob.page.getByRole('button', { name: 'Accept invite' }).click();
	await bob.page.getByRole('textbox', { name: /^Message / }).waitFor();

	await offer(ada.page, '#message-box', 'paste', { name: 'pasted.png', width: 1200, height: 600, color: 'crimson' });
	await offer(ada.page, '[role=log]', 'drop', { name: 'dropped.png', width: 300, height: 900, color: 'teal' });
	const tray = ada.page.getByRole('list', { name: 'Files to send' });
	await tray.getByText('pasted.png').waitFor();
	await tray.getByText('dropped.png').waitFor();
	await accessible(ada.page, 'files that wait to be sent');
	// One that is taken back is not sent.
	await offer(ada.page, '#message-box', 'paste', { name: 'mistake.png', width: 10, height: 10, color: 'black' });
	await tray.getByRole('button', { name: /mistake\.png/ }).click();
	await box.fill('Two colours');
	await ada.page.getByRole('button', { name: 'Send', exact: true }).and(ada.page.locator(':enabled')).click();

	const article = messages(bob.page).filter({ hasText: 'Two colours' });
	const first = article.getByRole('img', { name: 'Image pasted.png' });
	await first.waitFor();
	await article.getByRole('img', { name: 'Image dropped.png' }).waitFor();
	assert.equal(await article.getByRole('button', { name: /Show .* larger/ }).count(), 2);
	await article.getByRole('button', { name: 'Show pasted.png larger' }).click();
	const dialog = bob.page.getByRole('dialog');
	const large = dialog.locator('img[data-loaded=true]');
	await large.waitFor();
	const width = () => large.evaluate((image) => image.decode().then(() => image.naturalWidth));
	assert.equal(await width(), 1200);
	await accessible(bob.page, 'a picture shown large');
	await bob.page.keyboard.press('ArrowRight');
	await dialog.getByText('dropped.png', { exact: true }).waitFor();
	await dialog.locator('img[data-loaded=true]').waitFor();
	assert.equal(await width(), 300);
	await bob.page.keyboard.press('Escape');
	await dialog.waitFor({ state: 'hidden' });

	// When its author takes the message back the picture is gone for the other one.
	const mine = messages(ada.page).filter({ hasText: 'Two colours' });
	await mine.hover();
	await mine.getByRole('button', { name: 'Delete message' }).click();
	await ada.page.getByRole('dialog').getByRole('button', { name: /Delete/ }).click();
	await article.waitFor({ state: 'hidden' });
	assert.deepEqual(ada.complaints, []);
	assert.deepEqual(bob.complaints, []);
});
