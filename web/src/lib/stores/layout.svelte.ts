import type { Attachment, Channel, Id, Member, Message } from '@kith/sdk';
import { MediaQuery } from 'svelte/reactivity';
import { channels } from './channels.svelte.ts';

export type OpenDialog =
	| { name: 'add-guild'; start?: 'create' | 'join' }
	| { name: 'settings' }
	| { name: 'custom-status' }
	| { name: 'voice-devices' }
	| { name: 'find-person' }
	| { name: 'invite'; guild: Id }
	| { name: 'create-channel'; guild: Id; parent: Id | null }
	| { name: 'guild-settings'; guild: Id }
	| { name: 'channel-settings'; channel: Id }
	| { name: 'leave-guild'; guild: Id }
	| { name: 'lightbox'; images: Attachment[]; index: number }
	| { name: 'delete-message'; message: Message }
	| { name: 'kick'; member: Member }
	| { name: 'ban'; member: Member }
	| { name: 'nickname'; member: Member };

/** Which drawers and dialogs are open. */
class Layout {
	/** One column: servers and channels are a drawer. */
	readonly narrow = new MediaQuery('(max-width: 47.99rem)', false);
	/** Too narrow for the member list beside the conversation. */
	readonly medium = new MediaQuery('(max-width: 67.99rem)', false);
	navigationOpen = $state(false);
	membersOpen = $state(false);
	dialog = $state.raw<OpenDialog | null>(null);

	readonly #lastChannels = new Map<Id, Id>();

	/** The channel that was open last in a guild, if it is still there. */
	lastChannel(guild: Id): Channel | undefined {
		const channel = channels.get(this.#lastChannels.get(guild) ?? '');
		return channel?.guild_id === guild ? channel : undefined;
	}

	rememberChannel(guild: Id, channel: Id): void {
		this.#lastChannels.set(guild, channel);
	}

	open(dialog: OpenDialog): void {
		this.dialog = dialog;
	}

	close(): void {
		this.dialog = null;
	}
}

export const layout = new Layout();
