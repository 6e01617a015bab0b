import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

export default defineConfig({
	plugins: [
		tailwindcss(),
		// The client routes by itself: whatever the path, the server answers with the fallback page.
		await sveltekit({ compilerOptions: { runes: true }, adapter: adapter({ fallback: '200.html' }) }),
		svelteTesting(),
	],
	build: {
		manifest: true,
		// A font as a data: address would not pass the content security policy.
		assetsInlineLimit: 0,
	},
	server: {
		// For `npm run dev` beside a running fleet: KITH_ORIGIN is the address that `./dev up` prints.
		proxy: process.env.KITH_ORIGIN
			? {
					'/api': { target: process.env.KITH_ORIGIN, changeOrigin: true },
					'/gateway': { target: process.env.KITH_ORIGIN, changeOrigin: true, ws: true },
				}
			: {},
	},
	test: {
		environment: 'jsdom',
		include: ['src/**/*.test.ts'],
		setupFiles: ['./tests/setup.ts'],
	},
});
