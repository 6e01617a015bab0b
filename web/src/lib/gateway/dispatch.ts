import type { Dispatch, Dispatches, GuildSnapshot, Id, Message } from '@kith/sdk';
import { announcer } from '../a11y/announcer.svelte.ts';
import { meet, meetIn } from '../actions/names.ts';
import { settle } from '../actions/outbox.ts';
import { recount } from '../actions/recount.ts';
import { t } from '../i18n/runtime.ts';
import { channels } from '../stores/channels.svelte.ts';
import { guilds } from '../stores/guilds.svelte.ts';
import { members } from '../stores/members.svelte.ts';
import { outbox } from '../stores/messages/outbox.svelte.ts';
import { timelines } from '../stores/messages/timelines.svelte.ts';
import { toasts } from '../stores/toasts.svelte.ts';
import { presences } from '../stores/presence.svelte.ts';
import { session } from '../stores/session.svelte.ts';
import { typing } from '../stores/typing.svelte.ts';
import { unread } from '../stores/unread.svelte.ts';
import { users } from '../stores/users.svelte.ts';
import { voiceStates } from '../stores/voice-states.svelte.ts';
import { call } from '../voice/call.svelte.ts';

/** Applies what the gateway says. Nothing else changes what the server owns, except the pages that are read. */
export function apply({ t: kind, d }: Dispatch): void {
	switch (kind) {
		case 'READY':
			return ready(d);
		case 'GUILD_CREATE':
			// What was said while it could not be shown has not been told.
			return guilds.isUnavailable(d.guild.id) ? guildSynced(d) : guildArrived(d);
		case 'GUILD_SYNC':
			return guildSynced(d);
		case 'GUILD_UPDATE': {
			const state = guilds.get(d.guild.id);
			if (state) state.guild = d.guild;
			return;
		}
		case 'GUILD_DELETE':
			if ('unavailable' in d && d.unavailable) return guildAway(d.guild_id);
			return shutOut(d.guild_id);
		case 'PERMISSIONS_UPDATE': {
			const state = guilds.get(d.guild_id);
			if (state) state.permissions = d.permissions;
			return;
		}
		case 'CHANNEL_CREATE':
		case 'CHANNEL_UPDATE':
			channels.put(d.channel);
			for (const user of d.channel.recipients ?? []) users.learn(user);
			return;
		case 'CHANNEL_DELETE':
			channels.remove(d.channel_id);
			voiceStates.channelGone(d.channel_id);
			timelines.forget(d.channel_id);
			return;
		case 'GUILD_ROLE_CREATE':
		case 'GUILD_ROLE_UPDATE':
			guilds.get(d.role.guild_id)?.putRole(d.role);
			return;
		case 'GUILD_ROLE_DELETE':
			guilds.get(d.guild_id)?.removeRole(d.role_id);
			return;
		case 'GUILD_MEMBER_ADD':
			return memberAdded(d);
		case 'GUILD_MEMBER_UPDATE':
			return memberUpdated(d);
		case 'GUILD_MEMBER_REMOVE':
			return memberRemoved(d);
		case 'MESSAGE_CREATE':
			return messagePosted(d.message);
		case 'MESSAGE_UPDATE':
			return messageEdited(d.message);
		case 'MESSAGE_DELETE':
			if (unread.deleted(d.channel_id, d.seq, timelines.known(d.channel_id)?.at(d.seq))) {
				recount([d.channel_id]);
			}
			timelines.known(d.channel_id)?.deleted(d.seq, d.deleted_at);
			return;
		case 'READ_STATE_UPDATE':
			unread.put(d.read_state);
			return;
		case 'USER_UPDATE':
			users.learn(d.user);
			if (d.user.id === session.myId) session.me = d.user;
			return;
		case 'BLOCK_ADD':
			session.blocked.add(d.user_id);
			// What they said mentions nobody here any more.
			return recount(unread.counted);
		case 'BLOCK_REMOVE':
			session.blocked.delete(d.user_id);
			return;
		case 'VOICE_STATE_UPDATE':
			voiceStates.changed(d);
			if (d.user_id !== session.myId) return;
			if (d.voice_state) call.stateChanged(d.voice_state);
			else call.stateGone(d.channel_id);
			return;
		case 'TYPING_START':
			return typingStarted(d.channel_id, d.user_id);
		case 'PRESENCE_SETTINGS_UPDATE':
			presences.mine = d.presence;
			return;
		case 'PRESENCE_UPDATE':
			return presences.put(d);
		case 'GUILD_MEMBERS':
			return presences.replaceList(d, (user) => channels.hasDirectWith(user));
		case 'REQUEST_FAILED':
			// The guild is gone for this person, or the server cannot say now: nobody in it is shown as online.
			presences.listed = null;
			return;
		default:
			// A newer server may know more kinds; the compiler knows that all of ours are above.
			return kind satisfies never;
	}
}

