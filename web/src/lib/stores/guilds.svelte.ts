import type { Guild, GuildPermissions, GuildSnapshot, Id, Member, Permission, Role } from '@kith/sdk';
import { SvelteMap } from 'svelte/reactivity';

/** One guild as its viewer sees it. */
export class GuildState {
	readonly id: Id;
	guild = $state.raw() as Guild;
	/** The highest first, everyone last. */
	roles = $state.raw<Role[]>([]);
	/** The viewer as a member. */
	self = $state.raw() as Member;
	memberCount = $state(0);
	permissions = $state.raw() as GuildPermissions;
	readonly #roleById = $derived(new Map(this.roles.map((role) => [role.id, role])));

	constructor(snapshot: GuildSnapshot) {
		this.id = snapshot.guild.id;
		this.replace(snapshot);
	}

	replace(snapshot: GuildSnapshot): void {
		this.guild = snapshot.guild;
		this.roles = sorted(snapshot.roles);
		this.self = snapshot.member;
		this.memberCount = snapshot.member_count;
		this.permissions = snapshot.permissions;
	}

	get isOwner(): boolean {
		return this.guild.owner_id === this.self.user.id;
	}

	/** Whether the viewer has a right in the guild as a whole. The owner and administrators have all of them. */
	can(permission: Permission): boolean {
		return this.permissions.guild.includes(permission);
	}

	canIn(channel: Id, permission: Permission): boolean {
		return this.permissions.channels[channel]?.includes(permission) ?? false;
	}

	role(id: Id): Role | undefined {
		return this.#roleById.get(id);
	}

	putRole(role: Role): void {
		this.roles = sorted([...this.roles.filter(({ id }) => id !== role.id), role]);
	}

	removeRole(id: Id): void {
		this.roles = this.roles.filter((role) => role.id !== id);
	}

	/** The member's roles, the highest first, without everyone. */
	rolesOf(member: Member): Role[] {
		return this.roles.filter((role) => member.roles.includes(role.id));
	}

	/** Where somebody stands: members act only on those below themselves. */
	positionOf(member: Member): number {
		if (member.user.id === this.guild.owner_id) return Number.POSITIVE_INFINITY;
		return Math.max(0, ...this.rolesOf(member).map((role) => role.position));
	}

	mayActOn(member: Member): boolean {
		if (member.user.id === this.guild.owner_id || member.user.id === this.self.user.id) return false;
		return this.isOwner || this.positionOf(this.self) > this.positionOf(member);
	}

	mayManage(role: Role): boolean {
		return this.can('MANAGE_ROLES') && (this.isOwner || this.positionOf(this.self) > role.position);
	}
}

function sorted(roles: Role[]): Role[] {
	return roles.toSorted((a, b) => b.position - a.position || (a.id < b.id ? -1 : 1));
}

class Guilds {
	readonly #states = new SvelteMap<Id, GuildState>();
	/** Those that cannot be shown now, with their names as far as they are known. */
	readonly #unavailable = new SvelteMap<Id, string | undefined>();
	/** Those that were just made or joined and have not been brought yet, with their names. */
	readonly #coming = new SvelteMap<Id, string>();
	/** Those that one is leaving by oneself. */
	readonly #leaving = new Set<Id>();
	/** In the rail's order; some may still be on their way. */
	order = $state.raw<Id[]>([]);

	get(id: Id): GuildState | undefined {
		return this.#states.get(id);
	}

	/** Those that have arrived, in the rail's order. */
	get all(): GuildState[] {
		return this.order.flatMap((id) => this.#states.get(id) ?? []);
	}

	/** Those that cannot be shown now, in the rail's order. */
	get unavailable(): Id[] {
		return this.order.filter((id) => this.#unavailable.has(id));
	}

	/** The name of one that was just made or joined and is on its way. */
	comingName(id: Id): string | undefined {
		return this.#coming.get(id);
	}

	/** It was made or joined: it comes by the gateway, however long that takes. */
	setComing({ id, name }: Guild): void {
		if (!this.#states.has(id)) this.#coming.set(id, name);
	}

	/** One leaves it or deletes it: that it is gone is no news. */
	setLeaving(id: Id, leaving: boolean): void {
		if (leaving) this.#leaving.add(id);
		else this.#leaving.delete(id);
	}

	isLeaving(id: Id): boolean {
		return this.#leaving.has(id);
	}

	isUnavailable(id: Id): boolean {
		return this.#unavailable.has(id);
	}

	nameOf(id: Id): string | undefined {
		return this.#states.get(id)?.guild.name ?? this.#unavailable.get(id);
	}

	setUnavailable(id: Id, name: string | undefined): void {
		this.#coming.delete(id);
		this.#unavailable.set(id, name);
		if (!this.has(id)) this.expect([...this.order, id]);
	}

	has(id: Id): boolean {
		return this.order.includes(id);
	}

	/** After `READY`: these are all there are. */
	expect(ids: Id[]): void {
		this.order = this.#inOrder(ids);
		for (const id of this.#unavailable.keys()) if (!this.has(id)) this.#unavailable.delete(id);
	}

	put(snapshot: GuildSnapshot): void {
		this.#coming.delete(snapshot.guild.id);
		this.#unavailable.delete(snapshot.guild.id);
		const state = this.#states.get(snapshot.guild.id);
		if (state) state.replace(snapshot);
		else this.#states.set(snapshot.guild.id, new GuildState(snapshot));
		const { id } = snapshot.guild;
		this.order = this.#inOrder(this.has(id) ? this.order : [...this.order, id]);
	}

	/** The one that was joined last comes last, on every device and after every reload. */
	#inOrder(ids: Id[]): Id[] {
		const joined = (id: Id): string => this.#states.get(id)?.self.joined_at ?? '~';
		return ids.toSorted((a, b) => {
			const [one, other] = [joined(a), joined(b)];
			if (one !== other) return one < other ? -1 : 1;
			return a < b ? -1 : 1;
		});
	}

	remove(id: Id): void {
		this.#coming.delete(id);
		this.#states.delete(id);
		this.#unavailable.delete(id);
		this.order = this.order.filter((other) => other !== id);
	}
}

export const guilds = new Guilds();
