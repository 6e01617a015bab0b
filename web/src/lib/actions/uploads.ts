import type { Attachment, Id } from '@kith/sdk';
import { announcer } from '../a11y/announcer.svelte.ts';
import { explain } from '../api/errors.ts';
import { upload as send } from '../api/uploads.ts';
import { t } from '../i18n/runtime.ts';
import { toasts } from '../stores/toasts.svelte.ts';
import { Upload, uploads } from '../stores/uploads.svelte.ts';

/** Of one message. */
const MOST_FILES = 10;
/** More at once only share the same line. */
const AT_ONCE = 3;

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

/** What was sent goes with a message. */
export function takeFinished(channel: Id): Attachment[] {
	const finished = uploads.of(channel).filter(({ attachment }) => attachment !== null);
	for (const upload of finished) uploads.remove(upload);
	return finished.flatMap(({ attachment }) => attachment ?? []);
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
		if (!upload.abort.signal.aborted) {
			upload.state = 'failed';
			upload.reason = explain(error, { PAYLOAD_TOO_LARGE: t('files.tooLarge') });
			announcer.urgent(`${upload.file.name}: ${upload.reason}`);
		}
	} finally {
		sending--;
		next();
	}
}
