import { ApiError, type Channel, type FoundMessage, type FoundMessages, type SearchQuery } from '@kith/sdk';
import { goto } from '$app/navigation';
import { api } from '../api/client.ts';
import { explain } from '../api/errors.ts';
import { t } from '../i18n/runtime.ts';
import { meetIn } from './names.ts';
import { parse, understand, type Meaning, type Names } from '../search/query.ts';
import { channels, otherOf } from '../stores/channels.svelte.ts';
import type { GuildState } from '../stores/guilds.svelte.ts';
import { layout } from '../stores/layout.svelte.ts';
import { members } from '../stores/members.svelte.ts';
import { nameIn } from '../stores/names.ts';
import { timelines } from '../stores/messages/timelines.svelte.ts';
import { search } from '../stores/search.svelte.ts';
import { session } from '../stores/session.svelte.ts';
import { users } from '../stores/users.svelte.ts';
import { fold } from '../text/fold.ts';

/** Only the last question's answer counts. */
let asking: AbortController | null = null;

/** Where it is searched: a guild, or a direct message. */
export interface Place {
	channel: Channel;
	guild: GuildState | null;
}

/** Searches anew. */
export async function run(place: Place): Promise<void> {
	search.reset();
	await ask(place);
}

/** The next page. */
export async function more(place: Place): Promise<void> {
	if (search.next) await ask(place);
}

async function ask(place: Place): Promise<void> {
	const meaning = understand(parse(search.text), namesIn(place));
	if (!meaning.ok) {
		search.status = 'failed';
		search.problem = t(meaning.problem, { value: meaning.value });
		return;
	}
	asking?.abort();
	const own = (asking = new AbortController());
	search.status = 'loading';
	search.problem = null;
	try {
		const answer = await fetchPage(place, meaning, own.signal);
		if (own !== asking) return;
		for (const { message } of answer.messages) users.learn(message.author);
		meetIn(answer.messages.map(({ message }) => message));
		search.found = [...search.found, ...answer.messages];
		search.next = answer.next;
		search.status = 'done';
	} catch (error) {
		if (own !== asking) return;
		search.status = 'failed';
		search.problem =
			error instanceof ApiError && error.code === 'UNAVAILABLE' ? t('search.away') : explain(error);
	}
}

function fetchPage(
	{ channel, guild }: Place,
	meaning: Extract<Meaning, { ok: true }>,
	signal: AbortSignal,
): Promise<FoundMessages> {
	const query: SearchQuery = { ...meaning.query, ...(search.next ? { cursor: search.next } : {}) };
	if (meaning.channel) return api.searchChannel(meaning.channel, query, signal);
	return guild ? api.searchGuild(guild.id, query, signal) : api.searchChannel(channel.id, query, signal);
}

/** People by their user name or what they are called here, as far as they were met; channels by their name. */
function namesIn({ channel, guild }: Place): Names {
	const other = otherOf(channel);
	const people = guild
		? members.of(guild.id).all.map(({ user }) => user)
		: [...(other ? [other] : []), ...(session.me ? [session.me] : [])];
	return {
		user: (name) => {
			const wanted = fold(name);
			const byName = people.find(({ username }) => username === wanted);
			return (byName ?? people.find(({ id }) => fold(nameIn(guild?.id ?? null, id) ?? '') === wanted))?.id;
		},
		channel: (name) =>
			guild
				? channels
						.ofGuild(guild.id)
						.find(({ kind, name: own }) => kind !== 'category' && fold(own) === fold(name))?.id
				: undefined,
	};
}

/** Goes to a message, with what was said before and after it. */
export function jump(found: FoundMessage): void {
	const { message } = found;
	search.jumpedTo = message.id;
	// Where the panel lies over the conversation it would hide what one goes to. What was found stays in it.
	if (layout.medium.current) search.open = false;
	const open = timelines.openId === message.channel_id && timelines.known(message.channel_id);
	if (open) {
		void open.openAt(message.seq);
		return;
	}
	search.go(message.channel_id, message.seq);
	void goto(message.guild_id ? `/g/${message.guild_id}/${message.channel_id}` : `/@me/${message.channel_id}`);
}
