import type { Attachment } from '@kith/sdk';
import { formatNumber } from '#lib/i18n/runtime.ts';

/** Whether it is shown as a picture: the server knows how large it is. */
export const isImage = ({ width, height }: Attachment): boolean => width !== null && height !== null;

const UNITS = ['B', 'KB', 'MB', 'GB'];

/** Such as “3.4 MB”. */
export function formatBytes(bytes: number): string {
	let size = bytes;
	let unit = 0;
	while (size >= 1000 && unit < UNITS.length - 1) {
		size /= 1000;
		unit++;
	}
	return `${formatNumber(unit === 0 ? size : Math.round(size * 10) / 10)} ${UNITS[unit] ?? ''}`;
}

/** The box that a picture of this size takes, at most so large, in its own proportions. */
export function box(
	width: number,
	height: number,
	most: { width: number; height: number },
): { width: number; height: number } {
	const scale = Math.min(1, most.width / width, most.height / height);
	return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
