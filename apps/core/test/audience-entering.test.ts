/** Who is told of a room while their rooms are still read. */
import type { Room } from '@parley/protocol';
import type { RoomForUser } from '@parley/store';
import { failOnLeaks } from '@parley/testkit';
import { expect, test } from 'vitest';
import { LocalBus } from '../src/chat/bus.ts';
import { Audience, type Recipient } from '../src/realtime/audience.ts';

failOnLeaks();

test('whoever is told of a room before their rooms are known connects and disconnects once, with all of them', async () => {
  const bus = new LocalBus({ replica: 'test', report: (error) => expect.unreachable(String(error)) });
  const noted: string[] = [];
  const online: (readonly string[])[] = [];
  bus.subscribe((message) => {
    if (message.kind === 'online') online.push(message.roomIds);
  });
  const audience = new Audience({ bus, noted: (_, kind) => noted.push(kind) });
  const ada = { id: '7', nick: 'ada', guest: true };
  const told: string[] = [];
  const connection: Recipient = { id: '1', isLive: () => false, hint: ({ hint }) => void told.push(hint.type) };
  const row = (id: string): RoomForUser =>
    ({ id, slug: `@${id}`, lastSeq: 1, messageCount: 1, unread: 1 }) as RoomForUser;
  audience.add(ada, connection);
  expect(audience.userIds()).toEqual([]);
  audience.learn(ada.id, row('5'), { room: '@5' } as Room);
  expect([told, noted, online, audience.userIds()]).toEqual([['room.created', 'room.activity'], [], [], []]);
  audience.enter(ada, connection, [row('6')]);
  expect([noted, online, audience.userIds()]).toEqual([['connected'], [['5', '6']], ['7']]);
  audience.remove(ada, connection);
  expect(noted).toEqual(['connected', 'disconnected']);
  audience.close();
  await bus.close();
});
