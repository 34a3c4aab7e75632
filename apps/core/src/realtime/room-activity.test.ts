import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SharedHint } from '../chat/shared-hint.ts';
import { RoomActivity } from './room-activity.ts';

const FAKED = ['setTimeout', 'clearTimeout', 'performance'] as const;

beforeEach(() => void vi.useFakeTimers({ toFake: [...FAKED] }));
afterEach(() => void vi.useRealTimers());

/** Someone in room 5, with one connection. */
function reader(id: string, messagesRead: number) {
  const told: SharedHint[] = [];
  const live = new Set<string>();
  const connection = {
    isLive: (roomId: string) => live.has(roomId),
    hint: (hint: SharedHint) => void told.push(hint),
  };
  return {
    you: { id },
    recipients: [connection],
    rooms: new Map([['5', messagesRead]]),
    connection,
    live,
    told,
    /** What it was told, and forgets. */
    heard: () => told.splice(0).map(({ hint }) => hint),
  };
}

/** Of room 5, which reached 8 when its readers came. */
function activityFor(...readers: ReturnType<typeof reader>[]) {
  const activity = new RoomActivity({
    membersOf: (roomId) => (roomId === '5' ? readers : undefined),
    isMember: (userId, roomId) => roomId === '5' && readers.some(({ you }) => you.id === userId),
  });
  activity.follow('5', 8, 8);
  const take = (lastSeq: number, mentioned?: string[]): void =>
    activity.take({ roomId: '5', room: 'dev', lastSeq, messages: lastSeq, ...(mentioned && { mentioned }) });
  return { activity, take };
}

const news = (lastSeq: number, unread: number) => ({ type: 'room.activity', room: 'dev', lastSeq, unread });

it('is told at the next tick, as one hint to all who are equally far behind, and not where the room is live', () => {
  const [ada, bob, cem, dan] = [reader('1', 8), reader('2', 8), reader('3', 6), reader('4', 8)];
  const { activity, take } = activityFor(ada, bob, cem, dan);
  dan.live.add('5');
  take(9);
  take(10);
  expect(ada.told).toEqual([]);
  vi.advanceTimersByTime(250);
  expect(ada.told[0]).toBe(bob.told[0]);
  expect([ada, bob, cem, dan].map(({ heard }) => heard())).toEqual([[news(10, 2)], [news(10, 2)], [news(10, 4)], []]);
  activity.close();
});

it('is told of a room once a second at most', () => {
  const ada = reader('1', 8);
  const { activity, take } = activityFor(ada);
  take(9);
  vi.advanceTimersByTime(250);
  take(10);
  vi.advanceTimersByTime(750);
  expect(ada.heard()).toEqual([news(9, 1)]);
  vi.advanceTimersByTime(250);
  expect(ada.heard()).toEqual([news(10, 2)]);
  vi.advanceTimersByTime(5000);
  expect(ada.told).toEqual([]);
  activity.close();
});

it('takes nothing back that another replica tells late, but says who was named', () => {
  const ada = reader('1', 8);
  const { activity, take } = activityFor(ada);
  take(10);
  vi.advanceTimersByTime(250);
  take(9);
  vi.advanceTimersByTime(2000);
  expect(ada.heard()).toEqual([news(10, 2)]);
  take(11);
  vi.advanceTimersByTime(250);
  take(9, ['1']);
  vi.advanceTimersByTime(1000);
  expect(ada.heard()).toEqual([news(11, 3), { ...news(11, 3), mentioned: true }]);
  activity.close();
});

describe('someone who was named', () => {
  it('is told so, and the others are not', () => {
    const [ada, bob] = [reader('1', 8), reader('2', 8)];
    const { activity, take } = activityFor(ada, bob);
    take(9, ['1', 'elsewhere']);
    vi.advanceTimersByTime(250);
    expect([ada.heard(), bob.heard()]).toEqual([[{ ...news(9, 1), mentioned: true }], [news(9, 1)]]);
    activity.close();
  });

  it('is not told so once they have read it', () => {
    const ada = reader('1', 8);
    const { activity, take } = activityFor(ada);
    take(9, ['1']);
    activity.noteRead('1', '5', 9);
    take(10);
    vi.advanceTimersByTime(250);
    expect(ada.heard()).toEqual([news(10, 2)]);
    activity.close();
  });
});

it('is told anew of a log that has gone back', () => {
  const ada = reader('1', 4);
  const { activity, take } = activityFor(ada);
  take(9);
  vi.advanceTimersByTime(250);
  take(10);
  expect(activity.rewind({ kind: 'rewound', roomId: '5', lastSeq: 4, messages: 4 })).toBe(true);
  expect(activity.headOf('5')).toBe(4);
  expect(activity.rewind({ kind: 'rewound', roomId: '5', lastSeq: 4, messages: 4 })).toBe(false);
  take(5);
  vi.advanceTimersByTime(250);
  expect(ada.heard()).toEqual([news(9, 5), news(5, 1)]);
  activity.close();
});

it('is told to a connection whose rooms were read before others were told, unless it is about to be', () => {
  const ada = reader('1', 8);
  const { activity, take } = activityFor(ada);
  const read = { id: '5', slug: 'dev', lastSeq: 8 };
  activity.tellMissed(ada, ada.connection, read);
  expect(ada.told).toEqual([]);
  take(9);
  activity.tellMissed(ada, ada.connection, read);
  expect(ada.told).toEqual([]);
  vi.advanceTimersByTime(250);
  ada.heard();
  activity.tellMissed(ada, ada.connection, read);
  expect(ada.heard()).toEqual([news(9, 1)]);
  activity.close();
});

it('drops news of a room that nobody here is in', () => {
  const ada = reader('1', 8);
  const { activity, take } = activityFor(ada);
  activity.forget('5');
  take(9);
  vi.advanceTimersByTime(2000);
  expect([ada.told, activity.headOf('5')]).toEqual([[], undefined]);
  activity.close();
});
