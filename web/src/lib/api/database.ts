import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { Attachment, User } from '@kith/sdk';

/** The log-in of this browser. */
export interface SavedSession {
	user: User;
	refreshToken: string;
	/** `expiresAt` in milliseconds since 1970. */
	access: { token: string; expiresAt: number };
}

/** A message that an earlier version of the client could not send; they have a database of their own by now. */
export interface UnsentMessage {
	nonce: string;
	userId: string;
	channelId: string;
	content: string;
	createdAt: number;
	/** Left out by earlier versions. */
	attachments?: Attachment[];
}

interface Schema extends DBSchema {
	session: { key: 'current'; value: SavedSession };
	unsent: { key: string; value: UnsentMessage };
}

let opened: Promise<IDBPDatabase<Schema>> | null = null;

/** The browser's database. Unlike localStorage, what one tab has written the next one surely reads. */
export function database(): Promise<IDBPDatabase<Schema>> {
	opened ??= openDB<Schema>('kith', 1, {
		upgrade(db) {
			db.createObjectStore('session');
			db.createObjectStore('unsent', { keyPath: 'nonce' });
		},
	});
	return opened;
}
