// Prints the Caddy snippet with the hashes of the inline scripts of a web build, for its Content-Security-Policy.
//
//     node caddy/csp.mjs web/build > csp.caddy
//
// Used by ./dev and by deploy/Dockerfile, so that both send the same policy.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
if (!folder) {
	console.error('usage: node caddy/csp.mjs BUILD_FOLDER');
	process.exit(64);
}

const hashes = new Set();
for (const name of readdirSync(folder, { recursive: true })) {
	if (!name.endsWith('.html')) continue;
	const page = readFileSync(join(folder, name), 'utf8');
	for (const [, attributes, script] of page.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)) {
		if (/\ssrc\s*=/.test(attributes)) continue;
		hashes.add(`'sha256-${createHash('sha256').update(script).digest('base64')}'`);
	}
}
console.log(`vars script_hashes "${[...hashes].sort().join(' ')}"`);
