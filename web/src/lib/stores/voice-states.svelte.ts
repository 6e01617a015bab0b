import type { Dispatches, Id, VoiceState } from '@kith/sdk';
import { SvelteMap } from 'svelte/reactivity';

/** Who is in the voice channels that may be viewed. Everybody is in one place at most. */
class VoiceStates {
	readonly #byUser = new SvelteMap<Id, VoiceState>();

	of(user: Id): VoiceState | undefined {
		return this.#byUser.get(user);
	}

	/** Those in a channel, in the order in which they came. */
	in(channel: Id): VoiceState[] {
		return [...this.#byUser.values()]
			.filter((state) => state.channel_id === channel)
			.toSorted((a, b) => a.joined_at.localeCompare(b.joined_at) || (a.user_id < b.user_id ? -1 : 1));
	}

	/** These are all there are in a guild. */
	replaceOf(guild: Id, states: VoiceState[]): void {
		for (const { guild_id, user_id } of [...this.#byUser.values()])
			if (guild_id === guild) this.#byUser.delete(user_id);
		for (const state of states) this.#byUser.set(state.user_id, state);
	}

	changed({ channel_id, user_id, voice_state }: Dispatches['VOICE_STATE_UPDATE']): void {
		if (voice_state) this.#byUser.set(user_id, voice_state);
		// They may have been seen elsewhere already: leaving the one channel does not take them out of the other.
		else if (this.of(user_id)?.channel_id === channel_id) this.#byUser.delete(user_id);
	}

	channelGone(channel: Id): void {
		for (const state of this.in(channel)) this.#byUser.delete(state.user_id);
	}
}

export const voiceStates = new VoiceStates();
