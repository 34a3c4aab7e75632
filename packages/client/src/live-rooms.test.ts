import { ChatError, type RoomEvent, type RoomJoined } from '@parley/protocol';
import { beforeEach, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { FakeClock, fuzzRuns, pollFor } from '@parley/testkit';
import { message, room } from '../test/chat-fixtures.ts';
import { type Gap, LiveRooms } from './live-rooms.ts';

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const joined = (seqs: readonly number[], lastSeq = seqs.at(-1) ?? 0): RoomJoined => ({
  type: 'room.joined',
  room: room('dev', { lastSeq }),
  members: [],
  total: 0,
  events: seqs.map((seq) => message(seq)),
  more: false,
});

let clock: FakeClock;
let seen: number[];
let gaps: Gap[];
let asked: number[];
let gone: string[];
let fetchAfter: (room: string, after: number) => Promise<{ events: readonly RoomEvent[] }>;
let rooms: LiveRooms;

/** A server whose log ends at `lastSeq`, a page at a time. */
const serverWith =
  (lastSeq: number, page = 200) =>
  async (_room: string, after: number) => ({
    events: range(after + 1, Math.min(lastSeq, after + page)).map((seq) => message(seq)),
  });

beforeEach(() => {
  clock = new FakeClock();
  [seen, gaps, asked, gone] = [[], [], [], []];
  fetchAfter = serverWith(0);
  rooms = new LiveRooms({
    clock,
    fetchAfter: (room, after) => {
      asked.push(after);
      return fetchAfter(room, after);
    },
    deliver: (events) => seen.push(...events.map(({ seq }) => seq)),
    gap: (gap) => gaps.push(gap),
    unreadable: (room) => gone.push(room),
  });
});

test('takes up a joined room after its snapshot', () => {
  rooms.open(joined([4, 5, 6]));
  rooms.accept('dev', [message(7)]);
  expect(seen).toEqual([7]);
  expect(rooms.cursors()).toEqual({ dev: 7 });
});

test.each([0, 1])('takes up an empty room at its first event, also where its row tells of %i', (lastSeq) => {
  rooms.open(joined([], lastSeq));
  rooms.accept('dev', [message(1)]);
  expect(seen).toEqual([1]);
});

test('gives a snapshot on when the room is followed since a seq', () => {
  rooms.open(joined([4, 5]), 3);
  expect(seen).toEqual([4, 5]);
});

test('gives on what a second join adds to a live room, once', () => {
  rooms.open(joined([1, 2]));
  rooms.open(joined([1, 2, 3]));
  expect(seen).toEqual([3]);
});

test('drops duplicates and events of rooms that are not live', () => {
  rooms.open(joined([1, 2]));
  for (const seq of [1, 2, 3, 3, 2]) rooms.accept('dev', [message(seq)]);
  rooms.accept('other', [message(1, { room: 'other' })]);
  expect(seen).toEqual([3]);
});

test('holds what comes after a hole and asks for what is missing', async () => {
  rooms.open(joined([1]));
  fetchAfter = serverWith(5);
  rooms.accept('dev', [message(4)]);
  rooms.accept('dev', [message(5)]);
  expect(seen).toEqual([]);
  await pollFor(() => seen, [2, 3, 4, 5]);
  expect(asked).toEqual([1]);
  expect(gaps).toEqual([
    { room: 'dev', from: 2, to: 3, state: 'filling' },
    { room: 'dev', from: 2, to: 5, state: 'filled' },
  ]);
});

test('pages through a hole larger than what it holds, and skips nothing', async () => {
  rooms.open(joined([1]));
  fetchAfter = serverWith(5000);
  for (const seq of range(2500, 5000)) rooms.accept('dev', [message(seq)]);
  await pollFor(() => seen.length, 4999);
  expect(seen).toEqual(range(2, 5000));
});

test('tries again when the server has no time for the question', async () => {
  rooms.open(joined([1]));
  let refusals = 2;
  fetchAfter = async (room, after) => {
    if (refusals > 0) {
      refusals -= 1;
      throw new ChatError('rate_limited', 'Slowly.', { retryAfterMs: 700 });
    }
    return serverWith(3)(room, after);
  };
  rooms.accept('dev', [message(3)]);
  await pollFor(() => clock.timers, 1);
  clock.advance(700);
  await pollFor(() => asked.length + clock.timers, 3);
  clock.advance(700);
  await pollFor(() => seen, [2, 3]);
});

test('reports a room that can no longer be read', async () => {
  rooms.open(joined([1]));
  fetchAfter = () => Promise.reject(new ChatError('not_a_member', 'You were removed.'));
  rooms.accept('dev', [message(3)]);
  await pollFor(() => gone, ['dev']);
  expect(rooms.cursors()).toEqual({});
});

test('says what is lost when the server itself has nothing there, and goes on', async () => {
  rooms.open(joined([1]));
  fetchAfter = async () => ({ events: [] });
  rooms.accept('dev', [message(4)]);
  for (const pause of [1, 2]) {
    await pollFor(() => asked.length === pause && clock.timers === 1, true);
    clock.advance(1000);
  }
  await pollFor(() => seen, [4]);
  expect(gaps.map(({ state }) => state)).toEqual(['filling', 'lost', 'filled']);
  rooms.accept('dev', [message(5)]);
  expect(seen).toEqual([4, 5]);
});

test('forgets a hole with its connection: the next one resumes from the cursor', async () => {
  rooms.open(joined([1]));
  let answer: (page: { events: RoomEvent[] }) => void = () => {};
  fetchAfter = () => new Promise((resolve) => (answer = resolve));
  rooms.accept('dev', [message(4)]);
  rooms.suspend();
  expect(rooms.cursors()).toEqual({ dev: 1 });
  answer({ events: range(2, 4).map((seq) => message(seq)) });
  for (const seq of [2, 3, 4, 5]) rooms.accept('dev', [message(seq)]);
  await pollFor(() => seen, [2, 3, 4, 5]);
  expect(asked).toEqual([1]);
});

test('gives on nothing more once a listener has closed the room', async () => {
  fetchAfter = serverWith(9, 2);
  const closing = new LiveRooms({
    clock,
    fetchAfter: (room, after) => {
      asked.push(after);
      return fetchAfter(room, after);
    },
    deliver: (events) => {
      seen.push(...events.map(({ seq }) => seq));
      if (seen.includes(4)) closing.close('dev');
    },
    gap: () => {},
    unreadable: () => {},
  });
  closing.open(joined([1]), 0);
  closing.accept('dev', [message(8), message(9)]);
  await pollFor(() => seen, [1, 2, 3, 4, 5]);
  closing.accept('dev', [message(6)]);
  await Promise.resolve();
  expect(seen).toEqual([1, 2, 3, 4, 5]);
  expect(asked).toEqual([1, 3]);
});

test('gives on together what comes together', () => {
  const batches: number[][] = [];
  const live = new LiveRooms({
    clock,
    fetchAfter,
    deliver: (events) => batches.push(events.map(({ seq }) => seq)),
    gap: () => {},
    unreadable: () => {},
  });
  live.open(joined([1, 2]), 0);
  live.accept('dev', [message(2), message(3), message(4)]);
  expect(batches).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test('gives on every event once and in order, however they arrive', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 80, size: 'max' }), async (arrivals) => {
      const received: number[] = [];
      const live = new LiveRooms({
        clock,
        fetchAfter: serverWith(40, 3),
        deliver: (events) => received.push(...events.map(({ seq }) => seq)),
        gap: () => {},
        unreadable: () => {},
      });
      live.open(joined([], 0));
      for (const seq of arrivals) {
        live.accept('dev', [message(seq)]);
        if (seq % 7 === 0) await Promise.resolve();
        if (seq % 11 === 0) live.suspend();
      }
      live.suspend();
      live.accept('dev', [message(40)]);
      await pollFor(() => received.length, 40, { intervalMs: 1 });
      expect(received).toEqual(range(1, 40));
    }),
    { numRuns: fuzzRuns(200, 10) },
  );
});
