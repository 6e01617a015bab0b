import { NetworkError, type Id } from '@kith/sdk';
import { announcer } from '../a11y/announcer.svelte.ts';
import { explain } from '../api/errors.ts';
import type { StoredFile } from '../api/outbox-database.ts';
import { upload as send } from '../api/uploads.ts';
import { t } from '../i18n/runtime.ts';
import { outbox } from '../stores/messages/outbox.svelte.ts';
import { toasts } from '../stores/toasts.svelte.ts';
import { Upload, uploads } from '../stores/uploads.svelte.ts';

/** Of one message. */
const MOST_FILES = 10;
/** More at once only share the same line. */
const AT_ONCE = 3;
/** Of files of messages that are not sent yet, on this device: browsers give a page more, but not every disk has it. */
const MOST_KEPT_BYTES = 100 * 1024 * 1024;

let sending = 0;
const waiting: Upload[] = [];

/** Files that were chosen, dropped or pasted go to the server at once, before the message is sent. */
export function addFiles(channel: Id, files: Iterable<File>): void {
	for (const file of files) {
		if (uploads.of(channel).length >= MOST_FILES) {
			toasts.error(t('files.tooMany', { count: MOST_FILES }));
			return;
		}
		const upload = new Upload(channel, file);
		uploads.add(upload);
		start(upload);
	}
}

export function cancel(upload: Upload): void {
	upload.abort.abort();
	uploads.remove(upload);
}

export function tryAgain(upload: Upload): void {
	upload.abort = new AbortController();
	start(upload);
}

/** Files that the server has, or that are kept here until it does, go with a message. */
export function takeReady(channel: Id): StoredFile[] {
	const ready = uploads.of(channel).filter(({ state }) => state === 'done' || state === 'held');
	for (const upload of ready) uploads.remove(upload);
	let room = MOST_KEPT_BYTES - outbox.keptBytes;
	return ready.map(({ file, attachment }) => {
		const kept = attachment === null || file.size <= room;
		if (kept) room -= file.size;
		return { name: file.name, type: file.type, blob: kept ? file : null, attachment };
	});
}

/** The connection is back. */
export function wake(): void {
	for (const upload of uploads.all) if (upload.state === 'held') tryAgain(upload);
}

/** Whether there is room on this device for a file that the server cannot be given now. */
function mayHold({ file }: Upload): boolean {
	const held = uploads.all.filter(({ state }) => state === 'held');
	return held.reduce((sum, one) => sum + one.file.size, outbox.keptBytes + file.size) <= MOST_KEPT_BYTES;
}

function start(upload: Upload): void {
	upload.state = 'waiting';
	upload.progress = 0;
	waiting.push(upload);
	next();
}

function next(): void {
	while (sending < AT_ONCE) {
		const upload = waiting.shift();
		if (!upload) return;
		if (uploads.has(upload)) void run(upload);
	}
}

async function run(upload: Upload): Promise<void> {
	sending++;
	upload.state = 'sending';
	try {
		const onprogress = (sent: number): void => void (upload.progress = sent);
		const { signal } = upload.abort;
		upload.attachment = await send(upload.channelId, upload.file, { onprogress, signal });
		upload.state = 'done';
	} catch (error) {
		if (upload.abort.signal.aborted) return;
		if (error instanceof NetworkError && mayHold(upload)) {
			upload.state = 'held';
		} else {
			upload.state = 'failed';
			upload.reason = explain(error, { PAYLOAD_TOO_LARGE: t('files.tooLarge') });
			announcer.urgent(`${upload.file.name}: ${upload.reason}`);
		}
	} finally {
		sending--;
		next();
	}
}
