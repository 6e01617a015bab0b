import type { AuditEntry, Id, Permission } from '@kith/sdk';
import { formatFull, formatList, t, type Key } from '#lib/i18n/runtime.ts';
import { channels } from '#lib/stores/channels.svelte.ts';
import type { GuildState } from '#lib/stores/guilds.svelte.ts';
import { nameIn } from '#lib/stores/names.ts';
import { cssColor } from '../timeline/texts.ts';

/** A line below an entry of the log: a field with what it was and what it is. */
export interface ChangeLine {
	label: string;
	/** Null: it was not there before, or nobody noted it. */
	old: string | null;
	new: string;
}

const LABELS: Partial<Record<string, Key>> = {
	name: 'change.name',
	topic: 'change.topic',
	color: 'change.color',
	hoist: 'change.hoist',
	mentionable: 'change.mentionable',
	permissions: 'change.permissions',
	allow: 'change.allow',
	deny: 'change.deny',
	target: 'change.target',
	role: 'change.role',
	nick: 'change.nick',
	timed_out_until: 'change.timeout',
	parent_id: 'change.category',
	channel_id: 'change.channel',
	user_limit: 'change.userLimit',
	max_uses: 'change.maxUses',
	expires_at: 'change.expires',
	icon: 'change.icon',
	mute: 'change.mute',
	deaf: 'change.deaf',
	channels: 'change.channels',
};

/** What an entry says was changed, in lines. Fields of newer servers that are not known here are left out. */
export function changeLines({ changes }: AuditEntry, guild: GuildState): ChangeLine[] {
	return Object.entries(changes as Record<string, unknown>).flatMap(([field, value]) => {
		const key = LABELS[field] as 'change.name' | undefined;
		if (!key) return [];
		const label = t(key);
		if (!isChange(value)) {
			const text = say(field, value, guild);
			return text === '' ? [] : [{ label, old: null, new: text }];
		}
		if (Array.isArray(value.old) && Array.isArray(value.new)) return rights(label, value.old, value.new);
		return [
			{
				label,
				old: say(field, value.old, guild) || t('change.none'),
				new: say(field, value.new, guild) || t('change.none'),
			},
		];
	});
}

function isChange(value: unknown): value is { old: unknown; new: unknown } {
	return typeof value === 'object' && value !== null && 'old' in value && 'new' in value;
}

/** Of a list of rights only those that came and went. */
function rights(label: string, old: Permission[], now: Permission[]): ChangeLine[] {
	const names = (list: Permission[]): string => formatList(list.map((right) => t(`permission.${right}`)));
	const added = now.filter((right) => !old.includes(right));
	const removed = old.filter((right) => !now.includes(right));
	return [
		...(added.length > 0 ? [{ label: t('change.added', { label }), old: null, new: names(added) }] : []),
		...(removed.length > 0
			? [{ label: t('change.removed', { label }), old: null, new: names(removed) }]
			: []),
	];
}

function say(field: string, value: unknown, guild: GuildState): string {
	if (value === null || value === undefined || value === '') return '';
	if (typeof value === 'boolean') return value ? t('change.yes') : t('change.no');
	if (typeof value === 'number') return field === 'color' ? cssColor(value) : String(value);
	if (Array.isArray(value))
		return formatList((value as Permission[]).map((right) => t(`permission.${right}`)));
	if (typeof value !== 'string') return '';
	return word(field, value, guild);
}

function word(field: string, value: string, guild: GuildState): string {
	switch (field) {
		case 'timed_out_until':
		case 'expires_at':
			return formatFull(new Date(value));
		case 'parent_id':
		case 'channel_id':
			return channels.get(value)?.name ?? t('audit.unknown');
		case 'role':
			return roleName(value, guild) ?? t('audit.unknown');
		case 'target':
			return roleName(value, guild) ?? nameIn(guild.id, value) ?? t('audit.unknown');
		case 'icon':
			return t('change.picture');
		default:
			return value;
	}
}

function roleName(id: Id, guild: GuildState): string | undefined {
	return id === guild.id ? t('roles.everyone') : guild.role(id)?.name;
}
