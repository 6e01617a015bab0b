import type { Permission } from '@kith/sdk';
import { t } from '#lib/i18n/runtime.ts';

/** Every right, the everyday ones first. */
export const PERMISSIONS: Permission[] = [
	'VIEW_CHANNEL',
	'SEND_MESSAGES',
	'ATTACH_FILES',
	'READ_MESSAGE_HISTORY',
	'CONNECT',
	'SPEAK',
	'STREAM',
	'CREATE_INVITE',
	'CHANGE_NICKNAME',
	'MENTION_EVERYONE',
	'MANAGE_MESSAGES',
	'MANAGE_NICKNAMES',
	'MODERATE_MEMBERS',
	'MUTE_MEMBERS',
	'DEAFEN_MEMBERS',
	'MOVE_MEMBERS',
	'KICK_MEMBERS',
	'BAN_MEMBERS',
	'MANAGE_CHANNELS',
	'MANAGE_ROLES',
	'MANAGE_GUILD',
	'VIEW_AUDIT_LOG',
	'ADMINISTRATOR',
];

/** Far enough from each other to tell apart; how light they are drawn depends on the theme. */
export const COLORS: { name: string; value: number | null }[] = [
	{ name: t('roles.colorNone'), value: null },
	{ name: t('roles.colorRed'), value: 0xe5484d },
	{ name: t('roles.colorOrange'), value: 0xf76b15 },
	{ name: t('roles.colorYellow'), value: 0xe2a336 },
	{ name: t('roles.colorGreen'), value: 0x46a758 },
	{ name: t('roles.colorTeal'), value: 0x12a594 },
	{ name: t('roles.colorBlue'), value: 0x3e83f7 },
	{ name: t('roles.colorViolet'), value: 0x8e4ec6 },
	{ name: t('roles.colorPink'), value: 0xd6409f },
];
