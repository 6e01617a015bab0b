import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

const paths = [
	{ name: 'svelte/store', message: 'State lives in runes: one class per store in lib/stores.' },
	{
		name: '@lucide/svelte',
		message: 'The barrel costs 40 seconds of build: import @lucide/svelte/icons/NAME.',
	},
];

export default ts.config(
	{ ignores: ['build/', '.svelte-kit/'] },
	js.configs.recommended,
	...ts.configs.strict,
	...svelte.configs.recommended,
	{
		languageOptions: { globals: { ...globals.browser, ...globals.node } },
		rules: {
			// TypeScript knows better which names exist.
			'no-undef': 'off',
			'no-restricted-imports': ['error', { paths }],
			'no-eval': 'error',
			// No error vanishes unseen: it is shown (explain), noted (note), or thrown on.
			'no-restricted-syntax': [
				'error',
				{ selector: 'CatchClause:not([param])', message: 'Name the error, and explain() or note() it.' },
				{
					selector: "CallExpression[callee.property.name='catch'] > ArrowFunctionExpression[params.length=0]",
					message: 'Take the error, and explain() or note() it: .catch(note).',
				},
				{
					selector: "CallExpression[callee.property.name='then'][arguments.1.params.length=0]",
					message: 'Take the error, and explain() or note() it: .then(…, note).',
				},
			],
			'no-restricted-properties': ['error', { property: 'innerHTML', message: 'Build elements instead.' }],
			'svelte/no-at-html-tags': 'error',
			// Paths are plain strings here: the client is served from the root of its own address.
			'svelte/no-navigation-without-resolve': 'off',
			'svelte/require-each-key': 'error',
			// Maps that are built anew inside a derived value need no reactivity of their own.
			'svelte/prefer-svelte-reactivity': 'off',
		},
	},
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'] } },
	},
	{
		files: ['src/lib/components/**', 'src/routes/**'],
		rules: {
			'no-restricted-globals': ['error', { name: 'fetch', message: 'Components call actions.' }],
		},
	},
	{
		// The kit of controls knows nothing of what it is used for.
		files: ['src/lib/components/ui/**'],
		rules: {
			'no-restricted-imports': [
				'error',
				{ paths, patterns: [{ group: ['#lib/stores/*', '#lib/actions/*', '#lib/api/*'] }] },
			],
		},
	},
	{
		// Runs before everything else: there is nobody to tell.
		files: ['static/**'],
		rules: { 'no-restricted-syntax': 'off' },
	},
	{
		files: ['**/*.test.ts', 'tests/**'],
		rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
	},
);
