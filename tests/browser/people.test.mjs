// Somebody is found by their whole name, and an instance that nobody can reach is not taken for nobody.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { person, start } from './fleet.mjs';

let fleet;
before(async () => {
	fleet = await start('people');
});
after(() => fleet?.stop());

test('people are found by their whole name', async () => {
	const ada = await person(fleet, 'ada');
	await person(fleet, 'bob');
	await ada.page.getByRole('button', { name: 'Find someone' }).click();
	const dialog = ada.page.getByRole('dialog');
	const find = async (name) => {
		await dialog.getByLabel('Name').fill(name);
		await dialog.getByRole('button', { name: 'Find', exact: true }).click();
	};
	await find('bob');
	const card = dialog.getByRole('region', { name: 'bob' });
	await card.getByText('@bob', { exact: true }).waitFor();
	await card.getByRole('button', { name: 'Block' }).click();
	await card.getByRole('button', { name: 'Unblock' }).waitFor();

	await find('nobody');
	await dialog.getByText('Nobody has this name.').waitFor();
	assert.equal(await card.count(), 0);
	// Federation is asked, and says that it cannot reach this one.
	await find('bob@unreachable.invalid');
	await dialog.getByText('That instance is not answering right now.').waitFor();
	await find('bob@127.0.0.1');
	await dialog.getByText(/must be a domain/).waitFor();
	assert.deepEqual(ada.complaints, []);
});
