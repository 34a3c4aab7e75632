/** Who is in a room and who is online, a page at a time. Knows not who may ask. */
import { MAX_PAGE_MEMBERS, type Member } from '@parley/protocol';
import type { MemberPage, Store } from '@parley/store';
import type { Presence } from './presence.ts';
import type { RoomIdentity } from './room-directory.ts';

export class People {
  readonly #rooms: Pick<Store['rooms'], 'members'>;
  readonly #presence: Presence;

  constructor({ rooms, presence }: { rooms: Pick<Store['rooms'], 'members'>; presence: Presence }) {
    this.#rooms = rooms;
    this.#presence = presence;
  }

  /** Members by id, those after the user `after`. In the lobby: who is online. */
  async page(room: RoomIdentity, after?: string): Promise<{ members: Member[]; total: number; more: boolean }> {
    if (room.open) return this.#presence.page(after, MAX_PAGE_MEMBERS);
    const { rows, total, more } = await this.#rooms.members(room.id, { after, limit: MAX_PAGE_MEMBERS });
    return { members: rows.map((row) => this.#toMember(row)), total, more };
  }

  /** What `first` takes of the database; the lobby lists nobody. */
  async listed(room: RoomIdentity): Promise<MemberPage | undefined> {
    return room.open ? undefined : this.#rooms.members(room.id, { limit: MAX_PAGE_MEMBERS });
  }

  /** At most a page of members, those who are online now first. In the lobby: who is online. */
  first(room: RoomIdentity, listed: MemberPage | undefined): { members: Member[]; total: number } {
    const online = this.#presence.first(MAX_PAGE_MEMBERS, room.id);
    if (listed === undefined) return { members: online, total: this.#presence.count() };
    const { rows, total } = listed;
    const named = new Set(online.map(({ id }) => id));
    const others = rows.map((row) => this.#toMember(row)).filter(({ id }) => !named.has(id));
    return { members: [...online, ...others].slice(0, MAX_PAGE_MEMBERS), total };
  }

  /** Who is online, wherever. */
  online(): { users: Member[]; total: number } {
    return { users: this.#presence.first(MAX_PAGE_MEMBERS), total: this.#presence.count() };
  }

  #toMember({ userId, nick, guest }: { userId: string; nick: string; guest: boolean }): Member {
    return { id: userId, nick, guest, online: this.#presence.isOnline(userId) };
  }
}
