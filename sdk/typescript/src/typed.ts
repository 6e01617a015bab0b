import type { components, paths } from './schema.ts';

/** The shapes of the OpenAPI document. */
export type Schemas = components['schemas'];

/** What is left out when there is nothing to say. */
type LeftOut = 'nonce';
type Given<T, K extends keyof T> = null extends T[K] ? (K extends LeftOut ? never : K) : never;

/**
 * A shape as the server sends it. What may be null the document calls optional, as it is in requests; in answers it
 * is always there.
 */
export type Sent<T> = T extends readonly (infer I)[]
	? Sent<I>[]
	: T extends object
		? { [K in keyof T as Given<T, K>]-?: Sent<Exclude<T[K], undefined>> } & {
				[K in keyof T as Exclude<K, Given<T, K>>]: Sent<T[K]>;
			}
		: T;

/** The paths of all routes, such as `/api/v1/guilds/{guild}`. */
export type Path = keyof paths;
type Lower = 'get' | 'post' | 'put' | 'patch' | 'delete';
type OperationOf<P extends Path, M extends Lower> = M extends keyof paths[P] ? paths[P][M] : never;
/** The methods that a path answers to. */
export type MethodOf<P extends Path> = {
	[M in Lower]: OperationOf<P, M> extends { responses: unknown } ? M : never;
}[Lower];

type Parameters<O> = O extends { parameters: infer A } ? A : never;
type PathValues<O> = Parameters<O> extends { path: infer V } ? { path: V } : unknown;
type QueryValues<O> = Parameters<O> extends { query?: infer V } ? { query?: V } : unknown;
type BodyValue<O> = O extends { requestBody: { content: { 'application/json': infer B } } }
	? { body: B }
	: O extends { requestBody?: { content: { 'application/json': infer B } } }
		? { body?: B }
		: unknown;
/** What a call of this operation needs: values for its path, its query and its body. */
export type CallOf<P extends Path, M extends Lower> = PathValues<OperationOf<P, M>> &
	QueryValues<OperationOf<P, M>> &
	BodyValue<OperationOf<P, M>>;

/** A part of a list, and whether there is more of it: a short one is no end, since pages are bounded in bytes too. */
export type Page<T> = T[] & { readonly hasMore: boolean };

type Content<R> = R extends {
	content: { 'application/json': { data: readonly (infer I)[]; has_more: boolean } };
}
	? Page<Sent<I>>
	: Whole<R>;
type Whole<R> = R extends { content: { 'application/json': { data: infer D } } } ? Sent<D> : never;
type Good<O> = O extends { responses: infer R } ? R[keyof R & (200 | 201)] : never;
/** What is in `data` of the answer; nothing for a 204. */
export type AnswerOf<P extends Path, M extends Lower> = [Good<OperationOf<P, M>>] extends [never]
	? void
	: Content<Good<OperationOf<P, M>>>;
