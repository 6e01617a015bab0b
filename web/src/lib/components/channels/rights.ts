import type { Channel, Permission } from '@kith/sdk';

const EVERYWHERE: Permission[] = ['VIEW_CHANNEL', 'MANAGE_CHANNELS', 'MANAGE_ROLES'];
const TEXT: Permission[] = [
	'SEND_MESSAGES',
	'ATTACH_FILES',
	'READ_MESSAGE_HISTORY',
	'MENTION_EVERYONE',
	'MANAGE_MESSAGES',
];
const VOICE: Permission[] = ['CONNECT', 'SPEAK', 'STREAM', 'MUTE_MEMBERS', 'DEAFEN_MEMBERS', 'MOVE_MEMBERS'];

/** The rights that mean something in a channel of this kind. A voice channel has a conversation too; a category's are its channels'. */
export function rightsIn(kind: Channel['kind']): Permission[] {
	return kind === 'text' ? [...EVERYWHERE, ...TEXT] : [...EVERYWHERE, ...VOICE, ...TEXT];
}
