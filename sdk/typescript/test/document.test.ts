import { expectTypeOf, test } from 'vitest';
import type { Channel, Dispatches, Message } from '../src/index.ts';
import type { Schemas } from '../src/typed.ts';

// Compared by the compiler (`npm run check`), against what was generated from the server's code.

test('every dispatch of the server has its body here', () => {
	expectTypeOf<keyof Dispatches>().toEqualTypeOf<Schemas['DispatchKind']>();
});

test('what may be null is there in an answer, what may be missing may be missing', () => {
	expectTypeOf<Channel['guild_id']>().toEqualTypeOf<string | null>();
	expectTypeOf<Message['edited_at']>().toEqualTypeOf<string | null>();
	expectTypeOf<undefined>().toExtend<Channel['recipients']>();
});
