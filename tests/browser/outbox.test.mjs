// What is written is kept until the server has it: without a network, without a server, over a reload, from a tab that was closed,
// and once, however many tabs there are.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accept, comeBack, createGuild, hears, inviteLink, leave, messages, person, say, start } from './fleet.mjs';

let fleet;
before(async () => {
	fleet = await start('outbox');
});
after(() => fleet?.stop());

const box = (page) => page.getByRole('textbox', { name: /^Message / });

async function write(page, text) {
	await box(page).fill(text);
	await box(page).press('Enter');
	await messages(page).filter({ hasText: text }).first().waitFor();
}

/** What somebody has heard of these, in order. */
async function heard(who, expected) {
	await hears(who, expected.at(-1));
	const texts = await messages(who.page).allInnerTexts();
	const found = texts.flatMap((text) => expected.filter((one) => text.includes(one)));
	assert.deepEqual(found, expected);
}

test('what is written is sent once and in order, whatever happens meanwhile', { timeout: 600_000 }, async (t) => {
	const ada = await person(fleet, 'ada');
	const bob = await person(fleet, 'bob');
	await createGuild(ada, 'Post office');
	await accept(bob, await inviteLink(ada, 'Post office'));
	await say(ada, 'before everything');
	await hears(bob, 'before everything');

	await t.test('without a network', async () => {
		await ada.context.setOffline(true);
		await write(ada.page, 'from the tunnel, first');
		await write(ada.page, 'from the tunnel, second');
		await ada.page.getByText('You are offline.').waitFor();
		assert.equal(await messages(bob.page).filter({ hasText: 'tunnel' }).count(), 0);
		await ada.context.setOffline(false);
		await heard(bob, ['from the tunnel, first', 'from the tunnel, second']);
	});

	await t.test('without a server, over a reload', async () => {
		await fleet.kill('api');
		await write(ada.page, 'to nobody, first');
		await write(ada.page, 'to nobody, second');
		await ada.page.reload();
		await fleet.start('api');
		await heard(bob, ['to nobody, first', 'to nobody, second']);
		await heard(ada, ['to nobody, first', 'to nobody, second']);
	});

	await t.test('from a tab that was closed', async () => {
		await fleet.kill('api');
		await write(ada.page, 'the last words of a tab');
		await leave(ada);
		await fleet.start('api');
		await comeBack(ada);
		await heard(bob, ['the last words of a tab']);
	});

	await t.test('once, with two tabs', async () => {
		const second = await ada.context.newPage();
		await second.goto(ada.page.url());
		await box(second).waitFor();
		await fleet.kill('api');
		await write(ada.page, 'seen by two tabs');
		await messages(second).filter({ hasText: 'seen by two tabs' }).first().waitFor();
		await fleet.start('api');
		await heard(bob, ['seen by two tabs']);
		// The fence: what comes after it has come.
		await say(ada, 'and no more');
		await heard(bob, ['seen by two tabs', 'and no more']);
		await heard({ page: second }, ['seen by two tabs', 'and no more']);
	});
	assert.deepEqual(bob.complaints, []);
});
