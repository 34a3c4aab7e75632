/** The list of one’s own rooms: what comes into it, what it knows of each, what leaves it. How far one has read: reading.test.ts. */
import { failOnLeaks, pollFor } from '@parley/testkit';
import { describe, expect, test } from 'vitest';
import { message, room, you } from './chat-fixtures.ts';
import { devAt, useSession } from './session.ts';

failOnLeaks();
const current = useSession();

describe('own rooms', () => {
  test('follow events, activity, reading and topics', async () => {
    const session = current();
    const side = await session.enterDev();
    side.send(message(3));
    side.send({ ...message(4), type: 'topic.changed', topic: 'Tea' });
    side.send({ ...message(5), type: 'member.joined' });
    await pollFor(
      () => session.client.rooms.get('dev'),
      room('dev', { lastSeq: 5, unread: 1, topic: 'Tea', members: 2 }),
    );
    side.send({ type: 'room.activity', room: 'lobby', lastSeq: 9, unread: 4 });
    await pollFor(() => session.client.rooms.get('lobby'), room('lobby', { lastSeq: 9, unread: 4 }));
    side.send({ type: 'read', room: 'lobby', seq: 9 });
    await pollFor(() => session.client.rooms.get('lobby')?.readSeq, 9);
    expect(session.client.rooms.get('lobby')?.unread).toBe(0);
  });

  test('gain a direct room that someone opened', async () => {
    const session = current();
    const side = await session.enterDev();
    side.send({ type: 'room.created', room: room('@12', { kind: 'direct', with: { id: '8', nick: 'bob' } }) });
    side.send({ type: 'room.created', room: room('strangers') });
    await pollFor(() => session.client.rooms.size, 3);
    expect([...session.client.rooms.keys()]).toEqual(['lobby', 'dev', '@12']);
  });

  test('call a direct room after the nick that the other person was told to have last, in whichever room', async () => {
    const session = current();
    const side = await session.enterDev();
    const direct = room('@12', { kind: 'direct', title: 'bob', with: { id: '8', nick: 'bob' } });
    side.send({ type: 'room.created', room: direct });
    const users = [
      { id: '9', nick: 'eve', online: true, guest: true },
      { id: '8', nick: 'zed', online: true, guest: true },
    ];
    side.send({ type: 'presence', room: 'dev', users });
    await pollFor(() => session.client.rooms.get('@12')?.with, { id: '8', nick: 'zed' });
    expect(session.client.rooms.get('@12')?.title).toBe('zed');
  });

  test('gain a room that one joined elsewhere, once it has news', async () => {
    const session = current();
    const side = await session.enterDev();
    side.send({ type: 'room.activity', room: 'tea', lastSeq: 4, unread: 2 });
    side.send({ type: 'room.activity', room: 'tea', lastSeq: 5, unread: 3 });
    const { id, match } = await side.next('room.list');
    expect(match).toBe('tea');
    const tea = room('tea', { lastSeq: 5, unread: 3, member: true });
    side.send({ type: 'room.list', re: id, rooms: [room('teatime'), tea] });
    expect(
      await pollFor(
        () => session.client.rooms.get('tea'),
        (found) => found !== undefined,
      ),
    ).toEqual(tea);
    expect(side.unread).toEqual([]);
  });

  test('keep a room that one has left and come back to before it is resumed', async () => {
    const session = current();
    const side = await session.enterDev();
    side.cut();
    const second = await session.reconnect();
    await second.welcome(devAt(4));
    const own = { from: you, room: 'dev', at: message(3).at };
    second.send([{ ...own, type: 'member.left', seq: 3 }, { ...own, type: 'member.joined', seq: 4 }, message(5)]);
    await pollFor(() => session.seen, [3, 4, 5]);
    expect(session.client.isLive('dev')).toBe(true);
    second.send({ ...own, type: 'member.left', seq: 6 });
    await pollFor(() => session.client.rooms.has('dev'), false);
  });

  test('keep what is known of a room when older news of it comes late', async () => {
    const session = current();
    session.client.connect();
    const side = await session.server.accept();
    await side.welcome(devAt(8));
    await session.inState('online');
    side.send({ type: 'room.activity', room: 'dev', lastSeq: 10, unread: 2 });
    side.send({ type: 'room.activity', room: 'dev', lastSeq: 9, unread: 1 });
    side.send({ type: 'read', room: 'lobby', seq: 0 });
    side.send({ type: 'notice', text: 'that was all' });
    const told: string[] = [];
    session.client.on('hint', (hint) => void (hint.type === 'notice' && told.push(hint.text)));
    await pollFor(() => told, ['that was all']);
    expect(session.client.rooms.get('dev')).toMatchObject({ lastSeq: 10, unread: 2 });
  });

  test('of long names are named in hello as far as it holds them, and joined after it', async () => {
    const session = current();
    session.client.connect();
    const side = await session.server.accept();
    const names = Array.from({ length: 400 }, (_, at) => `${'\u{1d4d0}'.repeat(60)}${at}`);
    const rooms = [room('lobby'), ...names.map((name) => room(name, { lastSeq: 1 }))];
    await side.welcome(rooms);
    await session.inState('online');
    for (const name of names) session.client.resumeFrom(name, 1);
    side.cut();
    const second = await session.reconnect();
    const hello = await second.welcome(rooms);
    const resumed = Object.keys(hello['resume'] as object);
    expect(resumed.length).toBeGreaterThan(50);
    expect(resumed).toEqual(names.slice(0, resumed.length));
    for (const name of names.slice(resumed.length)) {
      expect(await second.next('room.join')).toMatchObject({ room: name, since: 1 });
    }
  });

  test('lose a room that one left elsewhere', async () => {
    const session = current();
    const side = await session.enterDev();
    side.send({ ...message(3), type: 'member.left', from: you });
    await pollFor(() => session.client.rooms.has('dev'), false);
    expect(session.seen).toEqual([3]);
  });
});
