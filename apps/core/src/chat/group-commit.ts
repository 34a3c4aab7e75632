/**
 * The one way into the rooms' logs: group commit. Knows neither rules nor readers.
 *
 *   idle ──append──▶ committing ──done, nothing queued──▶ idle
 *                        │ append: joins the queue; before the first commit nothing but who speaks at the same moment is
 *                        │ waited for, and each further one takes all that is queued
 *   any ──close──▶ closed (what is queued is committed first; later appends are refused)
 *
 * Handing on costs a write to each reader, however many events it holds. After a batch of several the next one gathers for
 * half as long as that took, or until as many have come as were handed on: who waits for an answer has it by then
 * (docs/benchmarks.md has what that brings). A lone message is followed by no rest.
 * Invariants: one commit is under way at a time; events of one caller commit in the order they came in; `committed` is
 * called for an event after its commit and before its append resolves; the queue never passes its bounds.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ChatError } from '@parley/protocol';
import { type AppendOutcome, type EventLog, type NewEvent, type StoredEvent, StoreUnavailable } from '@parley/store';
import { failureOf, type Report, unavailable } from './expected-failure.ts';

/** Events waiting, those under way included, past which a sender hears `unavailable`. */
const MAX_QUEUED_EVENTS = 10_000;
const MAX_QUEUED_BYTES = 16 * 1024 * 1024;
/** Measured on Postgres 15, two cores: 50 a batch reach 67,000 rows/s, 200 reach 130,000; more gains little. */
const MAX_BATCH_EVENTS = 500;
/** So that what a commit stored for one room fits into what a connection may have unsent, with room to spare. */
const MAX_BATCH_BYTES = 192 * 1024;
/** Turns of the event loop, each of which has brought more, that a batch waits for others to join. No timer. */
const MAX_GATHERING_TURNS = 3;
/** Of the time that handing on a batch took. Twice as much gained no throughput, and cost delay. */
const REST_SHARE = 0.5;
/** A queued event waits at most this long for a database that does not answer. */
const MAX_WAIT_MS = 5000;
/** A row apart from its text: ids, cid, nick, and the promise that waits for it. */
const EVENT_OVERHEAD_BYTES = 256;

export interface GroupCommitOptions {
  readonly events: Pick<EventLog, 'append'>;
  /** Events of one room that a commit stored, ascending and contiguous; after a lost connection some may come twice. */
  readonly committed: (room: LoggedRoom, events: readonly StoredEvent[]) => void;
  /** How far the room's log is known to reach; undefined for one that nobody here follows. */
  readonly reachOf: (roomId: string) => number | undefined;
  /** A commit got a seq that was taken before it was sent: the database is back with an older state. Told before `committed`. */
  readonly rewound: (event: StoredEvent) => void;
  /** A commit failed in a way that leaves open what of these rooms was stored. */
  readonly doubtful: (roomIds: readonly string[]) => void;
  /** A batch has been committed: how many events, and in how many seconds. */
  readonly measured?: (events: number, seconds: number) => void;
  readonly report: Report;
}

/** The room an event is for. */
export interface LoggedRoom {
  readonly id: string;
  readonly slug: string;
}

/** An event without its room. */
export type LoggedEvent = NewEvent extends infer Each ? (Each extends NewEvent ? Omit<Each, 'roomId'> : never) : never;

