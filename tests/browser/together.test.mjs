// An evening of three people: they meet, see each other come and go, look at a picture, find what was said, and talk.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createVoiceChannel, joinVoice, microphones, people, receives, remember } from './calls.mjs';
import { accept, choose, comeBack, createGuild, hears, inviteLink, leave, messages, person, say, sees, start, talk } from './fleet.mjs';
import { offer } from './pictures.mjs';

let fleet;
before(async () => {
	fleet = await start('together', await microphones());
});
after(() => fleet?.stop());

test('three people see each other, share a picture, find what was said, and hear each other', { timeout: 600_000 }, async (t) => {
	const ada = await person(fleet, 'ada');
	await createGuild(ada, 'Analytical Engine');
	const text = ada.page.url();
	await createVoiceChannel(ada, 'Talk');
	await ada.page.goto(text);
	const link = await inviteLink(ada, 'Analytical Engine');
	const everybody = [ada];
	for (const name of ['bob', 'cyd']) {
		const who = await person(fleet, name);
		await accept(who, link);
		everybody.push(who);
	}
	const [, bob, cyd] = everybody;
	const others = (who) => everybody.filter((other) => other !== who);

	await t.test('each sees who is there, who wants to be left alone, and who goes', async () => {
		for (const who of everybody) for (const other of others(who)) await sees(who, other.name, 'Online');
		await choose(cyd, 'Do not disturb');
		for (const who of others(cyd)) {
			await sees(who, 'cyd', 'Do not disturb');
			const dot = who.page.getByRole('button', { name: /^cyd: member menu/ }).locator('[data-status=dnd]');
			assert.equal(await dot.count(), 1, `${who.name} sees one dot`);
		}
		await leave(bob);
		for (const who of [ada, cyd]) await sees(who, 'bob', 'Offline');
		// Who is away reads later what was said.
		await say(ada, 'The fortunate librarian was running late');
		await hears(cyd, 'The fortunate librarian was running late');
		await comeBack(bob);
		await hears(bob, 'The fortunate librarian was running late');
		for (const who of [ada, cyd]) await sees(who, 'bob', 'Online');
		await sees(bob, 'cyd', 'Do not disturb');
	});

	await t.test('a picture is seen small by the others, and large when they open it', async () => {
		await offer(bob.page, '#message-box', 'paste', { name: 'engine.png', width: 1600, height: 800, color: 'teal' });
		await bob.page.getByRole('list', { name: 'Files to send' }).getByText('engine.png').waitFor();
		await bob.page.getByRole('textbox', { name: /^Message / }).fill('What I saw today');
		await bob.page.getByRole('button', { name: 'Send', exact: true }).and(bob.page.locator(':enabled')).click();
		for (const who of [ada, cyd]) {
			const article = messages(who.page).filter({ hasText: 'What I saw today' });
			const small = article.getByRole('img', { name: 'Image engine.png' });
			await small.waitFor();
			const width = (image) => image.evaluate((shown) => shown.decode().then(() => shown.naturalWidth));
			assert.equal(await width(small), 800, `${who.name} is shown the thumbnail`);
			await article.getByRole('button', { name: 'Show engine.png larger' }).click();
			const dialog = who.page.getByRole('dialog');
			const large = dialog.locator('img[data-loaded=true]');
			await large.waitFor();
			assert.equal(await width(large), 1600, `${who.name} opens the picture itself`);
			await who.page.keyboard.press('Escape');
			await dialog.waitFor({ state: 'hidden' });
		}
	});

	await t.test('what was said long before is found, and shown where it was said', async () => {
		// So much that it is neither on the screen nor loaded when the page is opened.
		await talk(fleet, ada, 110);
		await cyd.page.reload();
		await hears(cyd, 'line 109');
		const said = messages(cyd.page).filter({ hasText: 'librarian' });
		assert.equal(await said.count(), 0);
		await cyd.page.keyboard.press('Control+f');
		const panel = cyd.page.getByRole('complementary', { name: 'Search' });
		const field = panel.getByRole('searchbox', { name: 'Search messages' });
		await field.fill('librarian');
		await field.press('Enter');
		const found = panel.getByRole('listitem');
		await found.waitFor();
		assert.deepEqual(await found.locator('mark').allInnerTexts(), ['librarian']);
		await found.getByRole('button').click();
		await said.waitFor();
		await hears(cyd, 'What I saw today');
		await cyd.page.keyboard.press('Escape');
	});

	await t.test('in the voice channel all hear each other', async () => {
		for (const who of everybody) {
			await who.context.addInitScript(remember);
			await who.page.reload();
			await joinVoice(who, 'Talk');
		}
		for (const who of everybody) {
			await people(who, 'Talk').nth(2).waitFor();
			await receives(who, 2);
		}
		// And go on writing while they talk.
		for (const who of everybody) await who.page.locator(`a[href="${new URL(text).pathname}"]`).click();
		await say(cyd, 'Good evening to you both');
		for (const who of [ada, bob]) await hears(who, 'Good evening to you both');
		for (const who of everybody) await receives(who, 2);
	});
	for (const who of everybody) assert.deepEqual(who.complaints, [], who.name);
});
