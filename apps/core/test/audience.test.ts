/** Who is told of rooms that are not live, by what replicas say of them. */
import type { Hint } from '@parley/protocol';
import type { RoomForUser } from '@parley/store';
import { failOnLeaks, pollFor } from '@parley/testkit';
import { expect, test } from 'vitest';
import { LocalBus } from '../src/chat/bus.ts';
import { Audience, type Recipient } from '../src/realtime/audience.ts';

failOnLeaks();

test('a log that has gone back is told of anew, and what was read of it is no more than it holds', async () => {
  const bus = new LocalBus({ replica: 'test', report: () => {} });
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
  bus.publish({ kind: 'rewound', roomId: '5', lastSeq: 4, messages: 4 });
  expect(audience.headOf('5')).toBe(4);
  bus.publish({ kind: 'activity', roomId: '5', room: 'dev', lastSeq: 5, messages: 5 });
  await pollFor(() => told, [{ type: 'room.activity', room: 'dev', lastSeq: 5, unread: 1 }]);
  audience.close();
  await bus.close();
});

test('what another replica tells late takes nothing back, but for who was named', async () => {
  const bus = new LocalBus({ replica: 'test', report: () => {} });
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
  const tell = (lastSeq: number, mentioned?: string[]): void =>
    bus.publish({
      kind: 'activity',
      roomId: '5',
      room: 'dev',
      lastSeq,
      messages: lastSeq,
      ...(mentioned && { mentioned }),
    });

  tell(10);
  await pollFor(() => told.length, 1);
  tell(9);
  tell(9, ['7']);
  await pollFor(() => told.length, 2);
  expect(told).toEqual([
    { type: 'room.activity', room: 'dev', lastSeq: 10, unread: 2 },
    { type: 'room.activity', room: 'dev', lastSeq: 10, unread: 2, mentioned: true },
  ]);
  audience.close();
  await bus.close();
});
