/**
 * Who is online, on whichever replica, and telling the readers of each room what has changed: every 250 ms at most, and
 * above 200 online as a number. Hints only: nothing here is stored. Knows no sockets.
 */
import {
  foldName,
  forEachName,
  type Hint,
  MAX_PRESENCE_NAMES,
  type Member,
  PRESENCE_INTERVAL_MS,
  type You,
} from '@parley/protocol';
import type { StoredEvent } from '@parley/store';
import { type Bus, type BusMessage, type BusMessageOf, movesOf } from './bus.ts';

interface Online {
  user: You;
  readonly roomIds: Set<string>;
  /** By replica, who they are there: the one that told of them last comes last. A guest may have taken another nick. */
  readonly replicas: Map<string, You>;
}

/** A change that has not been announced: whether the readers know the user to be online from before it, and as whom. */
interface Change {
  readonly user: You;
  readonly wasOnline: boolean;
}

export interface PresenceOptions {
  readonly bus: Bus;
  /** The room that everyone is in. */
  readonly lobbyId: string;
  /** Whether anyone here reads the room, so that announcing is worth the work. */
  readonly isRead: (roomId: string) => boolean;
  readonly announce: (roomId: string, hint: (room: string) => Hint) => void;
}

export class Presence {
  readonly #options: PresenceOptions;
  readonly #users = new Map<string, Online>();
  readonly #rooms = new Map<string, Map<string, Online>>();
  /** Everyone who is online, by the key of their nick. */
  readonly #nicks = new Map<string, Online>();
  readonly #changes = new Map<string, Map<string, Change>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PresenceOptions) {
    this.#options = options;
    options.bus.subscribe((message) => this.#take(message));
  }

  isOnline(userId: string): boolean {
    return this.#users.has(userId);
  }

  /** Whether the user is online and, as far as has been heard, in the room. */
  isIn(userId: string, roomId: string): boolean {
    return this.#users.get(userId)?.roomIds.has(roomId) === true;
  }

