/**
 * Appends to rooms' logs and reads pages of them. Numbering, membership and effects are decided in the database, by
 * append_events (migrations/0001) and, for what nearly every batch is, the fast ways of new-messages: one statement, one
 * transaction, one round trip each. Here is what surrounds them:
 *
 *   a batch ──▶ the quick statement for one room ──▶ the function for all, when it holds new messages only ──ok──▶ outcomes
 *                 │ one is no new message of a member's after all, or can't be told to be: nothing was stored
 *                 ▼
 *               append_events ──ok──▶ outcomes
 *                 │ deadlock, serialization failure: again, a few times; then every event failed with StoreUnavailable
 *                 │ unknown outcome (the connection broke): again once connected, and once what was sent on that connection can't
 *                 │   be committed later; the cids tell what had been kept
 *                 │ database lost, full or too slow: every event failed with StoreUnavailable
 *                 │ somebody else keeps a room locked: each room alone, with a short timeout; the locked one's events failed
 *                 └ anything else: halved and each half appended, until the bad event is alone and fails alone
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Database, toRowId } from './database.ts';
import {
  type AppendOutcome,
  type EventColumns,
  type EventPage,
  type NewEvent,
  type StoredEvent,
  toStoredEvent,
} from './events.ts';
import { type PageRequest, readPage } from './event-pages.ts';
import { Batcher, type BatchedReads, coalesced } from './batcher.ts';
import { LockedRooms } from './locked-rooms.ts';
import { batchCall, byRoom, isPlain, type NewMessage, quickCall, type RoomBefore, settleNew } from './new-messages.ts';
import { isLockTimeout, isRetryable, QueryFailed, StoreUnavailable } from './store-errors.ts';

/** A message is stored already: what refuses it is the index of cids. */
const UNIQUE_VIOLATION = '23505';
const RETRIES = 5;
/** No new attempt after this long: who waits for an answer should hear something. */
const TIMEOUT_MS = 8000;
/** After an unknown outcome: the pauses before trying again. A database that restarts is often back by then. */
const RECONNECT_DELAYS_MS = [50, 200, 500, 1000];
/** How long an append waits for a room that was locked before, and how long one batch waits for all such rooms. */
const TRIAL_MS = 250;
const TRIALS_MS = 1000;

const APPEND = 'select * from append_events($1)';
/** The argument is evaluated before the function runs, and the setting ends with the transaction. */
const APPEND_ON_TRIAL = `select * from append_events(
  case when set_config('lock_timeout', '${TRIAL_MS}', true) is not null then $1::jsonb end)`;

interface OutcomeRow {
  n: number;
  status: Exclude<AppendOutcome['status'], 'failed'>;
  seq: number | null;
  at: Date | null;
  messages: number | null;
  /** The message that has the cid already. */
  original: { type: string; nick: string; text: string | null; reply: number | null } | null;
}

interface Pending {
  event: NewEvent;
  room: number;
  sender: number;
  cid: string;
  outcome: AppendOutcome | undefined;
}

type PendingMessage = Pending & { event: NewMessage };

export class EventLog {
  readonly #database: Database;
  readonly #newest: BatchedReads<EventPage>;
  readonly #locked = new LockedRooms();

  constructor(database: Database) {
    this.#database = database;
    this.#newest = new Batcher(coalesced((request) => readPage(this.#database, request)));
  }

  /**
   * Appends a batch for any number of rooms in one transaction, in the batch's order. Outcomes stand in the same order.
   * Never rejects: what could not be stored is `failed`, each event for itself. After a broken connection an event that
   * had been committed all the same is told as `appended`, and `found`, so that it is published: skip a seq you have seen.
   */
  async append(batch: readonly NewEvent[]): Promise<AppendOutcome[]> {
    const known = new Map<string, Pending>();
    const twins = new Set<number>();
    // The same cid twice in one batch: the second is what became of the first.
    const pendings = batch.map((event, index) => {
      const pending = toPending(event);
      const twin = noteFirst(known, pending);
      if (twin !== undefined) twins.add(index);
      return twin ?? pending;
    });
    await this.#store(pendings.filter((pending, index) => pending.outcome === undefined && !twins.has(index)));
    return pendings.map(({ outcome }, index): AppendOutcome => {
      if (outcome === undefined) return { status: 'failed', error: new Error('The database gave no outcome.') };
      if (outcome.status !== 'appended' || !twins.has(index)) return outcome;
      return { status: 'duplicate', seq: outcome.event.seq, at: outcome.event.at, event: outcome.event };
    });
  }

