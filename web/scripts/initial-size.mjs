// The gate on what a newcomer downloads before the first conversation shows: the scripts of the start page and of
// the channel route with everything they import statically, gzipped. Lazy chunks are not counted.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const LIMIT_KIB = 200;
const root = new URL('..', import.meta.url).pathname;
const output = join(root, '.svelte-kit/output/client');
const manifest = JSON.parse(readFileSync(join(output, '.vite/manifest.json'), 'utf8'));

/** The node files of a route: its layouts and its page, by what Kit names them. */
function entries() {
	const routes = readFileSync(join(root, '.svelte-kit/generated/client-optimized/app.js'), 'utf8');
	const route = /"\/\(app\)\/g\/\[guild\]\/\[channel\]": \[(~?\d+),?\[?([\d,]*)\]?\]/.exec(routes);
	if (!route) throw new Error('the channel route is not in the build; run npm run build first');
	const nodes = [0, 1, Number(route[1]), ...route[2].split(',').filter(Boolean).map(Number)];
	const names = nodes.map((node) => `.svelte-kit/generated/client-optimized/nodes/${node}.js`);
	const start = Object.keys(manifest).filter(
		(name) => manifest[name].isEntry && /\/(start|app)\.js$/.test(name),
	);
	return [...start, ...names];
}

const seen = new Set();
function walk(name) {
	const chunk = manifest[name];
	if (!chunk || seen.has(chunk.file)) return;
	seen.add(chunk.file);
	for (const next of chunk.imports ?? []) walk(next);
}
for (const name of entries()) {
	if (!manifest[name]) throw new Error(`${name} is not in the build's manifest`);
	walk(name);
}

const sizes = [...seen]
	.filter((file) => file.endsWith('.js'))
	.map((file) => [gzipSync(readFileSync(join(output, file)), { level: 9 }).length / 1024, file])
	.sort((a, b) => b[0] - a[0]);
const total = sizes.reduce((sum, [size]) => sum + size, 0);
for (const [size, file] of sizes.slice(0, 8)) console.log(`${size.toFixed(1).padStart(7)} KiB  ${file}`);
console.log(
	`${total.toFixed(1).padStart(7)} KiB  gzipped in ${sizes.length} scripts; the limit is ${LIMIT_KIB}`,
);
if (total > LIMIT_KIB) process.exit(1);