interface Waiting {
  readonly room: LoggedRoom;
  readonly event: NewEvent;
  readonly bytes: number;
  readonly since: number;
  readonly resolve: (outcome: AppendOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** What the database said of a batch. */
type Stored =
  | { readonly outcomes: readonly AppendOutcome[]; readonly reaches: ReadonlyMap<string, number> }
  | { readonly error: unknown };

export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #queue: Waiting[] = [];
  #underWay = 0;
  #bytes = 0;
  #state: 'idle' | 'committing' | 'closed' = 'idle';
  #committing: Promise<void> | undefined;
  #expiry: NodeJS.Timeout | undefined;
  /** Ends a rest once so many are queued. */
  #resting: { readonly until: number; readonly end: () => void } | undefined;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Events that wait or are being committed. */
  get length(): number {
    return this.#queue.length + this.#underWay;
  }

  /** Resolves once the event's fate is committed; rejects with a ChatError `unavailable`, or with the event's own failure. */
  append(room: LoggedRoom, change: LoggedEvent): Promise<AppendOutcome> {
    if (this.#state === 'closed')
      return Promise.reject(unavailable('The server is going away. Try again in a moment.'));
    const event = inRoom(room.id, change);
    const bytes = EVENT_OVERHEAD_BYTES + ('text' in event ? Buffer.byteLength(event.text) : 0);
    if (this.length >= MAX_QUEUED_EVENTS || this.#bytes + bytes > MAX_QUEUED_BYTES) {
      return Promise.reject(unavailable('The server is busy. Try again in a moment.'));
    }
    this.#bytes += bytes;
    return new Promise((resolve, reject) => {
      this.#queue.push({ room, event, bytes, since: performance.now(), resolve, reject });
      if (this.#resting !== undefined && this.#queue.length >= this.#resting.until) this.#resting.end();
      if (this.#state !== 'idle') return;
      this.#state = 'committing';
      this.#committing = this.#run();
    });
  }

  /** Commits what is queued and refuses what comes later. */
  async close(): Promise<void> {
    this.#state = 'closed';
    await this.#committing;
  }

  async #run(): Promise<void> {
    await this.#gather();
    this.#expiry = setInterval(() => this.#expire(), 1000);
    this.#expiry.unref();
    while (this.#queue.length > 0) {
      const batch = this.#takeBatch();
      const stored = await this.#store(batch);
      this.#underWay = 0;
      const start = performance.now();
      this.#settle(batch, stored);
      if (batch.length > 1) await this.#rest((performance.now() - start) * REST_SHARE, batch.length);
    }
    clearInterval(this.#expiry);
    if (this.#state === 'committing') this.#state = 'idle';
  }

  /**
   * What the same chunk of a socket holds joins the first batch, and so does what other sockets bring at the same time. A
   * lone message waits for the sockets that can be read now, and for nothing else.
   */
  async #gather(): Promise<void> {
    let turn = nextTurn();
    await Promise.resolve();
    let before = this.#queue.length;
    for (let turns = 0; turns < MAX_GATHERING_TURNS; turns++) {
      await turn;
      if (this.#queue.length === before || this.#queue.length >= MAX_BATCH_EVENTS) return;
      before = this.#queue.length;
      turn = nextTurn();
    }
  }

  /** For so long at most: until so many more are queued. */
  async #rest(milliseconds: number, more: number): Promise<void> {
    // Timers count in whole milliseconds: less is no rest.
    if (milliseconds < 0.5) return;
    await new Promise<void>((end) => {
      const timer = setTimeout(end, milliseconds);
      this.#resting = {
        until: this.#queue.length + more,
        end: () => {
          clearTimeout(timer);
          end();
        },
      };
    });
    this.#resting = undefined;
  }

  #takeBatch(): Waiting[] {
    const batch = this.#queue.splice(0, this.#nextBatchLength());
    this.#underWay = batch.length;
    return batch;
  }

  #nextBatchLength(): number {
    let bytes = 0;
    const end = this.#queue.findIndex((waiting, at) => {
      bytes += waiting.bytes;
      return at >= MAX_BATCH_EVENTS || (at > 0 && bytes > MAX_BATCH_BYTES);
    });
    return end === -1 ? this.#queue.length : end;
  }

  /** Never rejects. */
  async #store(batch: readonly Waiting[]): Promise<Stored> {
    const startedAt = performance.now();
    const reaches = new Map(batch.map(({ room: { id } }) => [id, this.#options.reachOf(id) ?? 0]));
    try {
      const outcomes = await this.#options.events.append(batch.map(({ event }) => event));
      this.#options.measured?.(batch.length, (performance.now() - startedAt) / 1000);
      return { outcomes, reaches };
    } catch (error) {
      return { error };
    }
  }

  /** Hands on what was stored, then tells the senders. */
  #settle(batch: readonly Waiting[], stored: Stored): void {
    for (const { bytes } of batch) this.#bytes -= bytes;
    if ('error' in stored) {
      this.#options.doubtful([...new Set(batch.map(({ event }) => event.roomId))]);
      const failure = this.#failure(stored.error);
      for (const waiting of batch) waiting.reject(failure);
      return;
    }
    const { outcomes, reaches } = stored;
    this.#noteRewound(outcomes, reaches);
    this.#publish(batch, outcomes);
    const doubtful = new Set<string>();
    batch.forEach((waiting, index) => {
      const outcome = outcomes[index];
      if (outcome === undefined) {
        waiting.reject(this.#failure(new Error('The store left an event without an outcome.')));
      } else if (outcome.status === 'failed') {
        const { error } = outcome;
        if (error instanceof StoreUnavailable && error.outcomeUnknown) doubtful.add(waiting.event.roomId);
        waiting.reject(this.#failure(error));
      } else {
        waiting.resolve(outcome);
      }
    });
    if (doubtful.size > 0) this.#options.doubtful([...doubtful]);
  }

  /** What an attempt before this one stored may well be known already. */
  #noteRewound(outcomes: readonly AppendOutcome[], reaches: ReadonlyMap<string, number>): void {
    const told = new Set<string>();
    for (const outcome of outcomes) {
      if (outcome.status !== 'appended' || outcome.found === true) continue;
      const { roomId, seq } = outcome.event;
      if (seq > (reaches.get(roomId) ?? 0) || told.has(roomId)) continue;
      told.add(roomId);
      this.#options.rewound(outcome.event);
    }
  }

  #publish(batch: readonly Waiting[], outcomes: readonly AppendOutcome[]): void {
    const rooms = new Map<string, { room: LoggedRoom; events: StoredEvent[] }>();
    batch.forEach(({ room }, index) => {
      const outcome = outcomes[index];
      if (outcome?.status !== 'appended') return;
      const known = rooms.get(room.id);
      if (known === undefined) rooms.set(room.id, { room, events: [outcome.event] });
      else known.events.push(outcome.event);
    });
    for (const { room, events } of rooms.values()) {
      try {
        for (const run of contiguousRuns(events)) this.#options.committed(room, run);
      } catch (error) {
        // The senders' events are stored whatever a reader does; readers find them in the log.
        this.#options.report(error, 'could not hand on committed events');
        this.#options.doubtful([room.id]);
      }
    }
  }

  #failure(error: unknown): ChatError {
    return failureOf(
      error,
      (bug) => this.#options.report(bug, 'could not store an event'),
      // Elsewhere a bug is `unavailable`, which clients try again. A message that can never be stored would be sent for ever,
      // and everything behind it would wait: its sender has to learn that it failed.
      (bug) => new ChatError('bad_request', 'The server could not store this.', { cause: bug }),
    );
  }

  #expire(): void {
    const oldest = performance.now() - MAX_WAIT_MS;
    const isLate = (waiting: Waiting): boolean => waiting.since < oldest;
    const late = this.#queue.filter(isLate);
    if (late.length === 0) return;
    this.#queue = this.#queue.filter((waiting) => !isLate(waiting));
    const failure = unavailable('The database does not answer. Try again in a moment.');
    for (const waiting of late) {
      this.#bytes -= waiting.bytes;
      waiting.reject(failure);
    }
  }
}

/** Messages, which nearly all are, get one shape: copies by `...` have many, and reading those takes twenty times as long. */
function inRoom(roomId: string, change: LoggedEvent): NewEvent {
  if (change.type !== 'message') return { ...change, roomId };
  const { type, sender, text, cid, replyTo } = change;
  return { type, roomId, sender, text, cid, replyTo };
}

/** By seq, cut where it jumps: an event that an earlier attempt stored may lie before another replica's. */
function contiguousRuns(events: StoredEvent[]): StoredEvent[][] {
  if (events.every(({ seq }, index) => index === 0 || seq === (events[index - 1]?.seq ?? 0) + 1)) return [events];
  const runs: StoredEvent[][] = [];
  let run: StoredEvent[] = [];
  let previous: number | undefined;
  for (const event of events.toSorted((a, b) => a.seq - b.seq)) {
    if (event.seq === previous) continue;
    if (run.length === 0 || event.seq !== (previous ?? 0) + 1) runs.push((run = []));
    run.push(event);
    previous = event.seq;
  }
  return runs;
}
