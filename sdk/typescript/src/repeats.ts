import type { Dispatch } from './frames.ts';

/** How many event ids are remembered: more than a resume repeats after a short break. */
const REMEMBERED_IDS = 4096;

/**
 * Tells repeated events from new ones: by `event_id`, and by `rev`, which only grows within an aggregate.
 * After a break a server may send what was already received; applying it twice would count twice.
 */
export class Repeats {
	#revs = new Map<string, number>();
	#accessVersions = new Map<string, number>();
	/** In order of arrival, so that the oldest can be forgotten. */
	#ids = new Set<string>();

	/** Whether the dispatch is new; if so it counts as received. */
	admit(dispatch: Dispatch): boolean {
		const { t, d } = dispatch;
		if (t === 'READY') {
			this.#revs.clear();
			this.#accessVersions.clear();
			return true;
		}
		if (t === 'GUILD_CREATE' || t === 'GUILD_SYNC') {
			// A snapshot contains everything of its guild up to its rev.
			this.#revs.set(`guild:${d.guild.id}`, d.rev);
			this.#accessVersions.set(d.guild.id, d.access_version);
			return true;
		}
		if (t === 'PERMISSIONS_UPDATE') {
			if (d.access_version < (this.#accessVersions.get(d.guild_id) ?? 0)) return false;
			this.#accessVersions.set(d.guild_id, d.access_version);
			return true;
		}
		// What is true for a moment only has no place in an order; of presences the later `version` is right.
		if (t === 'TYPING_START' || t === 'PRESENCE_UPDATE' || t === 'GUILD_MEMBERS' || t === 'REQUEST_FAILED')
			return true;
		// Whether a guild can be shown is no event of the guild's.
		if (!('event_id' in d)) return true;
		return this.#admitDurable(dispatch, d.event_id, d.rev);
	}

	#admitDurable(dispatch: Dispatch, id: string, rev: number): boolean {
		if (this.#ids.has(id)) return false;
		const aggregate = aggregateOf(dispatch);
		if (aggregate !== null) {
			if (rev <= (this.#revs.get(aggregate) ?? 0)) return false;
			this.#revs.set(aggregate, rev);
		}
		this.#ids.add(id);
		if (this.#ids.size > REMEMBERED_IDS) {
			for (const oldest of this.#ids) {
				this.#ids.delete(oldest);
				break;
			}
		}
		return true;
	}
}

/** Which counter the event's `rev` is of; null where only the event id counts. */
function aggregateOf({ t, d }: Dispatch): string | null {
	switch (t) {
		case 'MESSAGE_CREATE':
		case 'MESSAGE_UPDATE':
			return `channel:${d.message.channel_id}`;
		case 'MESSAGE_DELETE':
			return `channel:${d.channel_id}`;
		case 'CHANNEL_CREATE':
		case 'CHANNEL_UPDATE':
			// That a direct message was opened is told to each of the two, among their own events.
			return d.channel.guild_id === null ? 'user:me' : `guild:${d.channel.guild_id}`;
		case 'GUILD_UPDATE':
			return `guild:${d.guild.id}`;
		case 'CHANNEL_DELETE':
		case 'GUILD_ROLE_DELETE':
		case 'GUILD_MEMBER_REMOVE':
		case 'VOICE_STATE_UPDATE':
			return `guild:${d.guild_id}`;
		case 'GUILD_ROLE_CREATE':
		case 'GUILD_ROLE_UPDATE':
			return `guild:${d.role.guild_id}`;
		case 'GUILD_MEMBER_ADD':
		case 'GUILD_MEMBER_UPDATE':
			return `guild:${d.member.guild_id}`;
		case 'READ_STATE_UPDATE':
		case 'USER_UPDATE':
		case 'BLOCK_ADD':
		case 'BLOCK_REMOVE':
		case 'PRESENCE_SETTINGS_UPDATE':
			return 'user:me';
		default:
			return null;
	}
}
