import { expect, test } from 'vitest';
import { ada } from '../../../tests/make.ts';
import { handleOf } from './people.ts';

test('only who is of another instance is called by their home', () => {
	expect(handleOf(ada, 'kith.test')).toBe('@ada');
	expect(handleOf({ ...ada, home: 'other.test' }, 'kith.test')).toBe('@ada@other.test');
});
