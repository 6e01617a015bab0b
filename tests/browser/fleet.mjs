// A fleet of its own for browser tests: the same `./dev up` that people use, with its own data and ports.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const arguments_ = [
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];

/** Starts the fleet and a browser with these `flags`. `stop` ends both and forgets the data. */
export async function start(name, flags = []) {
	const data = await mkdtemp(join(tmpdir(), 'kith-browser-'));
	const instance = ['--instance', `${name}-${process.pid}`];
	const dev = async (...words) => (await run('./dev', words, { cwd: root, maxBuffer: 1 << 24 })).stdout;
	const up = ['up', ...instance, '--data', data, '--no-web'];
	if (process.env.KITH_BINARY) up.push('--binary', process.env.KITH_BINARY);
	await dev(...up);
	const env = JSON.parse(await dev('env', ...instance));
	const browser = await chromium.launch({
		executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
		headless: true,
		// Chromium's own sandbox does not work for root.
		args: [...arguments_, ...flags, ...(process.getuid() === 0 ? ['--no-sandbox'] : [])],
	});
	return {
		url: env.public_url,
		env,
		browser,
		/** Runs `kith …` as an operator would. */
		kith: (...words) => dev('kith', ...instance, ...words),
		kill: (service) => dev('kill', service, ...instance),
		start: (service) => dev('start', service, ...instance),
		async stop() {
			await browser.close();
			await dev('reset', '--yes', ...instance);
			await rm(data, { recursive: true, force: true });
		},
	};
}

/** A new tab. What it complains about is added to `complaints`. */
async function open(context, complaints) {
	const page = await context.newPage();
	page.on('pageerror', (error) => complaints.push(String(error)));
	page.on('console', (line) => {
		// A refused request is logged by Chromium itself; the page must handle it, and does if it says nothing more.
		if (line.type() === 'error' && !line.text().startsWith('Failed to load resource') && !line.text().includes('WebSocket connection')) {
			complaints.push(line.text());
		}
	});
	return page;
}

/** Somebody with a browser of their own. What the page complains about is remembered and must stay empty. */
export async function person(fleet, name, options = {}) {
	const context = await fleet.browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
	const complaints = [];
	const page = await open(context, complaints);
	await page.goto(`${fleet.url}/register`);
	await page.getByLabel('User name').fill(name);
	await page.getByLabel('Password', { exact: true }).fill(`${name} has a password`);
	await page.getByRole('button', { name: 'Create account' }).click();
	await page.getByRole('heading', { name: new RegExp(`Nice to have you here, ${name}`) }).waitFor();
	return { name, context, page, complaints };
}

/** Closes somebody's only tab. */
export async function leave(who) {
	who.left = who.page.url();
	await who.page.close();
}

/** Opens a tab where the last one was closed. */
export async function comeBack(who) {
	who.page = await open(who.context, who.complaints);
	await who.page.goto(who.left);
	await who.page.getByRole('textbox', { name: /^Message / }).waitFor();
}

/** The texts of all messages on the page, oldest first. */
export const messages = (page) => page.getByRole('log').getByRole('article');

/** Writes a message and waits until it stands in one's own timeline. */
export async function say(who, text) {
	const composer = who.page.getByRole('textbox', { name: /^Message / });
	await composer.fill(text);
	await composer.press('Enter');
	await hears(who, text);
}

/** Waits until a message stands in the timeline. */
export async function hears(who, text) {
	await messages(who.page).filter({ hasText: text }).first().waitFor();
}

/** Makes a server. */
export async function createGuild(who, name) {
	await who.page.getByRole('main').getByRole('button', { name: 'Create a server' }).click();
	const dialog = who.page.getByRole('dialog');
	await dialog.getByLabel('Server name').fill(name);
	await dialog.getByRole('button', { name: 'Create a server' }).click();
	await who.page.getByRole('textbox', { name: /^Message / }).waitFor();
}

/** An invite link of a server that is open. */
export async function inviteLink(who, guild) {
	await who.page.getByRole('button', { name: `${guild}: server menu` }).click();
	await who.page.getByRole('menuitem', { name: 'Invite people' }).click();
	const field = await who.page.getByRole('dialog').getByLabel('Invite link').elementHandle();
	// The field is there before the link that the server makes.
	await who.page.waitForFunction((input) => input.value !== '', field);
	const link = await field.inputValue();
	await who.page.keyboard.press('Escape');
	return link;
}

/** Accepts an invite. */
export async function accept(who, link) {
	await who.page.goto(link);
	await who.page.getByRole('button', { name: 'Accept invite' }).click();
	await who.page.getByRole('textbox', { name: /^Message / }).waitFor();
}

/** Waits until the member list shows somebody like this. */
export async function sees(who, name, status) {
	await who.page.getByRole('button', { name: `${name}: member menu, ${status}`, exact: true }).waitFor();
}

/** Chooses how to be seen. */
export async function choose(who, status) {
	await who.page.getByRole('button', { name: /^Your status: / }).click();
	await who.page.getByRole('menuitemradio', { name: status }).click();
	await who.page.getByRole('button', { name: `Your status: ${status}` }).waitFor();
}

/** Posts so many lines into the channel that is open, faster than a person could type them. */
export async function talk(fleet, who, lines) {
	await fleet.kith('admin', 'lift-limits', who.name);
	const post = async (path, body, headers = {}) => {
		const answer = await fetch(`${fleet.url}/api/v1/${path}`, {
			method: 'POST',
			headers: { 'content-type': 'application/json', ...headers },
			body: JSON.stringify(body),
		});
		assert.ok(answer.ok, `${path}: ${answer.status}`);
		return (await answer.json()).data;
	};
	const { tokens } = await post('auth/login', { username: who.name, password: `${who.name} has a password` });
	const channel = new URL(who.page.url()).pathname.split('/').at(-1);
	for (let index = 0; index < lines; index++) {
		await post(`channels/${channel}/messages`, { content: `line ${index}` }, { authorization: `Bearer ${tokens.access_token}` });
	}
}
