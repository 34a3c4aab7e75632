import { ChatError, MAX_CLIENT_FRAME_BYTES, MAX_RESUME_ROOMS, utf8Bytes } from '@parley/protocol';
import { beforeEach, expect, test } from 'vitest';
import { RoomResumption } from './room-resumption.ts';

let cursors: Map<string, number>;
/** Where the logs of the rooms that the server names end. */
let lastSeqs: Map<string, number>;
let joins: { room: string; since?: number }[];
let failures: ChatError[];
let refusal: ChatError | undefined;
let resumption: RoomResumption;

beforeEach(() => {
  [cursors, lastSeqs, joins, failures, refusal] = [new Map(), new Map(), [], [], undefined];
  resumption = new RoomResumption({
    live: {
      cursor: (room) => cursors.get(room),
      cursors: () => Object.fromEntries(cursors),
      isReset: (room, lastSeq) => lastSeq < (cursors.get(room) ?? 0),
      close: (room) => void cursors.delete(room),
    },
    lastSeq: (room) => lastSeqs.get(room),
    join: async (room, options) => {
      joins.push({ room, ...options });
      if (refusal !== undefined) throw refusal;
    },
    failed: (error) => failures.push(error),
  });
});

function follow(count: number, nameOf: (at: number) => string): string[] {
  const names = Array.from({ length: count }, (_, at) => nameOf(at));
  for (const [at, name] of names.entries()) cursors.set(name, at + 1);
  return names;
}

test('names every live room in the hello where they fit, and joins none', () => {
  follow(3, (at) => `room-${at}`);
  expect(resumption.cursorsForHello()).toEqual({ 'room-0': 1, 'room-1': 2, 'room-2': 3 });
  resumption.online();
  expect(joins).toEqual([]);
});

// Of names so short that their bytes alone would let more of them in.
test('joins the rooms that are too many for a hello, each after its cursor of that moment', () => {
  const names = follow(MAX_RESUME_ROOMS + 2, (at) => `r${at.toString(36)}`);
  expect(Object.keys(resumption.cursorsForHello())).toEqual(names.slice(0, MAX_RESUME_ROOMS));
  cursors.delete(names[MAX_RESUME_ROOMS] ?? '');
  resumption.online();
  expect(joins).toEqual([{ room: names[MAX_RESUME_ROOMS + 1], since: MAX_RESUME_ROOMS + 2 }]);
});

test('leaves room for a token in the frame, whatever the names are like', () => {
  const names = follow(MAX_RESUME_ROOMS, (at) => `${'\u0001'.repeat(200)}${at}`);
  const named = resumption.cursorsForHello();
  expect(utf8Bytes(JSON.stringify(named))).toBeLessThan(MAX_CLIENT_FRAME_BYTES * 0.75);
  resumption.online();
  expect([...Object.keys(named), ...joins.map(({ room }) => room)]).toEqual(names);
});

test('joins a room afresh when its log ends below the cursor, and leaves one alone that the server does not name', () => {
  follow(2, (at) => `room-${at}`);
  lastSeqs.set('room-1', 1);
  resumption.cursorsForHello();
  resumption.online();
  expect(joins).toEqual([{ room: 'room-1' }]);
  expect([...cursors.keys()]).toEqual(['room-0']);
});

test('continues rooms that came later, and tells when one can’t be joined', async () => {
  follow(1, (at) => `room-${at}`);
  refusal = new ChatError('forbidden', 'no');
  resumption.continue(['room-0', 'unknown']);
  expect(joins).toEqual([{ room: 'room-0', since: 1 }]);
  await Promise.resolve();
  await Promise.resolve();
  expect(failures).toEqual([refusal]);
});
