import { MAX_PAGE_EVENTS } from '@parley/protocol';
import type { EventLog, StoredEvent } from '@parley/store';
import { pollFor } from '@parley/testkit';
import { expect, it } from 'vitest';
import type { EventBatch } from './event-batch.ts';
import type { FeedSink } from './room-feed.ts';
import { RoomFeeds } from './room-feeds.ts';

const ROOM = { id: '1', slug: 'dev' };

/** A log of so many events; who leaves with one of them is named by its seq. */
class Log {
  readonly leavers = new Map<number, string>();
  reads = 0;
  last: number;
  constructor(last: number) {
    this.last = last;
  }

  page({ after = 0, limit }: Parameters<EventLog['page']>[0]): ReturnType<EventLog['page']> {
    this.reads += 1;
    const length = Math.min(limit, this.last - after);
    const events = Array.from({ length }, (_, at) => this.#event(after + 1 + at));
    return Promise.resolve({ events, more: after + length < this.last });
  }

  #event(seq: number): StoredEvent {
    const leaver = this.leavers.get(seq);
    const from = { id: leaver ?? '7', nick: 'ada' };
    return {
      type: leaver === undefined ? 'member.joined' : 'member.left',
      roomId: '1',
      seq,
      at: new Date(0),
      from,
      messages: 0,
    };
  }
}

/** Takes each page at once. */
class Reader implements FeedSink {
  readonly userId: string;
  readonly seen: number[] = [];
  isCaughtUp = false;
  constructor(userId = '7') {
    this.userId = userId;
  }
  live = (): boolean => false;
  ready = (): Promise<void> => Promise.resolve();
  inTurn = (job: () => Promise<void>): Promise<void> => job();
  async page({ events }: EventBatch, written: (seq: number) => void): Promise<void> {
    this.seen.push(...events.map(({ seq }) => seq));
    written(this.seen.at(-1) ?? 0);
  }
  caughtUp(): void {
    this.isCaughtUp = true;
  }
  hint(): void {}
  ended(): void {}
  rewound(): void {}
}

function feedsOf(log: Log, readersLeft?: (roomId: string, leavers: ReadonlyMap<string, number>) => Promise<void>) {
  const failed = (error: unknown): never => {
    throw error;
  };
  return new RoomFeeds({ log, report: failed, ...(readersLeft === undefined ? {} : { readersLeft }) });
}

/** Lets a reader catch up from `seq`, and answers what it has seen. */
async function catchUp(feeds: RoomFeeds, seq: number, reader = new Reader()): Promise<number[]> {
  feeds.subscribe(ROOM, reader).catchUp(seq);
  await pollFor(() => reader.isCaughtUp, true);
  return reader.seen;
}

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);

it('gives those who catch up one after the other the same pages, wherever they begin', async () => {
  const log = new Log(10 * MAX_PAGE_EVENTS + 50);
  const feeds = feedsOf(log);
  expect(await catchUp(feeds, 0)).toEqual(range(1, log.last));
  expect(log.reads).toBe(11);
  // The last page may have grown: it is read anew, and no other.
  for (const [at, from] of [0, 1, 123, 200, 1999, 2000].entries()) {
    expect(await catchUp(feeds, from)).toEqual(range(from + 1, log.last));
    expect(log.reads).toBe(12 + at);
  }
  log.last += 3 * MAX_PAGE_EVENTS;
  expect(await catchUp(feeds, 700)).toEqual(range(701, log.last));
  feeds.close();
});

it('keeps few pages, and none of a room that nobody reads any more, whose log may have gone back', async () => {
  const log = new Log(40 * MAX_PAGE_EVENTS);
  const feeds = feedsOf(log);
  await catchUp(feeds, 0);
  await catchUp(feeds, 0);
  expect(log.reads).toBe(80);
  await catchUp(feeds, 39 * MAX_PAGE_EVENTS - 1);
  expect(log.reads).toBe(81);
  feeds.rewind(ROOM.id);
  await catchUp(feeds, 38 * MAX_PAGE_EVENTS);
  expect(log.reads).toBe(83);
  feeds.close();
});

it('has it looked into who of its readers has left by a page, also when the page was read for others', async () => {
  const log = new Log(3 * MAX_PAGE_EVENTS);
  log.leavers.set(5, 'ada').set(7, 'eve');
  const left: string[] = [];
  const feeds = feedsOf(log, async (roomId, leavers) => {
    left.push(`${roomId}: ${[...leavers].join(' ')}`);
  });
  await catchUp(feeds, 0);
  expect(left).toEqual([]);
  await catchUp(feeds, 0, new Reader('ada'));
  expect(left).toEqual(['1: ada,5']);
  feeds.close();
});
