// Two people see each other come, change and go, in real browsers on the real fleet.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { accept, choose, createGuild, inviteLink, person, sees, start } from './fleet.mjs';

let fleet;
before(async () => {
	fleet = await start('presence');
});
after(() => fleet?.stop());

/** A menu is loaded when it is first opened; the focus goes where it goes in any other, and back. */
async function opensByKey(who) {
	const focused = (name) =>
		who.page.waitForFunction((part) => document.activeElement?.matches(part), name);
	await who.page.getByRole('button', { name: /^Your status: / }).focus();
	await who.page.keyboard.press('Enter');
	await focused('[role=menu] [role=menuitemradio]:first-child');
	await who.page.keyboard.press('ArrowDown');
	await focused('[role=menu] [role=menuitemradio]:nth-child(2)');
	await who.page.keyboard.press('Escape');
	await focused('button[aria-label^="Your status: "]');
}

test('two people see each other as what they have chosen to be, and go when the last tab closes', async () => {
	const ada = await person(fleet, 'ada');
	await createGuild(ada, 'Analytical Engine');
	await opensByKey(ada);
	const link = await inviteLink(ada, 'Analytical Engine');
	const bob = await person(fleet, 'bob');
	await accept(bob, link);
	await sees(ada, 'bob', 'Online');
	await sees(bob, 'ada', 'Online');

	await choose(ada, 'Do not disturb');
	await sees(bob, 'ada', 'Do not disturb');
	await ada.page.getByRole('button', { name: /^Your status: / }).click();
	await ada.page.getByRole('menuitem', { name: 'Set a custom status' }).click();
	const dialog = ada.page.getByRole('dialog');
	await dialog.getByLabel('What are you up to?').fill('writing notes on the engine');
	await dialog.getByLabel('Clear after').selectOption('1 hour');
	await dialog.getByRole('button', { name: 'Save changes' }).click();
	await bob.page.getByText('writing notes on the engine').first().waitFor();
	// The dot differs by shape, not by colour alone.
	const dot = bob.page.getByRole('button', { name: /^ada: member menu/ }).locator('[data-status=dnd] path');
	assert.equal(await dot.count(), 1);
	const { violations } = await new AxeBuilder({ page: bob.page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa']).analyze();
	assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`), []);
	if (process.env.KITH_SCREENSHOTS) await bob.page.screenshot({ path: `${process.env.KITH_SCREENSHOTS}/presence.png` });

	await choose(ada, 'Invisible');
	await sees(bob, 'ada', 'Offline');
	await choose(ada, 'Online');
	await sees(bob, 'ada', 'Online');

	// A second tab opens and closes: nobody sees a thing. Bob going away is the fence behind which that is certain.
	const second = await ada.page.context().newPage();
	await second.goto(ada.page.url());
	await second.getByRole('textbox', { name: /^Message / }).waitFor();
	await second.close();
	await choose(bob, 'Idle');
	await sees(ada, 'bob', 'Idle');
	await sees(bob, 'ada', 'Online');

	await bob.page.getByRole('button', { name: /^ada: member menu/ }).click();
	await bob.page.getByRole('menuitem', { name: 'Message' }).click();
	await bob.page.getByRole('link', { name: 'ada, Online' }).waitFor();
	assert.deepEqual(ada.complaints, []);
	await ada.page.close();
	await bob.page.getByRole('link', { name: 'ada, Offline' }).waitFor();
	assert.deepEqual(bob.complaints, []);
});
