import { account } from './account.ts';
import { audit } from './audit.ts';
import { channel } from './channel.ts';
import { files } from './files.ts';
import { guild } from './guild.ts';
import { presence } from './presence.ts';
import { search } from './search.ts';
import { shell } from './shell.ts';
import { voice } from './voice.ts';

/** What the texts are written in: the page is laid out after it. */
export const language: { tag: string; direction: 'ltr' | 'rtl' } = { tag: 'en', direction: 'ltr' };

/** Every visible text. Another language is another object with the same keys. */
export const en = {
	...shell,
	...account,
	...guild,
	...channel,
	...audit,
	...presence,
	...files,
	...search,
	...voice,
} as const;
