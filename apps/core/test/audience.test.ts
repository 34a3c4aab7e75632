/** Who is told of rooms that are not live, by what replicas say of them. */
import type { Hint } from '@parley/protocol';
import type { RoomForUser } from '@parley/store';
import { failOnLeaks, pollFor } from '@parley/testkit';
import { expect, onTestFinished, test, vi } from 'vitest';
import { LocalBus } from '../src/chat/bus.ts';
import { Audience, type Recipient } from '../src/realtime/audience.ts';

failOnLeaks();

/** Ada, who has read the eight messages of a room that is not live, and what she is told. */
function following() {
  const bus = new LocalBus({ replica: 'test', report: (error) => expect.unreachable(String(error)) });
  const audience = new Audience({ bus, noted: () => {} });
  const ada = { id: '7', nick: 'ada', guest: true };
  const told: Hint[] = [];
  const connection: Recipient = {
    id: '1',
    isLive: () => false,
    hint: (hint) => void told.push(JSON.parse(hint.json) as Hint),
  };
  audience.add(ada, connection);
  audience.enter(ada, connection, [{ id: '5', slug: 'dev', lastSeq: 8, messageCount: 8, unread: 0 } as RoomForUser]);
  return {
    bus,
    audience,
    told,
    tell: (lastSeq: number, mentioned?: string[]): void =>
      bus.publish({
        kind: 'activity',
        roomId: '5',
        room: 'dev',
        lastSeq,
        messages: lastSeq,
        ...(mentioned && { mentioned }),
      }),
    close: async (): Promise<void> => {
      audience.close();
      await bus.close();
    },
  };
}

test('a log that has gone back is told of anew, and what was read of it is no more than it holds', async () => {
  const { bus, audience, told, tell, close } = following();
  bus.publish({ kind: 'rewound', roomId: '5', lastSeq: 4, messages: 4 });
  expect(audience.headOf('5')).toBe(4);
  tell(5);
  await pollFor(() => told, [{ type: 'room.activity', room: 'dev', lastSeq: 5, unread: 1 }]);
  await close();
});

test('what another replica tells late takes nothing back, but for who was named', async () => {
  const { told, tell, close } = following();
  tell(10);
  await pollFor(() => told.length, 1);
  tell(9);
  tell(9, ['7']);
  await pollFor(() => told.length, 2);
  expect(told).toEqual([
    { type: 'room.activity', room: 'dev', lastSeq: 10, unread: 2 },
    { type: 'room.activity', room: 'dev', lastSeq: 10, unread: 2, mentioned: true },
  ]);
  await close();
});

test('a room is told of at most once a second, and what came last is told', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { told, tell, close } = following();
  const lastSeqs = (): number[] => told.map((hint) => (hint.type === 'room.activity' ? hint.lastSeq : 0));
  tell(9);
  vi.advanceTimersByTime(250);
  expect(lastSeqs()).toEqual([9]);
  for (let seq = 10; seq < 20; seq += 1) {
    tell(seq);
    vi.advanceTimersByTime(90);
  }
  expect(lastSeqs()).toEqual([9]);
  vi.advanceTimersByTime(100);
  expect(lastSeqs()).toEqual([9, 19]);
  await close();
});

test('a room that is made is told to its creator whole, and to everyone else without its topic', async () => {
  const { bus, audience, told, close } = following();
  const bob = { id: '8', nick: 'bob', guest: true };
  const bobTold: Hint[] = [];
  const connection: Recipient = {
    id: '2',
    isLive: () => false,
    hint: (hint) => void bobTold.push(JSON.parse(hint.json) as Hint),
  };
  audience.add(bob, connection);
  audience.enter(bob, connection, []);
  const room = { id: '6', slug: 'tea', title: 'Tea', topic: 'Leaves', kind: 'public' } as const;
  bus.publish({ kind: 'room.created', room, by: bob });
  expect(bobTold).toMatchObject([{ type: 'room.created', room: { room: 'tea', title: 'Tea', topic: 'Leaves' } }]);
  expect(told).toMatchObject([{ type: 'room.created', room: { room: 'tea', title: 'Tea', topic: '' } }]);
  await close();
});
