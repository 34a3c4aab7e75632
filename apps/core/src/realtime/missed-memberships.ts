/**
 * Finds rooms that people here have become members of, have left or have read by another replica while its hints did not
 * arrive, or by a commit whose answer was lost: a direct room that someone opened, above all, whose messages they would
 * otherwise not hear of before they reconnect. And the direct rooms in which someone writes to a person here who has not heard
 * of them: nobody is told that a stranger has opened one. Knows no sockets.
 */
import { BoundedMap, isDirectRoom, type Room } from '@parley/protocol';
import type { RoomForUser, Rooms } from '@parley/store';
import type { Bus, BusMessage } from '../chat/bus.ts';
import { LATER_LOOKS_S } from '../chat/expected-failure.ts';
import type { Audience } from './audience.ts';

/** A second, of which LATER_LOOKS_S counts some. */
const LOOK_MS = 1000;
/** Where there are other replicas: that one could tell nobody is heard by none. Sooner after a doubt. */
const LOOKS_APART = 10;
const PEOPLE_AT_ONCE = 1000;
/** Direct rooms of which it is remembered whose they are. */
const MAX_PAIRS = 10_000;

export interface MissedMembershipsOptions {
  readonly bus: Pick<Bus, 'isHeard' | 'isShared' | 'subscribe'>;
  readonly audience: Audience;
  readonly rooms: Pick<Rooms, 'forUser' | 'members' | 'membershipsOf'>;
  readonly roomsOf: (user: { id: string }) => Promise<RoomForUser[]>;
  readonly toRoom: (row: RoomForUser) => Room;
}

export class MissedMemberships {
  readonly #options: MissedMembershipsOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #unsubscribe: () => void;
  /** Something may have been missed since the last look. */
  #isInDoubt = false;
  /** Seconds since the last doubt, after some of which it is looked again. */
  #seconds = Infinity;
  #looks = 0;
  #isLooking = false;
  /** Direct room → the ids of its two. */
  readonly #pairs = new BoundedMap<string, readonly string[]>(MAX_PAIRS);

  constructor(options: MissedMembershipsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#tick(), LOOK_MS);
    this.#timer.unref();
    this.#unsubscribe = options.bus.subscribe((message) => this.#take(message));
  }

  close(): void {
    clearInterval(this.#timer);
    this.#unsubscribe();
  }

  #take(message: BusMessage): void {
    switch (message.kind) {
      case 'direct.opened':
        this.#pairs.set(
          message.room.id,
          message.pair.map(({ id }) => id),
        );
        return;
      case 'activity':
        if (isDirectRoom(message.room) && message.messages > 0) this.#writtenIn(message.roomId);
        return;
      case 'restored':
        return this.#doubt();
      case 'doubt':
        // Where there are other replicas a doubt comes with each room that someone begins to read, too.
        if (!this.#options.bus.isShared) this.#doubt();
        return;
      default:
    }
  }

  #doubt(): void {
    this.#isInDoubt = true;
    this.#seconds = 0;
  }

  /** Someone has written in a direct room. */
  #writtenIn(roomId: string): void {
    const pair = this.#pairs.get(roomId);
    if (pair?.some((id) => this.#isNewTo(id, roomId)) === false) return;
    this.#tellPair(roomId, pair).catch(() => {
      // The database is away: a later look finds it.
      this.#isInDoubt = true;
    });
  }

  async #tellPair(roomId: string, known: readonly string[] | undefined): Promise<void> {
    const { audience, rooms, toRoom } = this.#options;
    const pair = known ?? (await rooms.members(roomId, { limit: 2 })).rows.map(({ userId }) => userId);
    this.#pairs.set(roomId, pair);
    for (const id of pair) {
      if (!this.#isNewTo(id, roomId)) continue;
      const row = await rooms.forUser(roomId, id);
      // Again: several messages may have asked.
      if (row?.member === true && this.#isNewTo(id, roomId)) audience.learn(id, row, toRoom(row));
    }
  }

  #isNewTo(userId: string, roomId: string): boolean {
    return this.#options.audience.hasMember(userId, roomId) === false;
  }

  #tick(): void {
    this.#looks += 1;
    this.#seconds += 1;
    if (LATER_LOOKS_S.includes(this.#seconds)) this.#isInDoubt = true;
    const { bus } = this.#options;
    const isDue = (this.#isInDoubt && bus.isHeard) || (bus.isShared && this.#looks % LOOKS_APART === 0);
    if (this.#isLooking || !isDue) return;
    this.#isLooking = true;
    this.#isInDoubt = false;
    this.#look()
      .catch(() => {
        // The database is away: the next tick tries again.
        this.#isInDoubt = true;
      })
      .finally(() => (this.#isLooking = false));
  }

  async #look(): Promise<void> {
    const { audience } = this.#options;
    const userIds = audience.userIds();
    for (let start = 0; start < userIds.length; start += PEOPLE_AT_ONCE) {
      await this.#lookAt(userIds.slice(start, start + PEOPLE_AT_ONCE));
    }
  }

  async #lookAt(userIds: readonly string[]): Promise<void> {
    const { audience, rooms } = this.#options;
    // As they were before the question: who joins meanwhile may not be in the answer.
    const gone = new Map(userIds.map((id) => [id, new Set(audience.roomsOf(id).keys())]));
    const behind = new Set<string>();
    for (const { userId, roomId, messagesRead } of await rooms.membershipsOf(userIds)) {
      gone.get(userId)?.delete(roomId);
      const known = audience.roomsOf(userId);
      if (known.size > 0 && messagesRead > (known.get(roomId) ?? -1)) behind.add(userId);
    }
    // Someone who left and came back meanwhile is found again by the next look.
    for (const [userId, roomIds] of gone) audience.unlearn(userId, roomIds);
    for (const id of behind) await this.#learn(id);
  }

  async #learn(userId: string): Promise<void> {
    const { audience, roomsOf, toRoom } = this.#options;
    for (const row of await roomsOf({ id: userId })) {
      if (audience.hasMember(userId, row.id) === false) audience.learn(userId, row, toRoom(row));
      else audience.noteRead(userId, row);
    }
  }
}
