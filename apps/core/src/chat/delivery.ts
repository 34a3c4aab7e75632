/**
 * The way of committed events to those who read them here, whichever replica committed them: in order, and from the log
 * where a hint is missing. Knows neither sockets nor who may read.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { LogHead, Store, StoredEvent } from '@parley/store';
import { BatchOrder } from './batch-order.ts';
import type { Bus, BusMessage, MemberChange } from './bus.ts';
import { EventBatch } from './event-batch.ts';
import { DATABASE_RETRY_MS, type Report } from './expected-failure.ts';
import { HeadWatch, type HeadWatcher } from './head-watch.ts';
import { RoomFeeds } from './room-feeds.ts';
import type { LoggedRoom } from './group-commit.ts';

/** How long events that overtook another replica's wait for those: most are a few milliseconds apart. */
const HOLD_MS = 50;

export interface DeliveryOptions {
  readonly store: Pick<Store, 'log' | 'rooms'>;
  readonly bus: Bus;
  /** Who in the room is online and named by these events. */
  readonly mentionedIn: (roomId: string, events: readonly StoredEvent[]) => readonly string[];
  readonly report: Report;
}

export class Delivery {
  readonly feeds: RoomFeeds;
  readonly #store: DeliveryOptions['store'];
  readonly #bus: Bus;
  readonly #mentionedIn: DeliveryOptions['mentionedIn'];
  readonly #order: BatchOrder;
  readonly #heads: HeadWatch;
  readonly #report: Report;

  constructor({ store, bus, mentionedIn, report }: DeliveryOptions) {
    this.#store = store;
    this.#bus = bus;
    this.#mentionedIn = mentionedIn;
    this.#report = report;
    this.feeds = new RoomFeeds({
      log: store.log,
      report,
      follow: (roomId) => bus.follow(roomId),
      readersLeft: (roomId, leavers) => this.#endOutsiders(roomId, leavers),
    });
    this.#order = new BatchOrder({
      headOf: (roomId) => this.feeds.headOf(roomId),
      publish: (roomId, batch) => this.feeds.publish(roomId, batch),
      holdMs: bus.isShared ? HOLD_MS : 0,
    });
    this.#heads = new HeadWatch({
      heads: (roomIds) => store.rooms.heads(roomIds),
      rewound: (head) => this.#rewound(head),
      report,
      always: bus.isShared,
    });
    this.#heads.add(this.feeds);
    bus.subscribe((message) => this.#take(message));
  }

  /**
   * Tells everyone of events that were committed here. Readers get the batch before `members` ends subscriptions, and one who
   * is behind reads on up to that batch first: so a leaver still sees their own `member.left`.
   */
  committed({ id: roomId, slug: room }: LoggedRoom, events: readonly StoredEvent[]): void {
    const batch = EventBatch.of(room, events);
    const { last: lastSeq, messages } = batch;
    this.#bus.publish({ kind: 'events', roomId, batch });
    const changes = memberChanges(events);
    if (changes.length > 0) this.#bus.publish({ kind: 'members', roomId, lastSeq, messages, changes });
    const mentioned = this.#mentionedIn(roomId, events);
    const news = { kind: 'activity', roomId, room, lastSeq, messages } as const;
    this.#bus.publish(mentioned.length === 0 ? news : { ...news, mentioned });
  }

  /** How far the room's log is known to reach here; undefined for a room that nobody follows. */
  reachOf(roomId: string): number | undefined {
    return this.#heads.reachOf(roomId);
  }

  /** This event was committed where the log had been said to be further: the database is back with an older state. */
  rewoundBefore({ roomId, seq, messages, type }: StoredEvent): void {
    this.#rewound({ roomId, lastSeq: seq - 1, messages: type === 'message' ? messages - 1 : messages });
  }

  /** Compares what someone knows of rooms' logs with the logs. */
  watchHeads(watcher: HeadWatcher): void {
    this.#heads.add(watcher);
  }

  close(): void {
    this.#heads.close();
    this.#order.close();
    this.feeds.close();
  }

  #take(message: BusMessage): void {
    switch (message.kind) {
      case 'events':
        this.#order.take(message.roomId, message.batch);
        return;
      case 'members':
        for (const { type, user } of message.changes) {
          if (type === 'member.left') this.feeds.endAt(message.roomId, user.id, message.lastSeq);
        }
        return;
      case 'online':
        for (const roomId of message.leftRoomIds ?? []) void this.#endOutsider(roomId, message.user.id);
        return;
      case 'doubt':
        this.#heads.doubt(message.roomIds);
        return;
      case 'rewound':
        if ((this.feeds.reachOf(message.roomId) ?? 0) > message.lastSeq) this.feeds.rewind(message.roomId);
        return;
      case 'restored':
        this.#heads.doubt();
        return;
      case 'typing':
        this.feeds.hint(message.roomId, (room) => ({ type: 'typing', room, user: message.user }), message.user.id);
        return;
      default:
    }
  }

  #rewound({ roomId, lastSeq, messages }: Pick<LogHead, 'roomId' | 'lastSeq' | 'messages'>): void {
    const error = new Error(`The log of room ${roomId} ended at ${lastSeq}, and had been further.`);
    this.#report(error, 'the database has gone back to an older state; its readers begin anew');
    this.#bus.publish({ kind: 'rewound', roomId, lastSeq, messages });
  }

  /** A page of the log shows people leaving who read here: if they are still out, a replica that was not told ends it now. */
  async #endOutsiders(roomId: string, leavers: ReadonlyMap<string, number>): Promise<void> {
    for (const [userId, seq] of leavers) {
      const row = await this.#store.rooms.forUser(roomId, userId);
      if (row?.member !== true) this.feeds.endAt(roomId, userId, seq);
    }
  }

  /** Nobody has told of a leaving, but for the event perhaps: if they are still out, they have read enough. Never rejects. */
  async #endOutsider(roomId: string, userId: string): Promise<void> {
    while (this.feeds.hasReader(roomId, userId)) {
      try {
        const row = await this.#store.rooms.forUser(roomId, userId);
        if (row?.member !== true) this.feeds.endAt(roomId, userId, row?.lastSeq ?? 0);
        return;
      } catch {
        // The database is away, which every request says already.
        await delay(DATABASE_RETRY_MS, undefined, { ref: false });
      }
    }
  }
}

function memberChanges(events: readonly StoredEvent[]): MemberChange[] {
  return events.flatMap(({ type, from }) =>
    type === 'member.joined' || type === 'member.left' ? [{ type, user: from }] : [],
  );
}
