/** The rooms that are live on one connection. */
import { unavailable } from '../chat/expected-failure.ts';
import type { RoomFeeds } from '../chat/room-feeds.ts';
import type { RoomIdentity } from '../chat/room-directory.ts';
import { Semaphore } from '../semaphore.ts';
import { RoomReader, type RoomReaderOptions } from './room-reader.ts';

export type RoomSubscriptionsOptions = Omit<RoomReaderOptions, 'ended' | 'inTurn'> & { readonly feeds: RoomFeeds };

export class RoomSubscriptions {
  readonly #options: RoomSubscriptionsOptions;
  readonly #rooms = new Map<string, RoomReader>();
  /** One page at a time, however many rooms are behind: they share what the connection may have unsent. */
  #pages: Semaphore | undefined;
  #closed = false;

  constructor(options: RoomSubscriptionsOptions) {
    this.#options = options;
  }

  has(roomId: string): boolean {
    return this.#rooms.has(roomId);
  }

  get(roomId: string): RoomReader | undefined {
    return this.#rooms.get(roomId);
  }

  /** Subscribes; the subscription is held until the caller has read the log. What was live of the room before ends. */
  open(room: RoomIdentity): RoomReader {
    if (this.#closed) throw unavailable('The connection is closing.');
    this.close(room.id);
    const live = new RoomReader({
      ...this.#options,
      inTurn: (job) => (this.#pages ??= new Semaphore(1)).run(job),
      ended: (ended) => {
        if (this.#rooms.get(room.id) === ended) this.#rooms.delete(room.id);
      },
    });
    live.follow(this.#options.feeds.subscribe(room, live));
    this.#rooms.set(room.id, live);
    return live;
  }

  /** Answers whether the room was live. */
  close(roomId: string): boolean {
    this.#rooms.get(roomId)?.end();
    return this.#rooms.delete(roomId);
  }

  /** The connection is over: ends all and opens nothing more. */
  end(): void {
    this.#closed = true;
    for (const live of this.#rooms.values()) live.end();
    this.#rooms.clear();
  }
}
