import { beforeAll, expect, test } from 'vitest';
import { users } from '#lib/stores/users.svelte.ts';
import { matching, toContent, toText, typedMention, type Mentionable } from './mentions.ts';

const ADA = '01M7X094NF15018JC8E57M87Z4';
const ROLE = '01M7X094NF15018JC8E57M87Z5';
const LONG_ROLE = '01M7X094NF15018JC8E57M87Z6';
const KNOWN: Mentionable = {
	user: (name) => ({ ada: ADA, 'ada.l': ADA })[name],
	roles: [
		{ id: LONG_ROLE, name: 'Night crew' },
		{ id: ROLE, name: 'Night' },
		{ id: ROLE, name: 'ada' },
	],
};

beforeAll(() =>
	users.learn({
		id: ADA,
		username: 'ada',
		display_name: 'Ada',
		kind: 'human',
		home: 'kith.test',
		avatar: null,
	}),
);

test.each([
	['hi @ada!', `hi <@${ADA}>!`],
	['@ada.', `<@${ADA}>.`],
	['@ada.l...', `<@${ADA}>...`],
	['@nobody and mail me@ada', '@nobody and mail me@ada'],
	['`@ada` stays code', '`@ada` stays code'],
	['```\n@ada\n```', '```\n@ada\n```'],
	['@everyone', '@everyone'],
	['@Night crew, come', `<@&${LONG_ROLE}>, come`],
	['(@Night)', `(<@&${ROLE}>)`],
	['@Nightly me@Night `@Night`', '@Nightly me@Night `@Night`'],
])('%s is sent as %s', (text, content) => expect(toContent(text, KNOWN)).toBe(content));

test('what was sent can be edited with names', () => {
	expect(toText(`hi <@${ADA}> \`<@${ADA}>\``)).toBe(`hi @ada \`<@${ADA}>\``);
	expect(toText('<@01M7X094NF15018JC8E57M87ZZ>')).toBe('<@01M7X094NF15018JC8E57M87ZZ>');
});

test('a mention begins at the start of a word', () => {
	expect(typedMention('hello @ad', 9)).toBe('ad');
	expect(typedMention('@', 1)).toBe('');
	expect(typedMention('mail@ad', 7)).toBeNull();
	expect(typedMention('@ad said', 8)).toBeNull();
});

test('who begins with what was typed comes first', () => {
	const people = ['bernada', 'ada', 'carl'].map((username) => ({
		user: {
			id: username,
			username,
			display_name: username,
			kind: 'human' as const,
			home: 'kith.test',
			avatar: null,
		},
		name: username,
		written: username,
	}));
	expect(matching(people, 'ad', 8).map(({ name }) => name)).toEqual(['ada', 'bernada']);
	const lodz = [{ written: 'l', name: 'Łódź' }];
	expect(matching(lodz, 'lód', 8)).toEqual(lodz);
});
