import { ApiError, type ErrorCode } from '@kith/sdk';
import { afterEach, expect, test, vi } from 'vitest';
import { explain, fieldErrors } from './errors.ts';

afterEach(() => vi.restoreAllMocks());

const refused = (code: ErrorCode, message: string, field?: string): ApiError =>
	new ApiError(
		400,
		{ code, message, details: field === undefined ? [] : [{ field, message }], request_id: 'R' },
		null,
	);

test('what is wrong with a field is a sentence that names it and its limit', () => {
	const error = refused('INVALID_REQUEST', 'must have at most 32 characters', 'display_name');
	expect(explain(error)).toBe('The display name must have at most 32 characters.');
	expect(fieldErrors(error)).toEqual({ display_name: 'The display name must have at most 32 characters.' });
	expect(explain(refused('INVALID_REQUEST', 'is odd', 'no.such.field'))).toBe('One of the values is odd.');
});

test('a limit that is reached is told', () => {
	const error = refused('LIMIT_REACHED', 'the guild has 500 channels, as many as it may have');
	expect(explain(error)).toBe('The server has 500 channels, as many as it may have.');
});

test('a mistake of this app is said where developers see it, and an answer of the server is not', () => {
	const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
	explain(refused('NOT_FOUND', ''));
	expect(said).not.toHaveBeenCalled();
	const fault = new TypeError('x is undefined');
	explain(fault);
	expect(said).toHaveBeenCalledWith(fault);
});
