import { setImmediate as turn } from 'node:timers/promises';
import { MAX_PAGE_EVENTS } from '@parley/protocol';
import type { EventLog, StoredEvent } from '@parley/store';
import { pollFor } from '@parley/testkit';
import { expect, it } from 'vitest';
import { FeedReader } from '../../test/feed-reader.ts';
import { EventBatch } from './event-batch.ts';
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

/** A log of every room, each read of which waits to be answered. */
class HeldLog extends Log {
  readonly #held: { readonly roomId: string; readonly answer: () => void }[] = [];

  override async page(request: Parameters<EventLog['page']>[0]): ReturnType<EventLog['page']> {
    const page = super.page(request);
    await new Promise<void>((answer) => this.#held.push({ roomId: request.roomId, answer }));
    return page;
  }

  /** The rooms of the reads that wait. */
  get waiting(): string[] {
    return this.#held.map(({ roomId }) => roomId);
  }

  answer(room: string | undefined): void {
    const at = this.#held.findIndex(({ roomId }) => roomId === room);
    for (const { answer } of at === -1 ? [] : this.#held.splice(at, 1)) answer();
  }

  answerAll(): void {
    for (const { answer } of this.#held.splice(0)) answer();
  }
}

function feedsOf(log: Log, readersLeft?: (roomId: string, leavers: ReadonlyMap<string, number>) => Promise<void>) {
  const failed = (error: unknown): never => {
    throw error;
  };
  return new RoomFeeds({ log, report: failed, ...(readersLeft === undefined ? {} : { readersLeft }) });
}

/** Lets a reader catch up from `seq`, and answers what it has seen. */
async function catchUp(feeds: RoomFeeds, seq: number, reader = new FeedReader()): Promise<number[]> {
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

/** The next event of the log: its first message has another text. */
function edit(log: Log): EventBatch {
  log.last += 1;
  const from = { id: '7', nick: 'ada' };
  return EventBatch.of(ROOM.slug, [
    { type: 'message.edited', roomId: '1', seq: log.last, at: new Date(0), from, messages: 0, target: 1, text: 'x' },
  ]);
}

/** The next event of the log, a message. */
function said(log: Log): EventBatch {
  log.last += 1;
  const from = { id: '7', nick: 'ada' };
  return EventBatch.of(ROOM.slug, [
    { type: 'message', roomId: '1', seq: log.last, at: new Date(0), from, messages: 0, text: 'x', cid: 'c' },
  ]);
}

it('gives nobody a page from before a message of the room was changed, here or on another replica', async () => {
  const log = new Log(4 * MAX_PAGE_EVENTS - 10);
  const feeds = feedsOf(log);
  const readsOf = async (change: () => void): Promise<number> => {
    await catchUp(feeds, 0);
    change();
    const before = log.reads;
    await catchUp(feeds, 0);
    return log.reads - before;
  };
  expect(await readsOf(() => {})).toBe(1);
  expect(await readsOf(() => feeds.publish(ROOM.id, edit(log)))).toBe(4);
  expect(await readsOf(() => {})).toBe(1);
  const received = (): EventBatch => {
    const { room, first, json, messages } = edit(log);
    return EventBatch.received(room, first, json, messages);
  };
  expect(await readsOf(() => feeds.publish(ROOM.id, received()))).toBe(4);
  // Nobody was told what it was; those who were live read it, too.
  expect(await readsOf(() => feeds.noteHead({ roomId: ROOM.id, lastSeq: (log.last += 1) }))).toBe(5);
  // Nor here, and what came after it was told.
  const lost = (): void => {
    edit(log);
    feeds.publish(ROOM.id, said(log));
    feeds.noteHead({ roomId: ROOM.id, lastSeq: log.last });
  };
  expect(await readsOf(lost)).toBe(5);
  feeds.close();
});

it('keeps no page that was being read when a message was changed, and shares it with nobody from then on', async () => {
  const log = new HeldLog(3 * MAX_PAGE_EVENTS);
  const feeds = feedsOf(log);
  const readers = [1, 2, 3].map(() => new FeedReader());
  const [first, second, third] = readers.map((reader) => feeds.subscribe(ROOM, reader));
  first?.catchUp(0);
  await turn();
  feeds.publish(ROOM.id, edit(log));
  second?.catchUp(0);
  await pollFor(() => log.reads, 2);
  log.answer(ROOM.id);
  // Each goes on with a page that both share.
  await pollFor(() => log.reads, 3);
  third?.catchUp(0);
  await turn();
  expect(log.reads).toBe(3);
  await pollFor(() => {
    log.answer(ROOM.id);
    return readers.every(({ isCaughtUp }) => isCaughtUp);
  }, true);
  for (const { seen } of readers) expect(seen).toEqual(range(1, log.last));
  feeds.close();
});

it('tells whether readers were told that a message is another now', () => {
  const log = new Log(10);
  const feeds = feedsOf(log);
  expect(feeds.wasChanged(ROOM.id, feeds.markOf(ROOM.id), 1, 10)).toBe(false);
  const before = feeds.markOf(ROOM.id);
  feeds.subscribe(ROOM, new FeedReader()).goLive(10);
  feeds.publish(ROOM.id, said(log));
  const mark = feeds.markOf(ROOM.id);
  feeds.publish(ROOM.id, said(log));
  expect(feeds.wasChanged(ROOM.id, mark, 1, 10)).toBe(false);
  feeds.publish(ROOM.id, edit(log));
  // Nobody read the room then.
  expect(feeds.wasChanged(ROOM.id, before, 1, 10)).toBe(false);
  expect(feeds.wasChanged(ROOM.id, mark, 1, 10)).toBe(true);
  expect(feeds.wasChanged(ROOM.id, mark, 2, 10)).toBe(false);
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
  await catchUp(feeds, 0, new FeedReader('ada'));
  expect(left).toEqual(['1: ada,5']);
  feeds.close();
});

it('shares one read among readers at the same place, wherever they are, in the turn of the first of them', async () => {
  const log = new HeldLog(3);
  const feeds = feedsOf(log);
  // So many that one of the shared ones waits behind others of its address.
  const busy = Array.from({ length: 9 }, () => new FeedReader('7', '192.0.2.1'));
  for (const [at, reader] of busy.entries()) feeds.subscribe({ id: `${at + 2}`, slug: `${at}` }, reader).catchUp(0);
  const readers = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((source) => new FeedReader('7', source));
  for (const reader of readers) feeds.subscribe(ROOM, reader).catchUp(0);
  await turn();
  log.answer('2');
  log.answer('3');
  await pollFor(() => log.waiting.includes(ROOM.id), true);
  log.answer(ROOM.id);
  await pollFor(() => readers.every(({ isCaughtUp }) => isCaughtUp), true);
  expect(readers.map(({ seen }) => seen)).toEqual(readers.map(() => [1, 2, 3]));
  while (log.waiting.length > 0) {
    log.answer(log.waiting[0]);
    await turn();
  }
  expect(busy.every(({ isCaughtUp }) => isCaughtUp)).toBe(true);
  // Each room once: the turns that came too late for ROOM have read nothing.
  expect(log.reads).toBe(10);
  feeds.close();
});

it('lets those who catch up take turns by their addresses', async () => {
  const log = new HeldLog(3);
  const feeds = feedsOf(log);
  const catchUpWith = (id: string, source: string): void => {
    feeds.subscribe({ id, slug: id }, new FeedReader('7', source)).catchUp(0);
  };
  for (let room = 1; room <= 100; room += 1) catchUpWith(`many-${room}`, '192.0.2.1');
  catchUpWith('one', '192.0.2.2');
  await turn();
  expect(log.waiting).toEqual(['many-1', 'many-2', 'many-3', 'many-4']);
  log.answer('many-1');
  log.answer('many-2');
  await turn();
  expect(log.waiting).toEqual(['many-3', 'many-4', 'many-5', 'one']);
  feeds.close();
  log.answerAll();
});

it('leaves others their turns of the event loop while it hands on what is kept', async () => {
  const feeds = feedsOf(new Log(10 * MAX_PAGE_EVENTS));
  await catchUp(feeds, 0);
  let turns = 0;
  const reader = new FeedReader();
  const pagesIn: number[] = [];
  const take = reader.page.bind(reader);
  reader.page = (batch, written) => {
    pagesIn.push(turns);
    return take(batch, written);
  };
  feeds.subscribe(ROOM, reader).catchUp(0);
  for (; !reader.isCaughtUp; turns += 1) await turn();
  // The last page comes from the log.
  expect(pagesIn).toHaveLength(10);
  expect(new Set(pagesIn.slice(0, -1)).size).toBe(9);
  feeds.close();
});

it('knows that the log has reached as far as was read, though the reader be gone, and keeps nothing of a feed that has ended', async () => {
  const log = new HeldLog(3 * MAX_PAGE_EVENTS);
  const feeds = feedsOf(log);
  const gone = feeds.subscribe(ROOM, new FeedReader());
  const slow = feeds.subscribe(ROOM, new FeedReader());
  gone.catchUp(MAX_PAGE_EVENTS);
  await turn();
  gone.end();
  log.answer(ROOM.id);
  await pollFor(() => feeds.reachOf(ROOM.id), 2 * MAX_PAGE_EVENTS);
  slow.catchUp(0);
  await turn();
  slow.end();
  expect(feeds.size).toBe(0);
  log.answer(ROOM.id);
  await turn();
  const reader = new FeedReader();
  feeds.subscribe(ROOM, reader).catchUp(0);
  await turn();
  expect(log.waiting).toEqual([ROOM.id]);
  feeds.close();
  log.answerAll();
});
