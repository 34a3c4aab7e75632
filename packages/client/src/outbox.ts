/**
 * Messages on their way to the server: kept until they are acknowledged, sent again with the same cid after every
 * reconnect, in order within a room. Knows no sockets.
 *
 *   queued ──written──▶ sent ──ok──▶ acknowledged ──own event seen──▶ (gone)
 *     ▲                  │ └────────own event seen, whichever is first──▶ (gone)
 *     │                  ├─ connection lost, timeout, rate_limited, unavailable ─▶ queued
 *     │                  └─ any other error ─▶ failed ── discard ─▶ (gone)
 *     └───────────────────────── retry ──────────┘
 *
 * Invariants: at most one message of a room is `sent` at a time, so that a refused one can never be overtaken by the
 * next; `acknowledged` is kept only while the room's own events will show the message.
 */
import { ChatError, FLOOD_ANSWERS, FLOOD_WINDOW_MS } from '@parley/protocol';
import type { Clock } from './clock.ts';
import { isPassing } from './connection-state.ts';

type PendingState = 'queued' | 'sent' | 'acknowledged' | 'failed';

/** A message of one's own that is not in the room's events yet. A change makes a new object. */
export interface PendingMessage {
  readonly cid: string;
  readonly room: string;
  readonly text: string;
  readonly replyTo?: number;
  readonly state: PendingState;
  /** Why it failed. */
  readonly error?: ChatError;
  /** Its place in the room, once acknowledged. */
  readonly seq?: number;
}

/** What happened to a message: a new state, or `gone`: seen among the room's events, or discarded. */
export type PendingChange = { readonly message: PendingMessage; readonly gone: boolean };

export interface OutboxOptions {
  clock: Clock;
  limit: number;
  /** Sends one message; rejects with a ChatError. */
  deliver(message: PendingMessage): Promise<{ seq?: number | undefined }>;
  /** Whether the room's own events will still bring this seq. */
  awaits(room: string, seq: number): boolean;
  changed(change: PendingChange): void;
}

/** Before the next try when the server named no time. */
const PAUSE_MS = 1000;
/**
 * Refusals come no closer than this on average. Who asks again the moment that one more message may pass is refused with
 * every second message, which the server takes for flooding; half of what it bears is left to other requests.
 */
