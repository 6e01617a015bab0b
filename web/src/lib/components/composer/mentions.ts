import type { Role, User } from '@kith/sdk';
import { channels } from '#lib/stores/channels.svelte.ts';
import type { GuildState } from '#lib/stores/guilds.svelte.ts';
import { members, nameOf } from '#lib/stores/members.svelte.ts';
import { users } from '#lib/stores/users.svelte.ts';
import { fold } from '#lib/text/fold.ts';

/** People are written as `@username` and sent as `<@ID>`, so that a new name changes nothing that was said; roles as `@Their name`. */
const WRITTEN = /(^|[^\p{L}\p{N}_@.])@([a-z0-9_.]{2,32})/gu;
const SENT = /<@(&?)([0-9A-HJKMNP-TV-Z]{26})>/g;
/** What stands in code is code. */
const CODE = /(```[\s\S]*?```|`[^`\n]*`)/;
const BEFORE_NAME = /[\p{L}\p{N}_@.]$/u;
const IN_NAME = /^[\p{L}\p{N}_]/u;

/** Whom `@…` stands for in what is written here. */
export interface Mentionable {
	user(username: string): string | undefined;
	/** Roles that may be mentioned, those with the longest names first. */
	roles: Pick<Role, 'id' | 'name'>[];
}

/** As it is sent. */
export function toContent(text: string, known: Mentionable): string {
	return text
		.split(CODE)
		.map((part, index) => (index % 2 === 1 ? part : withUsers(withRoles(part, known), known)))
		.join('');
}

function withRoles(text: string, { user, roles }: Mentionable): string {
	for (const { id, name } of roles) {
		// A person of the same name is meant first: it is what people type.
		if (user(name) || name === 'everyone') continue;
		const pieces = text.split(`@${name}`);
		text = pieces.reduce((before, after) =>
			BEFORE_NAME.test(before) || IN_NAME.test(after)
				? `${before}@${name}${after}`
				: `${before}<@&${id}>${after}`,
		);
	}
	return text;
}

function withUsers(text: string, { user }: Mentionable): string {
	return text.replace(WRITTEN, (all, before: string, name: string) => {
		// A full stop may end the sentence and not the name.
		for (let end = name.length; end >= 2; end--) {
			const id = user(name.slice(0, end));
			if (id) return `${before}<@${id}>${name.slice(end)}`;
			if (name[end - 1] !== '.') break;
		}
		return all;
	});
}

/** As it is written. */
export function toText(content: string, guild: GuildState | null = null): string {
	return content
		.split(CODE)
		.map((part, index) =>
			index % 2 === 1
				? part
				: part.replace(SENT, (all, kind: string, id: string) => {
						const name = kind ? guild?.role(id)?.name : users.get(id)?.username;
						return name ? `@${name}` : all;
					}),
		)
		.join('');
}

/** Somebody, a role, or everyone, whom a mention can be completed to. */
export interface Candidate {
	/** What is inserted behind the `@`. */
	written: string;
	name: string;
	user?: User;
	role?: Role;
}

/** Everybody who can be mentioned here, as far as they were met; then roles and everyone, as far as that is permitted. */
export function candidates(guild: GuildState | null, channel: string): Candidate[] {
	if (guild === null) {
		const people = channels.get(channel)?.recipients ?? [];
		return people.map((user) => ({ written: user.username, name: user.display_name, user }));
	}
	const people = members
		.of(guild.id)
		.all.map((member) => ({ written: member.user.username, name: nameOf(member), user: member.user }));
	const roles = rolesFor(guild, channel).map((role) => ({ written: role.name, name: role.name, role }));
	const everyone = guild.canIn(channel, 'MENTION_EVERYONE')
		? [{ written: 'everyone', name: 'everyone' }]
		: [];
	return [...people, ...roles, ...everyone];
}

/** Roles whose members would be told. */
function rolesFor(guild: GuildState, channel: string): Role[] {
	const all = guild.canIn(channel, 'MENTION_EVERYONE');
	return guild.roles.filter((role) => role.id !== guild.id && (all || role.mentionable));
}

/** For [`toContent`]. */
export function mentionable(guild: GuildState | null, channel: string): Mentionable {
	const people = candidates(guild, channel);
	const byName = new Map(people.flatMap(({ user }) => (user ? [[user.username, user.id] as const] : [])));
	const roles = guild === null ? [] : rolesFor(guild, channel);
	return {
		user: (username) => byName.get(username),
		roles: roles.toSorted((a, b) => b.name.length - a.name.length),
	};
}

/** Those whose name or user name begins with what was typed; then those that contain it. */
export function matching(all: Candidate[], typed: string, most: number): Candidate[] {
	const wanted = fold(typed);
	const rank = ({ written, name }: Candidate): number => {
		const texts = [fold(written), fold(name)];
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
	return /(?:^|[\s([{>*_~|])@([\p{L}\p{M}\p{N}_.]{0,32})$/u.exec(text.slice(0, caret))?.[1] ?? null;
}