  /**
   * One page: the newest events, those before a seq, or those after one. Costs the same at either end of a long log. Others
   * may have the same page.
   */
  page(request: PageRequest): Promise<EventPage> {
    const isNewest = request.before === undefined && request.after === undefined;
    return isNewest ? this.#newest.ask(request) : readPage(this.#database, request);
  }

  /** Gives every event its outcome. */
  async #store(pendings: readonly Pending[]): Promise<void> {
    // Told apart before: what is found locked meanwhile has had its trial.
    const locked = new Set(pendings.filter(({ room }) => this.#locked.has(room)));
    await this.#storeAll(
      pendings.filter((pending) => !locked.has(pending)),
      false,
    );
    await this.#storeByRoom([...locked]);
  }

  async #storeAll(pendings: readonly Pending[], isOnTrial: boolean): Promise<void> {
    const [first] = pendings;
    if (first === undefined) return;
    const error = await this.#attempt(pendings, isOnTrial);
    if (error === undefined) {
      if (isOnTrial) this.#locked.foundFree(first.room);
    } else if (isLockTimeout(error) && !isOnTrial) {
      await this.#storeByRoom(pendings);
    } else if (error instanceof StoreUnavailable || pendings.length === 1) {
      if (isLockTimeout(error)) this.#locked.foundLocked(first.room);
      failAll(pendings, error);
    } else {
      const half = Math.ceil(pendings.length / 2);
      // One after the other: a room's events keep the batch's order.
      await this.#storeAll(pendings.slice(0, half), isOnTrial);
      await this.#storeAll(pendings.slice(half), isOnTrial);
    }
  }

  /** Each room alone and with a short timeout: one of them is locked, or was. */
  async #storeByRoom(pendings: readonly Pending[]): Promise<void> {
    const deadline = performance.now() + TRIALS_MS;
    for (const room of new Set(pendings.map((pending) => pending.room))) {
      const own = pendings.filter((pending) => pending.room === room);
      if (performance.now() > deadline) this.#locked.foundLocked(room);
      if (this.#locked.refuses(room)) failAll(own, new StoreUnavailable('Somebody else keeps the room locked.'));
      else await this.#storeAll(own, true);
    }
  }

  /** Appends all or nothing; returns why nothing was. On trial it does not wait long for a lock. */
  async #attempt(pendings: readonly Pending[], isOnTrial: boolean): Promise<Error | undefined> {
    let plain = !isOnTrial && pendings.every(isNewMessage) ? pendings : undefined;
    let json: string | undefined;
    const deadline = performance.now() + TIMEOUT_MS;
    let conflicts = 0;
    let breaks = 0;
    for (;;) {
      try {
        await this.#database.settle();
        if (plain !== undefined && (await this.#appendNew(plain))) return undefined;
        plain = undefined;
        json ??= toBatchJson(pendings);
        const rows = await this.#database.sql<OutcomeRow>(isOnTrial ? APPEND_ON_TRIAL : APPEND, [json]);
        settle(pendings, rows, breaks > 0);
        return undefined;
      } catch (error) {
        const pause = nextPause(error, conflicts, breaks);
        if (pause === undefined || performance.now() > deadline) return failureOf(error, breaks > 0);
        if (isRetryable(error)) conflicts += 1;
        else breaks += 1;
        // What an unknown attempt has kept is no new message.
        if (breaks > 0) plain = undefined;
        await delay(pause);
      }
    }
  }

  /** Appends messages that are all new; false when one is not, and then nothing is stored. */
  async #appendNew(pendings: readonly PendingMessage[]): Promise<boolean> {
    const rooms = byRoom(pendings);
    try {
      for (const toCall of [quickCall, batchCall]) {
        const call = toCall(rooms);
        if (call === undefined) continue;
        const { values, ...statement } = call;
        const answer = await this.#database.sql<RoomBefore>(statement, [...values]);
        settleNew(rooms, answer, (pending, outcome) => (pending.outcome = outcome));
        if (answer.length > 0) return true;
      }
      return false;
    } catch (error) {
      if (error instanceof QueryFailed && error.code === UNIQUE_VIOLATION) return false;
      throw error;
    }
  }
}

const isNewMessage = (pending: Pending): pending is PendingMessage =>
  pending.event.type === 'message' && isPlain(pending.event);

function failAll(pendings: readonly Pending[], error: Error): void {
  for (const pending of pendings) pending.outcome = { status: 'failed', error };
}

/** Notes the pending under its cid, room and sender; returns the one that was there before. */
function noteFirst(known: Map<string, Pending>, pending: Pending): Pending | undefined {
  const { cid, room, sender } = pending;
  // Clients make cids at random: the cid alone tells nearly all apart, and costs no new string.
  for (const key of [cid, `${cid} ${room} ${sender}`]) {
    const before = known.get(key);
    if (before === undefined) {
      known.set(key, pending);
      return undefined;
    }
    if (before.room === room && before.sender === sender) return before;
  }
  return undefined;
}

