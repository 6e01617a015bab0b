import type { Id, VoiceState } from '@kith/sdk';
import { api } from '../api/client.ts';

/** Whether voice is set up on this instance. Asked once. */
let setup: Promise<boolean> | null = null;
export function voiceIsSetUp(): Promise<boolean> {
	setup ??= api.voiceSetup().then(
		({ is_configured }) => is_configured,
		(error: unknown) => {
			setup = null;
			throw error;
		},
	);
	return setup;
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
