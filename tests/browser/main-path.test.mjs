// What a newcomer does in the first five minutes, in a real browser on the real fleet, and what happens when a part dies.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { accept, createGuild, hears, inviteLink, messages, person, say, start } from './fleet.mjs';

let fleet;
before(async () => {
	fleet = await start('main-path');
});
after(() => fleet?.stop());

async function accessible(page, where) {
	const { violations } = await new AxeBuilder({ page })
		.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
		.analyze();
	const found = violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' ')}`);
	assert.deepEqual(found, [], where);
}

test('two people register, one creates a guild, the other joins by invite, and they talk', async (t) => {
	const ada = await person(fleet, 'ada');
	await accessible(ada.page, 'the first page after registering');
	await createGuild(ada, 'Analytical Engine');
	const link = await inviteLink(ada, 'Analytical Engine');

	const bob = await person(fleet, 'bob');
	await accept(bob, link);
	await say(ada, 'Hello Bob, can you read this?');
	await hears(bob, 'Hello Bob, can you read this?');
	await say(bob, 'Grüße, 你好, здравствуй 👋');
	await hears(ada, 'Grüße, 你好, здравствуй 👋');
	await accessible(bob.page, 'a conversation');
	await bob.page.emulateMedia({ colorScheme: 'light' });
	await accessible(bob.page, 'a conversation in light colours');

	await t.test('who is banned with the page open sees nothing more', async () => {
		const cyd = await person(fleet, 'cyd');
		await accept(cyd, link);
		await say(cyd, 'I will be trouble');
		await hears(ada, 'I will be trouble');
		await ada.page.getByRole('button', { name: 'cyd: member menu' }).click();
		await ada.page.getByRole('menuitem', { name: 'Ban', exact: true }).click();
		await ada.page.getByRole('dialog').getByRole('button', { name: /Ban/ }).click();
		await cyd.page.getByText('You are no longer in Analytical Engine').waitFor();
		await cyd.page.getByRole('heading', { name: /Nice to have you here|Pick up where you left off/ }).waitFor();
		await say(ada, 'Now that cyd is gone');
		// The fence: a third person has it, so cyd would have had it too.
		await hears(bob, 'Now that cyd is gone');
		assert.equal(await cyd.page.getByText('Now that cyd is gone').count(), 0);
		assert.equal(await cyd.page.getByRole('link', { name: /Analytical Engine/ }).count(), 0);
		await cyd.page.goto(link);
		await cyd.page.getByText(/banned|no such invite/i).first().waitFor();
		assert.equal(await cyd.page.getByRole('button', { name: 'Accept invite' }).count(), 0);
		assert.deepEqual(cyd.complaints, []);
	});

	await t.test('one gateway is killed in the middle of it: nothing is lost, doubled or out of order', async () => {
		// What is scrolled away is not in the page: the window is tall enough for all of it.
		for (const who of [ada, bob]) await who.page.setViewportSize({ width: 1280, height: 1800 });
		const expected = [];
		for (let index = 0; index < 12; index++) {
			const text = `line ${String(index).padStart(2, '0')}`;
			expected.push(text);
			const [speaker, listener] = index % 2 ? [bob, ada] : [ada, bob];
			await say(speaker, text);
			if (index === 5) await fleet.kill('gateway-1');
			// What is written at the same time has no order: whoever writes next has read this.
			await hears(listener, text);
		}
		for (const who of [ada, bob]) {
			await hears(who, expected.at(-1));
			const texts = await messages(who.page).allInnerTexts();
			const lines = texts.flatMap((text) => text.match(/line \d\d/g) ?? []);
			assert.deepEqual(lines, expected, who.name);
		}
	});
	assert.deepEqual(ada.complaints, []);
	assert.deepEqual(bob.complaints, []);
});