/** How long to wait before the same batch is tried again, or undefined when it should not be. */
function nextPause(error: unknown, conflicts: number, breaks: number): number | undefined {
  if (isRetryable(error)) return conflicts < RETRIES ? Math.random() * 10 * 2 ** conflicts : undefined;
  // Once an outcome is unknown, a refused connection keeps it unknown.
  if (error instanceof StoreUnavailable && (error.outcomeUnknown || breaks > 0)) return RECONNECT_DELAYS_MS[breaks];
  return undefined;
}

/** What was broken off once may have been kept, whatever has failed since. Conflicts pass, so the events are not to blame. */
function failureOf(error: unknown, isUnknown: boolean): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const isConflict = isRetryable(error);
  if (!isConflict && !(isUnknown && error instanceof StoreUnavailable)) return error;
  const lost = error instanceof StoreUnavailable && error.lost;
  return new StoreUnavailable(error.message, { cause: error, outcomeUnknown: isUnknown, lost });
}

function toPending(event: NewEvent): Pending {
  const room = toRowId(event.roomId);
  const sender = toRowId(event.sender.id);
  // An event without a cid gets one, so that trying again after a broken connection finds what was kept.
  const cid = event.type === 'message' ? event.cid : randomUUID();
  const outcome: AppendOutcome | undefined =
    room === undefined ? { status: 'room_not_found' } : sender === undefined ? { status: 'not_a_member' } : undefined;
  return { event, room: room ?? 0, sender: sender ?? 0, cid, outcome };
}

function toBatchJson(pendings: readonly Pending[]): string {
  return JSON.stringify(
    pendings.map(({ event, room, sender, cid }, n) => ({
      n,
      room,
      sender,
      nick: event.sender.nick,
      cid,
      // A message has no type here: it is what nearly every event is.
      ...(event.type === 'message'
        ? { text: event.text, reply: event.replyTo }
        : { type: event.type, ...columnsOf(event) }),
    })),
  );
}

/** Reads the outcomes; `again` when an earlier attempt may have stored what is now found as a duplicate. */
function settle(pendings: readonly Pending[], rows: readonly OutcomeRow[], again: boolean): void {
  for (const row of rows) {
    const pending = pendings[row.n];
    if (pending === undefined) continue;
    pending.outcome = toOutcome(pending, row, again);
  }
}

function toOutcome({ event, cid }: Pending, row: OutcomeRow, again: boolean): AppendOutcome {
  const { status, seq, at, messages, original } = row;
  if (status !== 'appended' && status !== 'duplicate') return { status };
  if (seq === null || at === null || messages === null) throw new Error(`append_events gave ${status} without a seq.`);
  const place = { seq, at, messages, cid };
  // A change's cid is its own: what is stored under it is this very change.
  const isThis = status === 'appended' || event.type !== 'message' || original === null;
  const stored = isThis ? toAppended(event, place) : toOriginal(event, place, original);
  if (status === 'appended') return { status, event: stored };
  return again ? { status: 'appended', event: stored, found: true } : { status: 'duplicate', seq, at, event: stored };
}

type Place = Pick<EventColumns, 'seq' | 'at' | 'messages' | 'cid'>;

const toOriginal = (event: NewEvent, place: Place, original: NonNullable<OutcomeRow['original']>): StoredEvent =>
  toStoredEvent(event.roomId, {
    ...NOTHING_BESIDES,
    ...place,
    type: original.type,
    senderId: event.sender.id,
    nick: original.nick,
    text: original.text,
    replyTo: original.reply,
  });

function toAppended(event: NewEvent, place: Place): StoredEvent {
  const columns = {
    ...NOTHING_BESIDES,
    ...place,
    type: event.type,
    senderId: event.sender.id,
    nick: event.sender.nick,
  };
  return toStoredEvent(event.roomId, { ...columns, ...columnsOf(event) });
}

/** The columns that not every event has. */
const NOTHING_BESIDES = { text: null, replyTo: null, target: null, editedAt: null };

function columnsOf(event: NewEvent): Partial<Pick<EventColumns, 'text' | 'replyTo' | 'target'>> {
  switch (event.type) {
    case 'message':
      return { text: event.text, replyTo: event.replyTo ?? null };
    case 'topic.changed':
      return { text: event.topic };
    case 'message.edited':
      return { target: event.target, text: event.text };
    case 'message.deleted':
      return { target: event.target };
    default:
      return {};
  }
}
