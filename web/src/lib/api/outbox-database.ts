import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { Attachment } from '@kith/sdk';
import { database } from './database.ts';

/** A file of a message that is not sent yet. */
export interface StoredFile {
	name: string;
	type: string;
	/** The file itself, until its message has arrived; null if it was too large to be kept. */
	blob: Blob | null;
	/** The server has it; an upload that is in no message is kept there for a day. */
	attachment: Attachment | null;
}

/** A message from the moment in which somebody sends it until the server has it, or its author gives it up. */
export interface StoredMessage {
	/** Its place among all of this browser; given when it is stored. */
	order?: number;
	nonce: string;
	userId: string;
	channelId: string;
	content: string;
	files: StoredFile[];
	/** Milliseconds since 1970. */
	createdAt: number;
	/** The channel's newest message when it was written: it can only stand after it. */
	afterSeq: number;
	/** The first try whose end is not known; null before it. */
	triedAt: number | null;
	/** Why the server does not take it, for people; null as long as it is to be sent. */
	refused: string | null;
	/** Nobody can say whether it has arrived, so only its author sends it again. */
	unsure?: boolean;
}

interface Schema extends DBSchema {
	messages: { key: number; value: StoredMessage; indexes: { user: string; nonce: string } };
}

let opened: Promise<IDBPDatabase<Schema>> | null = null;

/** Apart from the other database, which an older tab may hold open and so keep from being upgraded. */
function outboxDatabase(): Promise<IDBPDatabase<Schema>> {
	opened ??= openDB<Schema>('kith-outbox', 1, {
		upgrade(db) {
			const messages = db.createObjectStore('messages', { keyPath: 'order', autoIncrement: true });
			messages.createIndex('user', 'userId');
			messages.createIndex('nonce', 'nonce', { unique: true });
		},
		blocking(_, __, event) {
			// A later version of the client waits for this.
			(event.target as IDBDatabase).close();
			opened = null;
		},
		terminated: () => void (opened = null),
	});
	return opened;
}

/** In the order of sending. A person has not so many that they have to come in parts. */
export async function storedMessages(userId: string): Promise<StoredMessage[]> {
	return (await outboxDatabase()).getAllFromIndex('messages', 'user', userId);
}

/** Gives its place. When this has come back, neither the tab nor the browser can lose it by ending. */
export async function storeMessage(message: StoredMessage): Promise<number> {
	const transaction = (await outboxDatabase()).transaction('messages', 'readwrite', { durability: 'strict' });
	const order = await transaction.store.add(message);
	await transaction.done;
	return order;
}

/** Changes what is still there. Null: it has arrived or was given up meanwhile, and does not come back. */
export async function changeStored(
	nonce: string,
	change: Partial<StoredMessage>,
): Promise<StoredMessage | null> {
	const transaction = (await outboxDatabase()).transaction('messages', 'readwrite');
	const stored = await transaction.store.index('nonce').get(nonce);
	const changed = stored ? { ...stored, ...change } : null;
	if (changed) await transaction.store.put(changed);
	await transaction.done;
	return changed;
}

/** It has arrived, or was given up. */
export async function forgetStored(nonce: string): Promise<void> {
	const transaction = (await outboxDatabase()).transaction('messages', 'readwrite');
	const key = await transaction.store.index('nonce').getKey(nonce);
	if (key !== undefined) await transaction.store.delete(key);
	await transaction.done;
}

/** Everything that somebody has not sent yet is given up. */
export async function forgetAllStored(userId: string): Promise<void> {
	const transaction = (await outboxDatabase()).transaction('messages', 'readwrite');
	for (const key of await transaction.store.index('user').getAllKeys(userId))
		await transaction.store.delete(key);
	await transaction.done;
}

/** What an earlier version of the client could not send and kept in a place of its own. */
export async function takeOverUnsent(userId: string, reason: string): Promise<void> {
	const before = await database();
	for (const unsent of await before.getAll('unsent')) {
		if (unsent.userId !== userId) continue;
		const { nonce, channelId, content, createdAt, attachments = [] } = unsent;
		const files = attachments.map((attachment) => ({
			name: attachment.filename,
			type: attachment.content_type,
			blob: null,
			attachment,
		}));
		const kept = { nonce, userId, channelId, content, files, createdAt, afterSeq: 0, triedAt: createdAt };
		await storeMessage({ ...kept, refused: reason, unsure: true });
		await before.delete('unsent', nonce);
	}
}
