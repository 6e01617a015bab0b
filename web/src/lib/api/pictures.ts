import { note } from '../faults.ts';

import type { Attachment, Id } from '@kith/sdk';
import { thumbHashToDataURL } from 'thumbhash';
import { unturned } from '../text/seen.ts';
import { api } from './client.ts';

/** Pictures that were fetched, as addresses of this page; an `<img>` cannot show a token. */
type Urls = Map<string, Promise<string>>;
const images: Urls = new Map();
const KEPT = 120;
/** Of people and guilds: small, and many at once in a list of members. */
const faces: Urls = new Map();
const KEPT_FACES = 600;

/** The small version of an image, as an address of this page. */
export const thumbnailUrl = (id: Id): Promise<string> =>
	kept(`small ${id}`, () => api.thumbnail(id), images, KEPT);

/** An image as large as it was sent. */
export const imageUrl = (attachment: Attachment): Promise<string> =>
	kept(`whole ${attachment.id}`, () => api.attachment(attachment), images, KEPT);

/** A person's picture. */
export const avatarUrl = (user: Id, avatar: Id): Promise<string> =>
	kept(avatar, () => api.avatar(user, avatar), faces, KEPT_FACES);

/** A guild's picture. */
export const iconUrl = (guild: Id, icon: Id): Promise<string> =>
	kept(icon, () => api.icon(guild, icon), faces, KEPT_FACES);

function kept(key: string, load: () => Promise<Blob>, urls: Urls, most: number): Promise<string> {
	const known = urls.get(key);
	// The one that was wanted last goes last.
	urls.delete(key);
	const url = known ?? load().then((blob) => URL.createObjectURL(blob));
	urls.set(key, url);
	url.catch((error: unknown) => {
		note(error);
		urls.delete(key);
	});
	for (const [oldest, forgotten] of urls) {
		if (urls.size <= most) break;
		urls.delete(oldest);
		void forgotten.then((address) => URL.revokeObjectURL(address)).catch(note);
	}
	return url;
}

/** The blur that stands for an image until it is there; none if there is none yet. */
export function blur({ thumbhash }: Attachment): string | null {
	if (thumbhash === null) return null;
	const bytes = Uint8Array.from(atob(thumbhash), (letter) => letter.charCodeAt(0));
	return thumbHashToDataURL(bytes);
}

/** Saves a file on this device. */
export async function save(attachment: Attachment): Promise<void> {
	const url = URL.createObjectURL(await api.attachment(attachment));
	const link = document.createElement('a');
	link.href = url;
	link.download = unturned(attachment.filename);
	link.click();
	// The download has the bytes by then.
	setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
