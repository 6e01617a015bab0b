import type { VoiceState } from '@kith/sdk';
import { t } from '#lib/i18n/runtime.ts';

/** What keeps somebody from being heard and from hearing, in words, the strongest first; empty if nothing does. */
export function hindrances(state: VoiceState): { silence: string; deafness: string } {
	const own = state.self_mute ? t('voice.isMuted') : '';
	const suppressed = state.suppress ? t('voice.isSuppressed') : own;
	const ownDeafness = state.self_deaf ? t('voice.isDeaf') : '';
	return {
		silence: state.mute ? t('voice.isServerMuted') : suppressed,
		deafness: state.deaf ? t('voice.isServerDeaf') : ownDeafness,
	};
}
