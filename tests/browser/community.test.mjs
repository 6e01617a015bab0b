// What the owner of a server and their guests do in the first hour: invite, roles, categories, exceptions, mentions, voice, farewell.
// On a wide screen in dark colours and on a phone in light ones.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { microphones, panel } from './calls.mjs';
import { accept, createGuild, hears, inviteLink, messages, person, start } from './fleet.mjs';

const SIZES = [
	{ name: 'wide', viewport: { width: 1440, height: 900 }, colorScheme: 'dark' },
	{ name: 'phone', viewport: { width: 390, height: 844 }, colorScheme: 'light' },
];

let fleet;
before(async () => {
	fleet = await start('community', await microphones());
});
after(() => fleet?.stop());

/** Nothing that axe finds, and a picture to look at if somebody wants to. */
async function look(page, name) {
	// What is still on its way in is half transparent.
	await page.evaluate(() => Promise.allSettled(document.getAnimations().map((animation) => animation.finished)));
	const { violations } = await new AxeBuilder({ page })
		.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
		.analyze();
	const found = violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' ')}`);
	assert.deepEqual(found, [], name);
	if (process.env.KITH_SCREENSHOTS) await page.screenshot({ path: `${process.env.KITH_SCREENSHOTS}/${name}.png` });
}

/** Asks the API as a program would. */
async function ask(method, path, body, token) {
	const answer = await fetch(`${fleet.url}/api/v1/${path}`, {
		method,
		headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
		...(body ? { body: JSON.stringify(body) } : {}),
	});
	assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
	return answer.status === 204 ? null : (await answer.json()).data;
}

async function closed(dialog) {
	await dialog.page().keyboard.press('Escape');
	await dialog.waitFor({ state: 'detached' });
}

/** On a phone the channels are in a drawer. */
async function channels(page) {
	const open = page.getByRole('button', { name: /^Open navigation/ });
	const isThere = await page.getByRole('button', { name: 'Close navigation' }).isVisible();
	if (!isThere && (await open.isVisible())) await open.click();
}

async function serverSettings(page) {
	await channels(page);
	await page.getByRole('button', { name: /: server menu$/ }).click();
	await page.getByRole('menuitem', { name: 'Server settings' }).click();
	return page.getByRole('dialog');
}

for (const { name: size, ...screen } of SIZES) {
	test(`an owner and a guest, ${size}`, { timeout: 600_000 }, async (t) => {
		const ada = await person(fleet, `ada_${size}`, screen);
		const bob = await person(fleet, `bob_${size}`, screen);
		const server = `Club ${size}`;
		await createGuild(ada, server);
		const { page } = ada;

		await t.test('a new server shows three first steps', async () => {
			await page.getByText('Three first steps').waitFor();
			await look(page, `${size}-first-steps`);
			await page.getByRole('button', { name: 'Write your first message' }).click();
			assert.ok(await page.getByRole('textbox', { name: /^Message / }).evaluate((box) => box === document.activeElement));
		});

		let link;
		await t.test('opening the invite dialog twice gives one invite, and a stranger sees where it leads', async () => {
			await channels(page);
			link = await inviteLink(ada, server);
			await page.getByRole('dialog').waitFor({ state: 'detached' });
			await channels(page);
			assert.equal(await inviteLink(ada, server), link);
			const context = await fleet.browser.newContext(screen);
			const stranger = await context.newPage();
			await stranger.goto(link);
			await stranger.getByRole('heading', { name: server }).waitFor();
			await stranger.getByText(`ada_${size} invited you to join`).waitFor();
			await stranger.getByText('1 member', { exact: true }).waitFor();
			await look(stranger, `${size}-invite`);
			await stranger.goto(`${fleet.url}/invite/nowhere2222`);
			await stranger.getByRole('heading', { name: 'This invite is no longer valid' }).waitFor();
			await context.close();
		});

		await t.test('a guest joins', async () => {
			await accept(bob, link);
			await page.getByRole('button', { name: 'Show members' }).or(page.getByText('Online — 2')).first().waitFor();
		});

		await t.test('edits of a role are not lost unseen', async () => {
			const dialog = await serverSettings(page);
			await dialog.getByRole('tab', { name: 'Roles' }).click();
			await dialog.getByRole('button', { name: 'Create role' }).click();
			await dialog.getByLabel('Role name').fill('Night crew');
			await dialog.getByRole('status').filter({ hasText: 'unsaved changes' }).waitFor();
			await dialog.getByRole('tab', { name: 'Bans' }).click();
			await dialog.getByRole('alert').filter({ hasText: 'unsaved changes' }).waitFor();
			await page.keyboard.press('Escape');
			assert.ok(await dialog.getByLabel('Role name').isVisible());
			await dialog.getByRole('button', { name: 'Everyone', exact: true }).click();
			assert.equal(await dialog.getByLabel('Role name').inputValue(), 'Night crew');
			await look(page, `${size}-unsaved`);
			await dialog.getByRole('button', { name: 'Reset' }).click();
			assert.equal(await dialog.getByLabel('Role name').inputValue(), 'New role');
			await dialog.getByLabel('Role name').fill('Night crew');
			await dialog.getByRole('switch', { name: /Allow anyone to @mention/ }).click();
			await dialog.getByRole('switch', { name: /Display members separately/ }).click();
			await dialog.getByRole('button', { name: 'Save changes' }).click();
			await dialog.getByText('unsaved changes').waitFor({ state: 'detached' });
			await closed(dialog);
		});

		await t.test('a channel in a private category opens, and a member is let in', async () => {
			await channels(page);
			await page.getByRole('button', { name: 'Create channel', exact: true }).first().click();
			const dialog = page.getByRole('dialog').last();
			await dialog.getByRole('radio', { name: /^Category/ }).check({ force: true });
			await dialog.getByLabel('Channel name').fill('Back rooms');
			await dialog.getByRole('button', { name: 'Create channel' }).click();
			await page.getByRole('button', { name: 'Category Back rooms' }).waitFor();
			await page.getByRole('button', { name: 'Settings of Back rooms' }).click();
			await dialog.getByRole('tab', { name: 'Permissions' }).click();
			await dialog.getByRole('switch', { name: 'Private category' }).click();
			await dialog.getByRole('group', { name: 'View this channel for Everyone' }).getByRole('radio', { name: 'Deny', checked: true }).waitFor();
			await dialog.getByRole('button', { name: 'Add a role or member' }).click();
			await dialog.getByLabel('Name of a role or member').fill('BÓB');
			await dialog.getByRole('list', { name: 'Add a role or member' }).getByRole('button').click();
			const allowed = dialog.getByRole('group', { name: /^View this channel for bob/ }).getByRole('radio', { name: 'Allow' });
			await allowed.check({ force: true });
			await dialog.getByRole('button', { name: /^Remove bob/ }).waitFor();
			await look(page, `${size}-permissions`);
			await closed(dialog);
			await channels(page);
			await page.getByRole('button', { name: 'Create channel in Back rooms' }).click();
			await dialog.getByLabel('Channel name').fill('secrets');
			await dialog.getByRole('button', { name: 'Create channel' }).click();
			await page.getByRole('heading', { name: 'secrets', exact: true }).waitFor();
			await channels(bob.page);
			await bob.page.getByRole('link', { name: /^secrets, private/ }).waitFor();
		});

		await t.test('a channel moves into a category and changes places there', async () => {
			await channels(page);
			await page.getByRole('link', { name: /^secrets/ }).click();
			await channels(page);
			await page.getByRole('button', { name: 'Settings of secrets' }).click();
			const dialog = page.getByRole('dialog').last();
			await dialog.getByLabel('Category').selectOption('');
			await dialog.getByRole('button', { name: 'Save changes' }).click();
			await dialog.getByText('unsaved changes').waitFor({ state: 'detached' });
			await dialog.getByRole('button', { name: 'Move up' }).click();
			await dialog.getByRole('button', { name: 'Move up' }).click();
			await page.waitForFunction(() => {
				const names = [...document.querySelectorAll('nav a[href^="/g/"]')].map((link) => link.textContent?.trim());
				return names.indexOf('secrets') >= 0 && names.indexOf('secrets') < names.indexOf('general');
			});
			await closed(dialog);
		});

		await t.test('the log says what was before', async () => {
			const dialog = await serverSettings(page);
			await dialog.getByRole('tab', { name: 'Audit log' }).click();
			await dialog.getByText('changed the channel #secrets').waitFor();
			const entry = dialog.getByRole('listitem').filter({ hasText: 'changed the role Night crew' });
			await entry.filter({ hasText: 'New role' }).filter({ hasText: 'Night crew' }).waitFor();
			await look(page, `${size}-audit`);
			await closed(dialog);
		});

		await t.test('a role is mentioned by completion, and those who have it see it', async () => {
			await page.goto(new URL(bob.page.url()).href);
			const box = page.getByRole('textbox', { name: /^Message / });
			await box.fill('come @nig');
			await page.getByRole('option', { name: /Night crew/ }).waitFor();
			await box.press('Tab');
			await box.press('Enter');
			await hears(bob, 'come @Night crew');
		});

		await t.test('nicknames are shown without the member list, and names of those who have left', async () => {
			const as = async (name) => {
				const login = { username: name, password: `${name} has a password` };
				const { user, tokens } = await ask('POST', 'auth/login', login);
				return { id: user.id, call: (method, path, body) => ask(method, path, body, tokens.access_token) };
			};
			const [, , guild, channel] = new URL(bob.page.url()).pathname.split('/');
			const dan = await person(fleet, `dan_${size}`, screen);
			await accept(dan, link);
			const [bobs, dans] = [await as(bob.name), await as(dan.name)];
			await bobs.call('PATCH', `guilds/${guild}/members/${bobs.id}`, { nick: 'Bobby Tables' });
			await bobs.call('POST', `channels/${channel}/messages`, { content: `farewell <@${dans.id}>` });
			await dans.call('DELETE', `users/@me/guilds/${guild}`);
			await dan.context.close();
			await page.evaluate(() => localStorage.setItem('kith.members', 'hidden'));
			await page.reload();
			const message = messages(page).filter({ hasText: 'farewell' });
			await message.getByText(`@dan_${size}`).waitFor();
			await message.getByText('Bobby Tables').waitFor();
			await page.evaluate(() => localStorage.removeItem('kith.members'));
			await page.reload();
			await page.getByRole('textbox', { name: /^Message / }).waitFor();
		});

		await t.test('a voice channel has a page with its people', async () => {
			await channels(page);
			await page.getByRole('link', { name: 'Voice channel Lounge' }).click();
			const stage = page.getByRole('region', { name: 'Voice channel Lounge' });
			await panel(ada).getByText('Voice connected').waitFor({ timeout: 60_000 });
			await stage.getByRole('list', { name: 'People in Lounge' }).getByText(`ada_${size}`).waitFor();
			await look(page, `${size}-voice`);
			await stage.getByRole('button', { name: 'Mute microphone' }).click();
			await stage.getByText('muted', { exact: true }).waitFor();
			if (size === 'phone') {
				await stage.getByRole('button', { name: 'Show chat' }).click();
				await page.getByRole('textbox', { name: /^Message / }).waitFor();
				await page.getByRole('button', { name: 'Back to voice' }).click();
			}
			await stage.getByRole('button', { name: 'Leave' }).click();
			await stage.getByText('Nobody is here yet.').waitFor();
			await stage.getByRole('button', { name: 'Join voice' }).waitFor();
		});

		await t.test('somebody who was found is written to', async () => {
			await channels(page);
			await page.getByRole('link', { name: /^Direct messages/ }).click();
			await page.getByRole('button', { name: 'Find someone' }).click();
			const dialog = page.getByRole('dialog').last();
			await dialog.getByLabel('Name').fill(`bob_${size}`);
			await dialog.getByRole('button', { name: 'Find', exact: true }).click();
			await dialog.getByRole('button', { name: 'Invite to server' }).waitFor();
			await look(page, `${size}-person`);
			await dialog.getByRole('button', { name: 'Message' }).click();
			await page.getByRole('textbox', { name: /^Message @bob/ }).waitFor();
		});

		assert.deepEqual(ada.complaints, []);
		assert.deepEqual(bob.complaints, []);
	});
}
