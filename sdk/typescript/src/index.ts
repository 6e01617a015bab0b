export { Api } from './api.ts';
export { type BackoffBounds } from './backoff.ts';
export { browserEnvironment, type Environment, type Socket } from './environment.ts';
export { ApiError, NetworkError } from './errors.ts';
export { CloseCode, type Dispatch, type DispatchKind, type Dispatches } from './frames.ts';
export type {
	GuildMembers,
	GuildPermissions,
	GuildSnapshot,
	PermissionsUpdate,
	Presence,
	PresenceSettings,
	Ready,
	TypingStart,
} from './frames.ts';
export { AuthEnded, Gateway, type ConnectionState, type GatewayOptions } from './gateway.ts';
export { pageOf, Rest, type CallOptions, type RestOptions } from './rest.ts';
export type { Page } from './typed.ts';
export type * from './types.ts';