function ready(d: Dispatches['READY']): void {
	const again = session.ready;
	session.me = d.user;
	users.learn(d.user);
	session.replaceBlocks(d.blocks);
	presences.mine = d.presence;
	const present = new Set(d.guilds.map(({ id }) => id));
	for (const id of guilds.order) if (!present.has(id)) shutOut(id);
	guilds.expect([...present]);
	for (const channel of d.direct_channels) for (const user of channel.recipients ?? []) users.learn(user);
	for (const id of channels.replaceOf(null, d.direct_channels)) timelines.forget(id);
	unread.replace(d.direct_channels, d.read_states);
	session.ready = true;
	if (!again) return;
	// The old session could not be resumed, so events are missing.
	timelines.refresh();
	members.restartAll();
}

function guildArrived(d: GuildSnapshot): void {
	guilds.put(d);
	for (const id of channels.replaceOf(d.guild.id, d.channels)) timelines.forget(id);
	unread.replace(d.channels, d.read_states, d.member.joined_at);
	members.of(d.guild.id).put(d.member);
	voiceStates.replaceOf(d.guild.id, d.voice_states ?? []);
	const mine = d.voice_states?.find((state) => state.user_id === session.myId);
	if (mine) call.stateChanged(mine);
	else if (call.channel && channels.get(call.channel)?.guild_id === d.guild.id) call.stateGone(call.channel);
}

function guildSynced(d: GuildSnapshot): void {
	guildArrived(d);
	const concerned = new Set(d.channels.map(({ id }) => id));
	timelines.refresh((channel) => concerned.has(channel));
	members.known(d.guild.id)?.restart();
}

/** Nothing of it is known to be right, so nothing of it is shown, but that one is in it. */
function guildAway(guild: Id): void {
	const name = guilds.nameOf(guild);
	guildGone(guild);
	guilds.setUnavailable(guild, name);
}

/** One is in it no more. Whoever has not left by themselves is told. */
function shutOut(guild: Id): void {
	const name = guilds.nameOf(guild);
	if (name !== undefined && !guilds.isLeaving(guild)) toasts.notice(t('guild.shutOut', { name }));
	guilds.setLeaving(guild, false);
	guildGone(guild);
}

function guildGone(guild: Id): void {
	for (const id of channels.replaceOf(guild, [])) timelines.forget(id);
	guilds.remove(guild);
	voiceStates.replaceOf(guild, []);
	members.forget(guild);
}

function memberAdded({ member }: Dispatches['GUILD_MEMBER_ADD']): void {
	const state = guilds.get(member.guild_id);
	if (state && member.user.id !== session.myId) state.memberCount++;
	users.learn(member.user);
	members.known(member.guild_id)?.changed(member);
}

function memberUpdated({ member }: Dispatches['GUILD_MEMBER_UPDATE']): void {
	const state = guilds.get(member.guild_id);
	if (state && member.user.id === session.myId) state.self = member;
	users.learn(member.user);
	members.known(member.guild_id)?.changed(member);
}

function memberRemoved({ guild_id, user_id }: Dispatches['GUILD_MEMBER_REMOVE']): void {
	const state = guilds.get(guild_id);
	if (state) state.memberCount = Math.max(1, state.memberCount - 1);
	members.known(guild_id)?.remove(user_id);
}

function typingStarted(channel: Id, user: Id): void {
	if (user === session.myId || session.blocked.has(user)) return;
	const guild = channels.get(channel)?.guild_id;
	if (guild && channel === timelines.openId) meet(guild, user);
	typing.started(channel, user);
}

function messageEdited(message: Message): void {
	const timeline = timelines.known(message.channel_id);
	if (unread.edited(message, timeline?.at(message.seq))) recount([message.channel_id]);
	timeline?.updated(message);
	if (timeline) meetIn([message]);
}

function messagePosted(message: Message): void {
	users.learn(message.author);
	channels.touch(message.channel_id, message.seq, message.id);
	unread.received(message);
	typing.stopped(message.channel_id, message.author.id);
	const timeline = timelines.known(message.channel_id);
	timeline?.received(message);
	if (timeline) meetIn([message]);
	if (message.author.id === session.myId) {
		// Perhaps only the answer was lost, or another tab has sent it.
		if (message.nonce && outbox.find(message.nonce)) void settle(message.channel_id, message.nonce);
	} else if (message.channel_id === timelines.openId && !session.blocked.has(message.author.id)) {
		announcer.message(message);
	}
}