const REFUSAL_MS = (2 * FLOOD_WINDOW_MS) / FLOOD_ANSWERS;

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #rooms = new Map<string, Map<string, PendingMessage>>();
  readonly #roomOf = new Map<string, string>();
  /** Counts connections, so that the outcome of a send on an earlier one is ignored; undefined while offline. */
  #connection: number | undefined;
  #connections = 0;
  #cancelPause: (() => void) | undefined;
  /** When the server may refuse once more: each refusal uses up `REFUSAL_MS`. */
  #refusableAt = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Takes a message in. Throws a ChatError when too many wait already. */
  add(message: { cid: string; room: string; text: string; replyTo?: number }): PendingMessage {
    if (this.#roomOf.size >= this.#options.limit) {
      throw new ChatError('unavailable', `${this.#options.limit} messages are waiting to be sent already.`);
    }
    const pending: PendingMessage = { ...message, state: 'queued' };
    this.#roomOf.set(pending.cid, pending.room);
    this.#put(pending);
    this.#pump(pending.room);
    return this.#get(pending.cid) ?? pending;
  }

  /** Hands out all that it holds, in order within each room, and has nothing to do with it any more. */
  release(): readonly PendingMessage[] {
    const messages = [...this.#rooms.values()].flatMap((room) => [...room.values()]);
    this.#rooms.clear();
    this.#roomOf.clear();
    return messages;
  }

  /**
   * Takes in what another outbox of the same person has released. What was under way there is sent again: under the same
   * cid the server stores it once.
   */
  takeOver(messages: readonly PendingMessage[]): void {
    for (const message of messages) {
      const { cid, room, state, seq } = message;
      this.#roomOf.set(cid, room);
      if (state === 'acknowledged' && !(seq !== undefined && this.#options.awaits(room, seq))) this.#remove(message);
      else this.#put(state === 'sent' ? { ...message, state: 'queued' } : message);
    }
    this.#pumpAll();
  }

  /** What is on its way to a room, in the order in which it was written. */
  list(room: string): readonly PendingMessage[] {
    return [...(this.#rooms.get(room)?.values() ?? [])];
  }

  /** Queues a failed message again, after what waits in its room. */
  retry(cid: string): boolean {
    const message = this.#get(cid);
    if (message?.state !== 'failed') return false;
    this.#rooms.get(message.room)?.delete(cid);
    const { error: _, ...rest } = message;
    this.#put({ ...rest, state: 'queued' });
    this.#pump(message.room);
    return true;
  }

  /** Drops a message that is not under way. */
  discard(cid: string): boolean {
    const message = this.#get(cid);
    if (message === undefined || message.state === 'sent') return false;
    this.#remove(message);
    return true;
  }

  /** A connection is up: sends what waits. */
  start(): void {
    this.#connection = this.#connections += 1;
    this.#pumpAll();
  }

  /** The connection is gone: what was under way is sent again on the next one. */
  stop(): void {
    this.#connection = undefined;
    this.#cancelPause?.();
    this.#cancelPause = undefined;
    for (const room of this.#rooms.values()) {
      for (const message of room.values()) if (message.state === 'sent') this.#put({ ...message, state: 'queued' });
    }
  }

  /** One's own message was seen among a room's events, which acknowledges it. */
  seen(cid: string, seq: number): void {
    const message = this.#get(cid);
    if (message === undefined) return;
    this.#remove({ ...message, state: 'acknowledged', seq });
    this.#pump(message.room);
  }

  /** A room's events end here: what only waits for them is done. */
  forgetAcknowledged(room: string): void {
    for (const message of this.list(room)) if (message.state === 'acknowledged') this.#remove(message);
  }

  /** Fails everything that waits: someone else is signed in now. */
  failAll(error: ChatError): void {
    for (const cid of this.#roomOf.keys()) {
      const message = this.#get(cid);
      if (message?.state === 'queued' || message?.state === 'sent') this.#put({ ...message, state: 'failed', error });
    }
  }

  #pumpAll(): void {
    for (const room of this.#rooms.keys()) this.#pump(room);
  }

  #pump(room: string): void {
    if (this.#connection === undefined || this.#cancelPause !== undefined) return;
    let next: PendingMessage | undefined;
    for (const message of this.#rooms.get(room)?.values() ?? []) {
      if (message.state === 'sent') return;
      if (message.state === 'queued') next ??= message;
    }
    if (next === undefined) return;
    const connection = this.#connection;
    const { cid } = next;
    const sent: PendingMessage = { ...next, state: 'sent' };
    this.#put(sent);
    this.#options.deliver(sent).then(
      ({ seq }) => this.#settled(cid, connection, seq),
      (error: unknown) => this.#refused(cid, connection, error),
    );
  }

  #settled(cid: string, connection: number, seq: number | undefined): void {
    if (connection !== this.#connection) return;
    const message = this.#get(cid);
    if (message?.state !== 'sent') return;
    const acknowledged: PendingMessage = { ...message, state: 'acknowledged', ...(seq === undefined ? {} : { seq }) };
    if (seq !== undefined && this.#options.awaits(message.room, seq)) this.#put(acknowledged);
    else this.#remove(acknowledged);
    this.#pump(message.room);
  }

  #refused(cid: string, connection: number, cause: unknown): void {
    if (connection !== this.#connection) return;
    const message = this.#get(cid);
    if (message?.state !== 'sent') return;
    const error = cause instanceof ChatError ? cause : new ChatError('bad_request', String(cause), { cause });
    if (!isPassing(error)) {
      this.#put({ ...message, state: 'failed', error });
      this.#pump(message.room);
      return;
    }
    // Rates and a lost database concern every room: all of them pause.
    this.#put({ ...message, state: 'queued' });
    this.#cancelPause?.();
    this.#cancelPause = this.#options.clock.after(this.#pauseAfter(error), () => {
      this.#cancelPause = undefined;
      this.#pumpAll();
    });
  }

  #pauseAfter(error: ChatError): number {
    const pause = error.retryAfterMs ?? PAUSE_MS;
    if (error.code !== 'rate_limited') return pause;
    const now = this.#options.clock.now();
    // Bounded, because the clock may be set back.
    const owed = Math.min(Math.max(0, this.#refusableAt - now), FLOOD_WINDOW_MS);
    this.#refusableAt = now + owed + REFUSAL_MS;
    return Math.max(pause, owed);
  }

  #get(cid: string): PendingMessage | undefined {
    const room = this.#roomOf.get(cid);
    return room === undefined ? undefined : this.#rooms.get(room)?.get(cid);
  }

  #put(message: PendingMessage): void {
    const room = this.#rooms.get(message.room) ?? new Map<string, PendingMessage>();
    this.#rooms.set(message.room, room);
    room.set(message.cid, message);
    this.#options.changed({ message, gone: false });
  }

  #remove(message: PendingMessage): void {
    this.#roomOf.delete(message.cid);
    const room = this.#rooms.get(message.room);
    room?.delete(message.cid);
    if (room?.size === 0) this.#rooms.delete(message.room);
    this.#options.changed({ message, gone: true });
  }
}
