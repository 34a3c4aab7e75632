/**
 * The bus between replicas, over Redis Pub/Sub: everyone here is told at once, everyone elsewhere by Redis.
 *
 *   <keyPrefix>:room:<id>   events, typing of one room: subscribed to while somebody here reads it
 *   <keyPrefix>:all         everything else, what a turn of the event loop brings in one message
 *
 * Events travel as the JSON that readers get, encoded once: a line of header, then a line an event. Who is online is
 * shared-presence.ts. Hints only: whatever is lost here, the log has, or the next hint says.
 */
import type { Author } from '@parley/protocol';
import { type Bus, type BusMessage, type BusMessageOf, LocalBus } from '../chat/bus.ts';
import { EventBatch } from '../chat/event-batch.ts';
import type { Report } from '../chat/expected-failure.ts';
import type { RedisLink } from './redis-link.ts';

/** Activity of one room within this time is told once. */
const ACTIVITY_MS = 100;
/** Small messages that wait for the next turn. Only a Redis that is away lets them wait at all, and then they are dropped. */
const MAX_WAITING = 5000;

type Activity = BusMessageOf<'activity'>;

interface EventsHeader {
  readonly replica: string;
  readonly room: string;
  readonly first: number;
  readonly messages: number;
}

interface TypingNote {
  readonly replica: string;
  readonly typing: Author;
}

export interface RedisBusOptions {
  readonly link: RedisLink;
  /** Keeps installations apart that share a Redis: the start of all channel names. */
  readonly keyPrefix: string;
  readonly replica: string;
  readonly report: Report;
}

export class RedisBus implements Bus {
  readonly replica: string;
  readonly isShared = true;
  readonly #link: RedisLink;
  readonly #keyPrefix: string;
  readonly #local: LocalBus;
  readonly #report: Report;
  readonly #activity = new Map<string, Activity>();
  readonly #releases: (() => void)[];
  #waiting: BusMessage[] = [];
  #flushing: NodeJS.Immediate | undefined;
  #activityTimer: NodeJS.Timeout | undefined;

  constructor({ link, keyPrefix, replica, report }: RedisBusOptions) {
    this.replica = replica;
    this.#link = link;
    this.#keyPrefix = keyPrefix;
    this.#report = report;
    this.#local = new LocalBus({ replica, report });
    this.#releases = [
      link.subscribe(`${keyPrefix}:all`, (payload) => this.#guard(() => this.#takeSmall(payload))),
      link.onChange((state) => {
        if (state === 'ready') this.publishHere({ kind: 'restored' });
      }),
    ];
  }

  get isHeard(): boolean {
    return this.#link.isReady;
  }

  publish(message: BusMessage): void {
    this.#local.publish(message);
    switch (message.kind) {
      case 'events':
        this.#publishEvents(message.roomId, message.batch);
        return;
      case 'typing':
        this.#publishTyping(message.roomId, message.user);
        return;
      case 'activity':
        this.#activity.set(message.roomId, together(this.#activity.get(message.roomId), message));
        this.#activityTimer ??= setTimeout(() => this.#flushActivity(), ACTIVITY_MS);
        return;
      case 'online':
      case 'offline':
      case 'doubt':
      case 'restored':
        return;
      default:
        this.#publishSmall(message);
    }
  }

  /** Tells only this process: what another replica has said. */
  publishHere(message: BusMessage): void {
    this.#local.publish(message);
  }

  subscribe(listener: (message: BusMessage) => void): () => void {
    return this.#local.subscribe(listener);
  }

  follow(roomId: string): () => void {
    const take = (payload: string): void => this.#guard(() => this.#takeOfRoom(roomId, payload));
    // What others published before it was subscribed to is in the log.
    const onSubscribed = (): void => this.publishHere({ kind: 'doubt', roomIds: [roomId] });
    return this.#link.subscribe(this.#channelOf(roomId), take, onSubscribed);
  }

  close(): Promise<void> {
    for (const release of this.#releases) release();
    clearTimeout(this.#activityTimer);
    clearImmediate(this.#flushing);
    this.#waiting = [];
    this.#activity.clear();
    return this.#local.close();
  }

  #channelOf(roomId: string): string {
    return `${this.#keyPrefix}:room:${roomId}`;
  }

  #publishEvents(roomId: string, batch: EventBatch): void {
    if (!this.#link.isReady) return;
    const { room, first, messages, json } = batch;
    const header: EventsHeader = { replica: this.replica, room, first, messages };
    // JSON never holds a raw line feed.
    this.#send(this.#channelOf(roomId), `${JSON.stringify(header)}\n${json.join('\n')}`);
  }

  #publishTyping(roomId: string, user: Author): void {
    const note: TypingNote = { replica: this.replica, typing: user };
    this.#send(this.#channelOf(roomId), JSON.stringify(note));
  }

  #publishSmall(message: BusMessage): void {
    if (!this.#link.isReady || this.#waiting.length >= MAX_WAITING) return;
    this.#waiting.push(message);
    this.#flushing ??= setImmediate(() => {
      this.#flushing = undefined;
      const messages = this.#waiting;
      this.#waiting = [];
      this.#send(`${this.#keyPrefix}:all`, JSON.stringify({ replica: this.replica, messages }));
    });
  }

  #flushActivity(): void {
    this.#activityTimer = undefined;
    for (const activity of this.#activity.values()) this.#publishSmall(activity);
    this.#activity.clear();
  }

  #send(channel: string, payload: string): void {
    void this.#link.run((client) => client.publish(channel, payload), { bytes: payload.length });
  }

  #takeOfRoom(roomId: string, payload: string): void {
    const [head = '', ...json] = payload.split('\n');
    const header = JSON.parse(head) as EventsHeader | TypingNote;
    if (header.replica === this.replica) return;
    if ('typing' in header) {
      this.publishHere({ kind: 'typing', roomId, user: header.typing });
    } else if (json.length > 0) {
      const batch = EventBatch.received(header.room, header.first, json, header.messages);
      this.publishHere({ kind: 'events', roomId, batch });
    }
  }

  #takeSmall(payload: string): void {
    const { replica, messages } = JSON.parse(payload) as { replica: string; messages: BusMessage[] };
    if (replica === this.replica) return;
    for (const message of messages) this.publishHere(message);
  }

  /** A message that can't be read, of another version say, must not end the process. */
  #guard(take: () => void): void {
    try {
      take();
    } catch (error) {
      this.#report(error, 'could not read a message of another replica');
    }
  }
}

/** The later of two stands for both, but for who is mentioned. */
function together(before: Activity | undefined, after: Activity): Activity {
  if (before?.mentioned === undefined) return after;
  return { ...after, mentioned: [...new Set([...before.mentioned, ...(after.mentioned ?? [])])] };
}
