/** How far one has read: here at once, on the server a while later, and what is unread by that. */
import { failOnLeaks, pollFor } from '@parley/testkit';
import { describe, expect, test } from 'vitest';
import { message, room } from './chat-fixtures.ts';
import { devAt, useSession } from './session.ts';

failOnLeaks();
const current = useSession();

describe('own rooms', () => {
  test('are read here at once, and on the server once, also after a reconnect', async () => {
    const session = current();
    const side = await session.enterDev();
    side.cut();
    await session.inState('waiting');
    session.client.markRead('dev', 1);
    session.client.markRead('dev', 2);
    session.client.markRead('dev', 1);
    expect(session.client.rooms.get('dev')?.readSeq).toBe(2);
    const second = await session.reconnect();
    await second.welcome(devAt(2));
    await session.inState('online');
    session.clock.advance(500);
    expect(await second.next('read.mark')).toMatchObject({ room: 'dev', seq: 2 });
    expect(second.unread).toEqual([]);
  });

  test('that were read right before the connection was lost stay read, whatever the server has heard', async () => {
    const session = current();
    const side = await session.enterDev();
    side.send(message(3));
    await pollFor(() => session.client.rooms.get('dev')?.unread, 1);
    session.client.markRead('dev', 3);
    side.cut();
    const second = await session.reconnect();
    await second.welcome([room('lobby'), room('dev', { lastSeq: 3, unread: 1 })]);
    await session.inState('online');
    expect(session.client.rooms.get('dev')).toMatchObject({ unread: 0, readSeq: 3 });
    session.clock.advance(500);
    expect(await second.next('read.mark')).toMatchObject({ room: 'dev', seq: 3 });
  });

  test('that were read are none of the next person’s', async () => {
    const session = current();
    const side = await session.enterDev();
    session.client.markRead('dev', 2);
    side.cut();
    const second = await session.reconnect();
    const eve = { id: '9', nick: 'eve', guest: true };
    await second.welcome([room('lobby'), room('dev', { lastSeq: 2, unread: 2 })], { you: eve });
    await session.inState('online');
    expect(session.client.rooms.get('dev')).toMatchObject({ unread: 2, readSeq: 0 });
    session.client.close();
    await pollFor(() => second.closeCode, 1000);
    expect(second.unread).toEqual([]);
  });

  test('that were read here are told to be read by the client that takes over', async () => {
    const session = current();
    await session.enterDev();
    const first = session.client;
    first.markRead('dev', 2);
    const second = session.makeClient({ credentials: { token: 'guest-token', nick: 'eve' } });
    second.connect();
    const side = await session.server.accept();
    await side.welcome([room('lobby'), room('dev', { lastSeq: 2, unread: 2 })]);
    await session.inState('online');
    second.takeOver(first);
    first.close();
    expect(second.rooms.get('dev')).toMatchObject({ unread: 0, readSeq: 2 });
    session.clock.advance(500);
    expect(await side.next('read.mark')).toMatchObject({ room: 'dev', seq: 2 });
  });

  test('count nothing as new that was read here, when the server counts without having heard of it', async () => {
    const session = current();
    session.client.connect();
    const side = await session.server.accept();
    await side.welcome([room('lobby'), room('dev', { lastSeq: 40, unread: 40 })]);
    await session.inState('online');
    session.client.markRead('dev', 40);
    side.send({ type: 'room.activity', room: 'dev', lastSeq: 41, unread: 41 });
    await pollFor(() => session.client.rooms.get('dev')?.lastSeq, 41);
    expect(session.client.rooms.get('dev')).toMatchObject({ unread: 1, readSeq: 40 });
  });

  test.each([
    { read: 40, seq: 41, readSeq: 41, means: 'is read where all before it is' },
    { read: 39, seq: 41, readSeq: 39, means: 'leaves unread what was' },
    { read: 40, seq: 42, readSeq: 40, means: 'leaves unread what came before it unheard of' },
  ])('one’s own without being in the room $means', async ({ read, seq, readSeq }) => {
    const session = current();
    session.client.connect();
    const side = await session.server.accept();
    await side.welcome([room('lobby'), room('dev', { lastSeq: 40, readSeq: read, unread: 40 - read })]);
    await session.inState('online');
    session.client.send('dev', 'said from elsewhere');
    const { id } = await side.next('message.send');
    side.send({ type: 'ok', re: id, seq });
    await pollFor(() => session.client.pending('dev'), []);
    expect(session.client.rooms.get('dev')).toMatchObject({ readSeq });
  });

  test('are told to be read once for many messages, and at once before one leaves', async () => {
    const session = current();
    const side = await session.enterDev();
    for (const seq of [3, 4]) side.send(message(seq));
    await pollFor(() => session.seen, [3, 4]);
    for (const seq of [1, 2, 3]) session.client.markRead('dev', seq);
    session.clock.advance(500);
    const { id, ...mark } = await side.next('read.mark');
    expect(mark).toEqual({ type: 'read.mark', room: 'dev', seq: 3 });
    session.client.markRead('dev', 4);
    side.send({ type: 'ok', re: id });
    session.client.close();
    expect(await side.next('read.mark')).toMatchObject({ room: 'dev', seq: 4 });
    expect(side.unread).toEqual([]);
  });

  test('are told to be read ten seconds apart while more keeps coming', async () => {
    const session = current();
    const side = await session.enterDev();
    for (const seq of [3, 4]) side.send(message(seq));
    await pollFor(() => session.seen, [3, 4]);
    session.client.markRead('dev', 3);
    session.clock.advance(500);
    const { id } = await side.next('read.mark');
    side.send({ type: 'ok', re: id });
    session.client.markRead('dev', 4);
    const timers = session.clock.timers;
    session.clock.advance(9999);
    expect(session.clock.timers).toBe(timers);
    session.clock.advance(1);
    expect(await side.next('read.mark')).toMatchObject({ room: 'dev', seq: 4 });
  });
});
