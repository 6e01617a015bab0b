// Searching, as a person does it: type, find, see what was meant, go there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { messages, person, say, start, talk } from './fleet.mjs';

let fleet;
before(async () => {
	fleet = await start('search');
});
after(() => fleet?.stop());

test('somebody finds what was said long ago, sees it marked, and goes there', async () => {
	const ada = await person(fleet, 'ada');
	const { page } = ada;
	await page.getByRole('main').getByRole('button', { name: 'Create a server' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByLabel('Server name').fill('Library');
	await dialog.getByRole('button', { name: 'Create a server' }).click();
	await page.getByRole('textbox', { name: /^Message / }).waitFor();
	await say(ada, 'The fortunate <b>librarian</b> was running late, see https://kith.example');
	// Far more than one page, so that the message is not on the screen nor loaded.
	await talk(fleet, ada, 110);
	await page.reload();
	await messages(page).filter({ hasText: 'line 109' }).waitFor();
	assert.equal(await messages(page).filter({ hasText: 'librarian' }).count(), 0);

	await page.keyboard.press('Control+f');
	const panel = page.getByRole('complementary', { name: 'Search' });
	const field = panel.getByRole('searchbox', { name: 'Search messages' });
	await field.fill('runs from:ada has:link');
	await panel.getByRole('button', { name: 'Remove from:ada' }).waitFor();
	await field.press('Enter');
	const result = panel.getByRole('listitem');
	await result.waitFor();
	assert.equal(await result.count(), 1);
	// Another form of the word is marked, and what looks like HTML is text.
	assert.deepEqual(await result.locator('mark').allInnerTexts(), ['running']);
	assert.match(await result.innerText(), /<b>librarian<\/b>/);
	assert.equal(await result.locator('b').count(), 0);
	const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
	assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`), []);
	await page.screenshot({ path: process.env.KITH_SCREENSHOTS ? `${process.env.KITH_SCREENSHOTS}/search.png` : undefined });

	await result.getByRole('button').click();
	await messages(page).filter({ hasText: 'librarian' }).waitFor();
	await messages(page).filter({ hasText: 'line 3' }).first().waitFor();
	// What is not there is said, and what is not understood.
	await field.fill('nonsense');
	await field.press('Enter');
	await panel.getByText('Nothing was found.').waitFor();
	await field.fill('from:nobody');
	await field.press('Enter');
	await panel.getByText('Nobody here is called nobody.').waitFor();
	await page.keyboard.press('Escape');
	await panel.waitFor({ state: 'detached' });
	assert.deepEqual(ada.complaints, []);
});