  /** Whether another replica has a connection of the user. */
  isOnlineElsewhere(userId: string): boolean {
    const { replica } = this.#options.bus;
    return [...(this.#users.get(userId)?.replicas.keys() ?? [])].some((each) => each !== replica);
  }

  /** How many people are online, in a room or in all. */
  count(roomId: string = this.#options.lobbyId): number {
    return this.#in(roomId)?.size ?? 0;
  }

  /** The first people who are online, in a room or in all. */
  first(limit: number, roomId: string = this.#options.lobbyId): Member[] {
    const people: Member[] = [];
    for (const { user } of this.#in(roomId)?.values() ?? []) {
      if (people.length >= limit) break;
      people.push(toMember(user));
    }
    return people;
  }

  /** Everyone who is online, by id, those after the user `after`. */
  page(after: string | undefined, limit: number): { members: Member[]; total: number; more: boolean } {
    const rest = [...this.#users.values()]
      .map(({ user }) => user)
      .filter(({ id }) => after === undefined || Number(id) > Number(after))
      .toSorted((a, b) => Number(a.id) - Number(b.id));
    return { members: rest.slice(0, limit).map(toMember), total: this.#users.size, more: rest.length > limit };
  }

  /** Who of those in the room is named by these events, of others than themselves. One look at each text, however many read it. */
  mentionedIn(roomId: string, events: readonly StoredEvent[]): readonly string[] {
    const people = this.#in(roomId);
    // Whoever is alone has nobody to name.
    if (people === undefined || people.size < 2) return NOBODY;
    let mentioned: Set<string> | undefined;
    for (const event of events) {
      if (event.type !== 'message') continue;
      forEachName(event.text, (name) => {
        const id = this.#nicks.get(name)?.user.id;
        if (id !== undefined && id !== event.from.id && people.has(id)) (mentioned ??= new Set()).add(id);
      });
    }
    return mentioned === undefined ? NOBODY : [...mentioned];
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#changes.clear();
  }

  #take(message: BusMessage): void {
    switch (message.kind) {
      case 'online':
        this.#online(message);
        return;
      case 'offline':
        this.#offline(message);
        return;
      default:
        for (const { roomId, userId, isInside } of movesOf(message)) {
          if (isInside) this.#enter(roomId, userId);
          else this.#depart(roomId, userId);
        }
    }
  }

  #online({ user, replica, roomIds, leftRoomIds = [] }: BusMessageOf<'online'>): void {
    let online = this.#users.get(user.id);
    if (online === undefined) {
      online = { user, roomIds: new Set(), replicas: new Map() };
      this.#note(this.#options.lobbyId, online.user, false);
      this.#users.set(user.id, online);
    }
    online.replicas.delete(replica);
    online.replicas.set(replica, user);
    this.#name(online, user);
    for (const roomId of leftRoomIds) this.#depart(roomId, user.id);
    for (const roomId of roomIds) this.#enter(roomId, user.id);
  }

  #offline({ userId, replica }: BusMessageOf<'offline'>): void {
    const online = this.#users.get(userId);
    if (online === undefined) return;
    online.replicas.delete(replica);
    const user = [...online.replicas.values()].at(-1);
    if (user !== undefined) return this.#name(online, user);
    for (const roomId of online.roomIds) {
      this.#note(roomId, online.user, true);
      this.#leave(roomId, online);
    }
    this.#note(this.#options.lobbyId, online.user, true);
    this.#users.delete(userId);
    this.#forgetNick(online);
  }

  /** They are called so now. */
  #name(online: Online, user: You): void {
    if (user.nick !== online.user.nick) {
      for (const roomId of [this.#options.lobbyId, ...online.roomIds]) this.#note(roomId, online.user, true);
    }
    this.#forgetNick(online);
    online.user = user;
    this.#nicks.set(foldName(user.nick), online);
  }

  /** Unless someone else has it by now. */
  #forgetNick(online: Online): void {
    const nick = foldName(online.user.nick);
    if (this.#nicks.get(nick) === online) this.#nicks.delete(nick);
  }

  #enter(roomId: string, userId: string): void {
    const online = this.#users.get(userId);
    if (online === undefined || online.roomIds.has(roomId) || roomId === this.#options.lobbyId) return;
    this.#note(roomId, online.user, false);
    online.roomIds.add(roomId);
    const people = this.#rooms.get(roomId);
    if (people === undefined) this.#rooms.set(roomId, new Map([[userId, online]]));
    else people.set(userId, online);
  }

  /** No longer a member: the event says so, and presence there is over. */
  #depart(roomId: string, userId: string): void {
    this.#changes.get(roomId)?.delete(userId);
    const online = this.#users.get(userId);
    if (online !== undefined) this.#leave(roomId, online);
  }

  #leave(roomId: string, online: Online): void {
    online.roomIds.delete(roomId);
    const people = this.#rooms.get(roomId);
    people?.delete(online.user.id);
    if (people?.size === 0) this.#rooms.delete(roomId);
  }

  #in(roomId: string): ReadonlyMap<string, Online> | undefined {
    return roomId === this.#options.lobbyId ? this.#users : this.#rooms.get(roomId);
  }

  #note(roomId: string, user: You, wasOnline: boolean): void {
    if (!this.#options.isRead(roomId)) return;
    let changes = this.#changes.get(roomId);
    if (changes === undefined) this.#changes.set(roomId, (changes = new Map()));
    // The first change of the window decides: someone who reloads within it has not changed, unless their nick has.
    if (!changes.has(user.id)) changes.set(user.id, { user, wasOnline });
    this.#timer ??= setTimeout(() => this.#announce(), PRESENCE_INTERVAL_MS);
  }

  #announce(): void {
    this.#timer = undefined;
    for (const [roomId, changes] of this.#changes) {
      const people = this.#in(roomId);
      const count = people?.size ?? 0;
      const users: Member[] = [];
      for (const [id, { user, wasOnline }] of changes) {
        const now = people?.get(id);
        // Who came and went is told all the same: their joining may have been heard as their coming. A number tells no nick.
        if (wasOnline && now !== undefined && (now.user.nick === user.nick || count > MAX_PRESENCE_NAMES)) continue;
        const { nick, guest } = now?.user ?? user;
        users.push({ id, nick, online: now !== undefined, guest });
      }
      if (users.length === 0) continue;
      this.#options.announce(roomId, (room) =>
        Math.max(count, users.length) > MAX_PRESENCE_NAMES
          ? { type: 'presence', room, online: count }
          : { type: 'presence', room, users },
      );
    }
    this.#changes.clear();
  }
}

const NOBODY: readonly string[] = [];

/** Field by field: whoever comes in here may know more about a user than others should see. */
const toMember = ({ id, nick, guest }: You): Member => ({ id, nick, guest, online: true });
