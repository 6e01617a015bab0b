// A sound for Chromium's fake microphone. Its own beep is too short for LiveKit to take for somebody who speaks.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const RATE = 48_000;
const SECONDS = 6;

/** Something like a voice: a low tone with its overtones that rises and falls, in syllables. Gives the path of a WAV file. */
export async function voice() {
	const samples = new Int16Array(RATE * SECONDS);
	for (let n = 0; n < samples.length; n++) {
		const time = n / RATE;
		const loudness = 0.15 + 0.85 * Math.max(0, Math.sin(2 * Math.PI * 3 * time));
		const pitch = 140 + 40 * Math.sin(2 * Math.PI * 0.7 * time);
		let sum = 0;
		for (let overtone = 1; overtone < 12; overtone++) sum += Math.sin(2 * Math.PI * pitch * overtone * time) / overtone;
		samples[n] = 4500 * loudness * sum;
	}
	const header = Buffer.alloc(44);
	header.write('RIFF', 0);
	header.writeUInt32LE(36 + samples.byteLength, 4);
	header.write('WAVEfmt ', 8);
	header.writeUInt32LE(16, 16);
	header.writeUInt16LE(1, 20);
	header.writeUInt16LE(1, 22);
	header.writeUInt32LE(RATE, 24);
	header.writeUInt32LE(RATE * 2, 28);
	header.writeUInt16LE(2, 32);
	header.writeUInt16LE(16, 34);
	header.write('data', 36);
	header.writeUInt32LE(samples.byteLength, 40);
	const path = join(await mkdtemp(join(tmpdir(), 'kith-voice-')), 'voice.wav');
	await writeFile(path, Buffer.concat([header, Buffer.from(samples.buffer)]));
	return path;
}
