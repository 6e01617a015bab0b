import type { Id, VoiceState } from '@kith/sdk';
import { api } from '../api/client.ts';
import { members } from '../stores/members.svelte.ts';
import { users } from '../stores/users.svelte.ts';

/** Somebody in a voice channel whom nothing has named yet. */
export async function meet({ guild_id, user_id }: VoiceState): Promise<void> {
	if (users.get(user_id)) return;
	const member = await api.member(guild_id, user_id);
	users.learn(member.user);
	members.known(guild_id)?.put(member);
}

export async function moderateVoice(
	{ guild_id, user_id }: VoiceState,
	what: { mute?: boolean; deaf?: boolean; channel_id?: Id },
): Promise<void> {
	await api.moderateVoice(guild_id, user_id, what);
}

export async function disconnectVoice({ guild_id, user_id }: VoiceState): Promise<void> {
	await api.disconnectVoice(guild_id, user_id);
}
