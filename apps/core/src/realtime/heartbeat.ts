/**
 * Looks after all connections and trunks with one timer: hellos that do not come, pings, stalled sockets, clients that
 * page. Each connection is pinged in a tick of its own, so that ten thousand are not pinged at once.
 */
import { CLOSE, HELLO_TIMEOUT_MS, MISSED_PONGS, PING_INTERVAL_MS } from '@parley/protocol';
import type { RoomReader } from './room-reader.ts';

/** A connection, or the trunk of many, as far as it is looked after here. */
export interface Watched {
  /** On `performance.now`'s clock, as `heardAt`: when something last came in. */
  readonly openedAt: number;
  heardAt: number;
  readonly isAwaitingHello: boolean;
  ping(): void;
  isStalled(now: number, stallMs: number): boolean;
  close(code: number, reason: string): void;
  terminate(): void;
}

export interface Timing {
  readonly helloTimeoutMs: number;
  readonly pingIntervalMs: number;
  /** How long after the last missed ping a connection still has. */
  readonly pongGraceMs: number;
}

const TIMING: Timing = { helloTimeoutMs: HELLO_TIMEOUT_MS, pingIntervalMs: PING_INTERVAL_MS, pongGraceMs: 3000 };
const TICK_MS = 250;

export class Heartbeat {
  readonly #timing: Timing;
  readonly #stallMs: number;
  readonly #slots: Set<Watched>[];
  readonly #slotOf = new WeakMap<Watched, Set<Watched>>();
  /** In the order they came: the first is the first to be late. */
  readonly #newcomers = new Set<Watched>();
  readonly #paging = new Set<RoomReader>();
  readonly #timer: NodeJS.Timeout;
  #turn = 0;
  #tickedAt = performance.now();

  constructor(options: { timing?: Partial<Timing> | undefined; stallSeconds: number }) {
    this.#timing = { ...TIMING, ...options.timing };
    this.#stallMs = options.stallSeconds * 1000;
    const slots = Math.max(1, Math.round(this.#timing.pingIntervalMs / TICK_MS));
    this.#slots = Array.from({ length: slots }, () => new Set());
    this.#timer = setInterval(() => this.#tick(), Math.min(TICK_MS, this.#timing.pingIntervalMs));
    this.#timer.unref();
  }

  add(connection: Watched): void {
    // The slot that has just had its turn: a newcomer is pinged in a whole interval.
    const slot = this.#slots[this.#turn % this.#slots.length];
    slot?.add(connection);
    if (slot !== undefined) this.#slotOf.set(connection, slot);
    this.#newcomers.add(connection);
  }

  remove(connection: Watched): void {
    this.#slotOf.get(connection)?.delete(connection);
    this.#newcomers.delete(connection);
  }

  /** Feeds a room from the log when its client stops asking for pages. */
  watchPaging(live: RoomReader): void {
    this.#paging.add(live);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = performance.now();
    // After a standstill of this process the silence was ours.
    const standstillMs = now - this.#tickedAt - TICK_MS;
    this.#tickedAt = now;
    if (standstillMs > 1000) {
      for (const slot of this.#slots) for (const connection of slot) connection.heardAt += standstillMs;
    }
    for (const connection of this.#newcomers) {
      if (connection.isAwaitingHello && now - connection.openedAt < this.#timing.helloTimeoutMs) break;
      this.#newcomers.delete(connection);
      if (connection.isAwaitingHello) connection.close(CLOSE.tooLate, 'No hello came.');
    }
    for (const live of this.#paging) if (!live.checkClient(now)) this.#paging.delete(live);
    // Once a second: a look at every socket.
    if (this.#turn % Math.max(1, Math.round(1000 / TICK_MS)) === 0) this.#sweep(now);
    this.#turn += 1;
    for (const connection of this.#slots[this.#turn % this.#slots.length] ?? []) connection.ping();
  }

  #sweep(now: number): void {
    const { pingIntervalMs, pongGraceMs } = this.#timing;
    const silentMs = MISSED_PONGS * pingIntervalMs + pongGraceMs;
    for (const slot of this.#slots) {
      for (const connection of slot) {
        if (connection.isStalled(now, this.#stallMs) || now - connection.heardAt > silentMs) connection.terminate();
      }
    }
  }
}
