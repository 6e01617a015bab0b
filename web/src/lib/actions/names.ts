import type { Id, Message } from '@kith/sdk';
import { api } from '../api/client.ts';
import { note } from '../faults.ts';
import { members } from '../stores/members.svelte.ts';
import { users } from '../stores/users.svelte.ts';

/** So many can be asked for at once. */
const MOST = 100;
/** What is needed within this time is asked for together. */
const GATHER_MS = 30;

/** Who is needed, by guild, and for which messages. */
interface Needed {
	users: Set<Id>;
	messages: Message[];
}
const needed = new Map<Id, Needed>();
let timer: ReturnType<typeof setTimeout> | null = null;

function need(guild: Id): Needed {
	let entry = needed.get(guild);
	if (!entry) needed.set(guild, (entry = { users: new Set(), messages: [] }));
	timer ??= setTimeout(() => {
		timer = null;
		const all = [...needed];
		needed.clear();
		for (const [guild, { users, messages }] of all) void ask(guild, [...users], messages);
	}, GATHER_MS);
	return entry;
}

/** Somebody is about to be shown in a guild: nickname, colour and name are asked for unless they are known. */
export function meet(guild: Id, user: Id): void {
	if (!members.of(guild).isSure(user)) need(guild).users.add(user);
}

/** Messages are about to be shown: asks for who wrote them and whom they mention, unless all are known. */
export function meetIn(messages: Message[]): void {
	for (const message of messages) {
		const { guild_id, author, mentions } = message;
		if (guild_id !== null) {
			meet(guild_id, author.id);
			for (const user of mentions) meet(guild_id, user);
			if (mentions.some((user) => !users.get(user))) need(guild_id).messages.push(message);
		} else if (mentions.some((user) => !users.get(user))) {
			void askMentioned(message);
		}
	}
}

async function ask(guild: Id, ids: Id[], messages: Message[]): Promise<void> {
	try {
		let left = ids.toSorted();
		while (left.length > 0) {
			const asked = left.slice(0, MOST);
			const found = await api.membersAmong(guild, asked);
			// Left meanwhile.
			const list = members.known(guild);
			if (!list) return;
			for (const member of found) list.put(member);
			// People with very many roles may not all fit one answer, which goes by id.
			const end = found.hasMore ? found.at(-1)?.user.id : asked.at(-1);
			if (end === undefined) break;
			const there = new Set(found.map(({ user }) => user.id));
			list.missing(asked.filter((id) => id <= end && !there.has(id)));
			left = left.filter((id) => id > end);
		}
	} catch (error) {
		// They are asked for again when they are shown the next time; until then they have the names that they chose themselves.
		note(error);
	}
	for (const message of messages) {
		if (message.mentions.some((user) => !users.get(user))) await askMentioned(message);
	}
}

/** Whoever is mentioned and is no member (any more): the message knows them. */
async function askMentioned({ channel_id, id }: Message): Promise<void> {
	try {
		for (const user of await api.mentioned(channel_id, id)) users.learn(user);
	} catch (error) {
		note(error);
	}
}
