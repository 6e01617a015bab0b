import type { Member } from '@kith/sdk';
import { formatDate, formatDay, formatTime, t } from '#lib/i18n/runtime.ts';
import type { GuildState } from '#lib/stores/guilds.svelte.ts';

/** Calendar days between two moments, in the reader's time zone. */
function daysApart(date: Date, minute: number): number {
	const midnight = (of: Date): number => new Date(of.getFullYear(), of.getMonth(), of.getDate()).getTime();
	return Math.round((midnight(new Date(minute * 60_000)) - midnight(date)) / 86_400_000);
}

/** “14:05”, “Yesterday at 14:05”, or with the date. */
export function moment(date: Date, minute: number): string {
	const time = formatTime(date);
	const days = daysApart(date, minute);
	if (days <= 0) return time;
	return days === 1
		? t('timeline.yesterdayAt', { time })
		: t('timeline.dateAt', { date: formatDate(date), time });
}

/** When something ends: “14:05” today, “Tomorrow at 14:05”, else with the date. */
export function until(date: Date, minute: number): string {
	const time = formatTime(date);
	const days = -daysApart(date, minute);
	if (days <= 0) return time;
	return days === 1
		? t('timeline.tomorrowAt', { time })
		: t('timeline.dateAt', { date: formatDate(date), time });
}

export function dayName(date: Date, minute: number): string {
	const days = daysApart(date, minute);
	if (days === 0) return t('timeline.today');
	return days === 1 ? t('timeline.yesterday') : formatDay(date);
}

/** The colour of the highest role that has one, as CSS. */
export function roleColor(guild: GuildState, member: Member): string | null {
	const color = guild.rolesOf(member).find((role) => role.color !== null)?.color;
	return color === undefined || color === null ? null : cssColor(color);
}

export function cssColor(color: number): string {
	return `#${color.toString(16).padStart(6, '0')}`;
}
