import { expect, test } from 'vitest';
import { en } from './en/index.ts';
import { formatRelative, t } from './runtime.ts';

test('values stand where their names are', () => {
	expect(t('timeline.intro', { name: 'general' })).toBe('Welcome to #general');
});

test('a number chooses its form and is written as people write it', () => {
	expect(t('guild.members', { count: 1 })).toBe('1 member');
	expect(t('guild.members', { count: 12_000 })).toBe('12,000 members');
});

test('what people wrote is not taken for a name', () => {
	expect(t('members.kickTitle', { name: '{count}' })).toBe('Kick {count}?');
});

test('moments are told from now', () => {
	const now = Date.parse('2026-11-21T10:00:00Z');
	expect(formatRelative(new Date(now - 3 * 3600_000), now)).toBe('3 hours ago');
	expect(formatRelative(new Date(now + 5 * 86_400_000), now)).toBe('in 5 days');
});

test('every text is used somewhere', () => {
	const sources = import.meta.glob<string>('/src/**/*.{ts,svelte}', {
		query: '?raw',
		import: 'default',
		eager: true,
	});
	const used = Object.entries(sources)
		.filter(([path]) => !path.includes('/i18n/en/'))
		.map(([, source]) => source)
		.join('\n');
	// Permissions and acts are named by the server, so their keys are put together.
	const unused = Object.keys(en).filter(
		(key) => !/^(permission|audit|status)\./.test(key) && !used.includes(`'${key}'`),
	);
	expect(unused).toEqual([]);
});
