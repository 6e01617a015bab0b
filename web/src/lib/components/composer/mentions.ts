import type { User } from '@kith/sdk';
import { channels } from '#lib/stores/channels.svelte.ts';
import { members, nameOf } from '#lib/stores/members.svelte.ts';
import { users } from '#lib/stores/users.svelte.ts';

/** People are written as `@username` and sent as `<@ID>`, so that a new name changes nothing that was said. */
const WRITTEN = /(^|[^\p{L}\p{N}_@.])@([a-z0-9_.]{2,32})/gu;
const SENT = /<@([0-9A-HJKMNP-TV-Z]{26})>/g;
/** What stands in code is code. */
const CODE = /(```[\s\S]*?```|`[^`\n]*`)/;

/** As it is sent. */
export function toContent(text: string, find: (username: string) => string | undefined): string {
	return text
		.split(CODE)
		.map((part, index) =>
			index % 2 === 1
				? part
				: part.replace(WRITTEN, (all, before: string, name: string) => {
						// A full stop may end the sentence and not the name.
						for (let end = name.length; end >= 2; end--) {
							const id = find(name.slice(0, end));
							if (id) return `${before}<@${id}>${name.slice(end)}`;
							if (name[end - 1] !== '.') break;
						}
						return all;
					}),
		)
		.join('');
}

/** As it is written. */
export function toText(content: string): string {
	return content
		.split(CODE)
		.map((part, index) =>
			index % 2 === 1
				? part
				: part.replace(SENT, (all, id: string) => {
						const user = users.get(id);
						return user ? `@${user.username}` : all;
					}),
		)
		.join('');
}

export interface Candidate {
	user: User;
	name: string;
}

/** Everybody who can be mentioned here, as far as they were met. */
export function candidates(guild: string | null, channel: string): Candidate[] {
	if (guild === null) {
		return (channels.get(channel)?.recipients ?? []).map((user) => ({ user, name: user.display_name }));
	}
	return members.of(guild).all.map((member) => ({ user: member.user, name: nameOf(member) }));
}

/** Those whose name or user name begins with what was typed; then those that contain it. */
export function matching(all: Candidate[], typed: string, most: number): Candidate[] {
	const wanted = typed.toLowerCase();
	const rank = ({ user, name }: Candidate): number => {
		const texts = [user.username, name.toLowerCase()];
		if (texts.some((text) => text.startsWith(wanted))) return 0;
		return texts.some((text) => text.includes(wanted)) ? 1 : 2;
	};
	return all
		.map((candidate) => ({ candidate, rank: rank(candidate) }))
		.filter(({ rank }) => rank < 2)
		.toSorted((a, b) => a.rank - b.rank || a.candidate.name.localeCompare(b.candidate.name))
		.slice(0, most)
		.map(({ candidate }) => candidate);
}

/** The beginning of a mention just before the caret; null if there is none. */
export function typedMention(text: string, caret: number): string | null {
	return /(?:^|[\s([{>*_~|])@([\p{L}\p{N}_.]{0,32})$/u.exec(text.slice(0, caret))?.[1] ?? null;
}
