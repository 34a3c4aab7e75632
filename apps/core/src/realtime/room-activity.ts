/**
 * `room.activity`: tells who is here of news in the rooms that are not live on their connections, each room at most once a
 * second. Knows how far the logs of those rooms reach; not who comes and goes, nor the bus (audience.ts).
 *
 *   a room that someone here is in:
 *
 *   quiet ──news──▶ waiting ──next tick──▶ told ──a second later──▶ quiet
 *                      ▲                    │
 *                      └────────news────────┘  and is told when that second is over
 *
 *   any ──rewind──▶ quiet, at an earlier head: later news are told again, whatever was told before
 *
 * Invariant: a room has a head from `follow` to `forget`; news of other rooms are dropped.
 */
import { ROOM_ACTIVITY_INTERVAL_MS } from '@parley/protocol';
import type { RoomForUser } from '@parley/store';
import type { BusMessageOf } from '../chat/bus.ts';
import { SharedHint } from '../chat/shared-hint.ts';

/** A connection, to be told of rooms that are not live on it. */
export interface ActivityRecipient {
  isLive(roomId: string): boolean;
  hint(hint: SharedHint): void;
}

/** A user who is here, with their connections. */
export interface ActivityReader {
  readonly you: { readonly id: string };
  readonly recipients: Iterable<ActivityRecipient>;
  /** Room → messages up to the read mark. */
  readonly rooms: ReadonlyMap<string, number>;
}

export interface RoomActivityOptions {
  /** Those here who are in the room; undefined for nobody. */
  readonly membersOf: (roomId: string) => Iterable<ActivityReader> | undefined;
  /** Whether the user is here and in the room. */
  readonly isMember: (userId: string, roomId: string) => boolean;
}

/** How far a room's log reaches, and how many messages it holds up to there. */
interface Head {
  readonly lastSeq: number;
  readonly messages: number;
}

interface News extends Head {
  /** The room's slug. */
  readonly room: string;
}

const TICK_MS = 250;

