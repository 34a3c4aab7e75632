/** Whatever a log and its readers go through, each reader is given each event once, in order, as the log holds it. */
import { setImmediate as turn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { EventLog, StoredEvent } from '@parley/store';
import { fuzzRuns, pollFor } from '@parley/testkit';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { EventBatch } from './event-batch.ts';
import type { FeedSink, Subscription } from './room-feed.ts';
import { RoomFeeds } from './room-feeds.ts';

const ROOM = { id: '1', slug: 'dev' };

async function turns(count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) await turn();
}

/** A log that grows, and goes back: the events that it has after that are others under the same seqs. */
class Log {
  readonly events: StoredEvent[] = [];
  #age = 0;

  get last(): number {
    return this.events.length;
  }

  grow(count: number, leaver?: string): readonly StoredEvent[] {
    const added = Array.from({ length: count }, (_, at): StoredEvent => ({
      type: leaver === undefined ? 'member.joined' : 'member.left',
      roomId: ROOM.id,
      seq: this.last + at + 1,
      at: new Date(this.#age),
      from: { id: leaver ?? 'nobody', nick: 'ada' },
      messages: 0,
    }));
    this.events.push(...added);
    return added;
  }

  goBack(last: number): void {
    this.#age += 1;
    this.events.length = last;
  }

  /** What the log holds when the answer comes: whoever asked before it went back was answered by nobody. */
  async page({ after = 0, limit }: Parameters<EventLog['page']>[0]): ReturnType<EventLog['page']> {
    await turns(2);
    const events = this.events.slice(after, after + limit);
    return { events, more: after + events.length < this.last };
  }
}

/** Checks what it is given against the log. */
class Reader implements FeedSink {
  readonly userId: string;
  readonly source: string;
  readonly #log: Log;
  readonly #problems: unknown[];
  /** Turns of the event loop that it needs for what it is given; live, it takes nothing unless it needs none. */
  readonly #pace: number;
  subscription: Subscription | undefined;
  position: number;
  /** The last event that is for it. */
  endsAt = Infinity;
  hasEnded = false;
  isRewound = false;

  constructor(log: Log, problems: unknown[], name: number, begin: number, pace: number) {
    this.#log = log;
    this.#problems = problems;
    this.userId = String(name);
    this.source = `192.0.2.${name % 3}`;
    this.position = begin;
    this.#pace = pace;
  }

  get isOver(): boolean {
    return this.hasEnded || this.isRewound;
  }

  live(batch: EventBatch): boolean {
    if (this.#pace === 0) this.#take(batch);
    return this.#pace === 0;
  }

  ready(): Promise<void> {
    return turns(this.#pace);
  }

  inTurn(job: () => Promise<void>): Promise<void> {
    return job();
  }

  async page(batch: EventBatch, written: (seq: number) => void): Promise<void> {
    this.#take(batch);
    written(batch.last);
    await turns(this.#pace);
  }

  #take(batch: EventBatch): void {
    const isInPlace = batch.first === this.position + 1 && batch.last <= Math.min(this.endsAt, this.#log.last);
    const isAsInLog = (): boolean => {
      const { json } = EventBatch.of(ROOM.slug, this.#log.events.slice(this.position, batch.last));
      return isDeepStrictEqual(batch.json, json);
    };
    if (this.isOver || !isInPlace || !isAsInLog()) {
      this.#problems.push(`${this.userId} was given ${batch.first} to ${batch.last} after ${this.position}`);
    }
    this.position = batch.last;
  }

  hint(): void {}
  ended(): void {
    this.hasEnded = true;
  }
  rewound(): void {
    this.isRewound = true;
  }
}

type Step =
  | { readonly kind: 'enter'; readonly from: number; readonly pace: number }
  | { readonly kind: 'grow'; readonly by: number; readonly isTold: boolean }
  | { readonly kind: 'leave'; readonly who: number; readonly isTold: boolean }
  | { readonly kind: 'go away'; readonly who: number }
  | { readonly kind: 'go back'; readonly to: number }
  | { readonly kind: 'wait'; readonly turns: number };

/** A part of a whole, in thousandths. */
const part = fc.integer({ min: 0, max: 1000 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('enter'), from: part, pace: fc.integer({ min: 0, max: 4 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('grow'), by: fc.integer({ min: 1, max: 700 }), isTold: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave'), who: part, isTold: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('go away'), who: part }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('go back'), to: part }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('wait'), turns: fc.integer({ min: 1, max: 20 }) }) },
);

async function run(steps: readonly Step[]): Promise<void> {
  const log = new Log();
  const problems: unknown[] = [];
  const feeds = new RoomFeeds({
    log,
    report: (error) => problems.push(error),
    readersLeft: async (roomId, leavers) => {
      await turn();
      for (const [userId, seq] of leavers) feeds.endAt(roomId, userId, seq);
    },
  });
  const all: Reader[] = [];
  let inside: Reader[] = [];
  const tell = (events: readonly StoredEvent[], isTold: boolean): void => {
    if (isTold) feeds.publish(ROOM.id, EventBatch.of(ROOM.slug, events));
    else feeds.noteHead({ roomId: ROOM.id, lastSeq: log.last });
  };
  for (const each of steps) {
    inside = inside.filter(({ isOver, endsAt }) => !isOver && endsAt === Infinity);
    switch (each.kind) {
      case 'enter': {
        const begin = Math.round((log.last * each.from) / 1000);
        const reader = new Reader(log, problems, all.length, begin, each.pace);
        reader.subscription = feeds.subscribe(ROOM, reader);
        reader.subscription.seenInside(log.last);
        reader.subscription.catchUp(begin);
        all.push(reader);
        inside.push(reader);
        break;
      }
      case 'grow':
        tell(log.grow(each.by), each.isTold);
        break;
      case 'leave': {
        const leaver = inside[Math.floor((each.who / 1001) * inside.length)];
        if (leaver === undefined) break;
        const events = log.grow(1, leaver.userId);
        leaver.endsAt = log.last;
        tell(events, each.isTold);
        if (each.isTold) feeds.endAt(ROOM.id, leaver.userId, leaver.endsAt);
        break;
      }
      case 'go away': {
        const reader = inside[Math.floor((each.who / 1001) * inside.length)];
        reader?.subscription?.end();
        if (reader !== undefined) reader.hasEnded = true;
        break;
      }
      case 'go back':
        log.goBack(Math.round((log.last * each.to) / 1000));
        // As the comparison of heads finds it.
        if ((feeds.reachOf(ROOM.id) ?? 0) > log.last) feeds.rewind(ROOM.id);
        break;
      case 'wait':
        await turns(each.turns);
    }
  }
  const isDone = ({ isOver, isRewound, hasEnded, endsAt, position }: Reader): boolean =>
    isRewound || (endsAt < Infinity ? hasEnded && position === endsAt : isOver || position === log.last);
  await pollFor(() => problems.length > 0 || all.every(isDone), true, { intervalMs: 1, timeoutMs: 5000 });
  expect(problems).toEqual([]);
  feeds.close();
}

it('reaches every reader once, in order, without a gap, as the log holds it', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), run), { numRuns: fuzzRuns(200, 20) });
});
