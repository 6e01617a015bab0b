import type { Attachment, Channel, Id, Member, Message } from '@kith/sdk';
import { medium, narrow } from '../device.ts';
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
	readonly narrow = narrow;
	readonly medium = medium;
	navigationOpen = $state(false);
	/** The guild that was chosen in the drawer: its channels stay there to choose from. */
	browsing = $state<Id | null>(null);
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