export class RoomActivity {
  readonly #options: RoomActivityOptions;
  /** How far the log of each followed room is known to reach. */
  readonly #heads = new Map<string, Head>();
  /** News that have not been told. */
  readonly #waiting = new Map<string, News>();
  /** Of those here: who was named since their rooms were told of last. */
  readonly #mentioned = new Map<string, Set<string>>();
  /** What was told of rooms within the last second, and when. */
  readonly #told = new Map<string, { readonly news: News; readonly at: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RoomActivityOptions) {
    this.#options = options;
  }

  /** The highest seq that the room's log is known to reach; undefined for a room that is not followed. */
  headOf(roomId: string): number | undefined {
    return this.#heads.get(roomId)?.lastSeq;
  }

  /** Someone here is in the room, whose log reached so far when that was found. Does nothing for a room that is followed. */
  follow(roomId: string, lastSeq: number, messages: number): void {
    // Not raised by who comes later: the others may not have heard of that much.
    if (!this.#heads.has(roomId)) this.#heads.set(roomId, { lastSeq, messages });
  }

  /** Nobody here is in the room any more. */
  forget(roomId: string): void {
    this.#mentioned.delete(roomId);
    this.#heads.delete(roomId);
  }

  /** The room's log has grown, or someone is named in what it is known to hold. */
  take({ roomId, room, lastSeq, messages, mentioned }: Omit<BusMessageOf<'activity'>, 'kind'>): void {
    const head = this.#heads.get(roomId);
    if (head === undefined) return;
    if (mentioned !== undefined) this.#noteMentioned(roomId, mentioned);
    if (lastSeq <= (this.#waiting.get(roomId)?.lastSeq ?? 0)) return;
    if (lastSeq > head.lastSeq) this.#heads.set(roomId, { lastSeq, messages });
    const told = this.#told.get(roomId)?.news;
    const isLate = told !== undefined && lastSeq <= told.lastSeq;
    // Another replica's, which others have overtaken: nothing is new but who was named.
    if (isLate && !this.#mentioned.has(roomId)) return;
    this.#waiting.set(roomId, isLate ? told : { room, lastSeq, messages });
    this.#timer ??= setTimeout(() => this.#tellWaiting(), TICK_MS);
  }

  /** The user has read so many messages of the room. */
  noteRead(userId: string, roomId: string, messages: number): void {
    // Who has read all there is need not be told of it.
    if (messages >= (this.#waiting.get(roomId)?.messages ?? 0)) this.#mentioned.get(roomId)?.delete(userId);
  }

  /** The room's log has gone back to here. Answers whether it was known to reach further. */
  rewind({ roomId, lastSeq, messages }: BusMessageOf<'rewound'>): boolean {
    if ((this.headOf(roomId) ?? 0) <= lastSeq) return false;
    this.#heads.set(roomId, { lastSeq, messages });
    for (const news of [this.#waiting, this.#told, this.#mentioned]) news.delete(roomId);
    return true;
  }

  /**
   * Activity told after this user's rooms were read but before they were registered here: tells `recipient` of it, a new
   * connection of theirs, which knows of `room` what was read.
   */
  tellMissed(
    user: ActivityReader,
    recipient: ActivityRecipient,
    room: Pick<RoomForUser, 'id' | 'slug' | 'lastSeq'>,
  ): void {
    const head = this.#heads.get(room.id);
    if (head === undefined || head.lastSeq <= room.lastSeq || this.#waiting.has(room.id)) return;
    const unread = Math.max(0, head.messages - (user.rooms.get(room.id) ?? 0));
    recipient.hint(new SharedHint({ type: 'room.activity', room: room.slug, lastSeq: head.lastSeq, unread }));
  }

  /** The user has come to know of a room that has news: they are told of them, with the others where those wait for it too. */
  tellLearned(user: ActivityReader, { id, slug, lastSeq, unread }: RoomForUser): void {
    if (unread === 0 || this.#waiting.has(id)) return;
    const hint = new SharedHint({ type: 'room.activity', room: slug, lastSeq, unread });
    for (const recipient of user.recipients) if (!recipient.isLive(id)) recipient.hint(hint);
  }

  /** Tells no more of what waits. */
  close(): void {
    clearTimeout(this.#timer);
    this.#waiting.clear();
    this.#mentioned.clear();
  }

  #noteMentioned(roomId: string, userIds: readonly string[]): void {
    const here = userIds.filter((id) => this.#options.isMember(id, roomId));
    if (here.length === 0) return;
    const mentioned = this.#mentioned.get(roomId);
    if (mentioned === undefined) this.#mentioned.set(roomId, new Set(here));
    else for (const id of here) mentioned.add(id);
  }

  /** Tells of each room that was not told of within the last second. */
  #tellWaiting(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const [roomId, news] of this.#waiting) {
      if (now - (this.#told.get(roomId)?.at ?? -Infinity) < ROOM_ACTIVITY_INTERVAL_MS) continue;
      this.#waiting.delete(roomId);
      this.#told.set(roomId, { news, at: now });
      this.#tell(roomId, news);
    }
    for (const [roomId, { at }] of this.#told) {
      if (now - at >= ROOM_ACTIVITY_INTERVAL_MS) this.#told.delete(roomId);
    }
    if (this.#waiting.size > 0) this.#timer = setTimeout(() => this.#tellWaiting(), TICK_MS);
  }

  #tell(roomId: string, { room, lastSeq, messages }: News): void {
    // Most people who are behind are equally far behind, and not mentioned.
    const hints = new Map<number, SharedHint>();
    const mentioned = this.#mentioned.get(roomId);
    this.#mentioned.delete(roomId);
    for (const user of this.#options.membersOf(roomId) ?? []) {
      const unread = Math.max(0, messages - (user.rooms.get(roomId) ?? 0));
      const isMentioned = unread > 0 && mentioned?.has(user.you.id) === true;
      for (const recipient of user.recipients) {
        if (recipient.isLive(roomId)) continue;
        let hint = isMentioned ? undefined : hints.get(unread);
        if (hint === undefined) {
          const news = { type: 'room.activity', room, lastSeq, unread } as const;
          hint = new SharedHint(isMentioned ? { ...news, mentioned: true } : news);
          if (!isMentioned) hints.set(unread, hint);
        }
        recipient.hint(hint);
      }
    }
  }
}
