/**
 * Finds rooms that people here have become members of, have left or have read by another replica while its hints did not
 * arrive, or by a commit whose answer was lost: a direct room that someone opened, above all, whose messages they would
 * otherwise not hear of before they reconnect. Knows no sockets.
 */
import type { Room } from '@parley/protocol';
import type { Membership, RoomForUser } from '@parley/store';
import type { Bus } from '../chat/bus.ts';
import { LATER_LOOKS_S } from '../chat/expected-failure.ts';
import type { Audience } from './audience.ts';

/** A second, of which LATER_LOOKS_S counts some. */
const LOOK_MS = 1000;
/** Where there are other replicas: that one could tell nobody is heard by none. Sooner after a doubt. */
const LOOKS_APART = 10;
const PEOPLE_AT_ONCE = 1000;

export interface MissedMembershipsOptions {
  readonly bus: Pick<Bus, 'isHeard' | 'isShared' | 'subscribe'>;
  readonly audience: Audience;
  /** Who of these is in which rooms, open ones included. */
  readonly memberships: (userIds: readonly string[]) => Promise<Membership[]>;
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

  constructor(options: MissedMembershipsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#tick(), LOOK_MS);
    this.#timer.unref();
    this.#unsubscribe = options.bus.subscribe(({ kind }) => {
      // Where there are other replicas a doubt comes with each room that someone begins to read, too.
      if (kind === 'restored' || (kind === 'doubt' && !options.bus.isShared)) {
        this.#isInDoubt = true;
        this.#seconds = 0;
      }
    });
  }

  close(): void {
    clearInterval(this.#timer);
    this.#unsubscribe();
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
    const { audience, memberships } = this.#options;
    // As they were before the question: who joins meanwhile may not be in the answer.
    const gone = new Map(userIds.map((id) => [id, new Set(audience.roomsOf(id).keys())]));
    const behind = new Set<string>();
    for (const { userId, roomId, messagesRead } of await memberships(userIds)) {
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
