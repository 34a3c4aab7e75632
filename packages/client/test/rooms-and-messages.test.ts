import { failOnLeaks, pollFor } from '@parley/testkit';
import { describe, expect, test } from 'vitest';
import { message, room, you } from './chat-fixtures.ts';
import { devAt, useSession } from './session.ts';

failOnLeaks();
const current = useSession();

describe('live rooms', () => {
  test('tell that they were joined before any of their events', async () => {
    const session = current();
    session.client.connect();
    const side = await session.server.accept();
    await side.welcome();
    await session.inState('online');
    const told: string[] = [];
    session.client.on('joined', ({ events }) => told.push(`joined with ${events.length}`));
    session.client.on('events', (events) => told.push(...events.map(({ seq }) => `event ${seq}`)));
    void session.client.join('dev');
    const { id } = await side.next('room.join');
    const joined = { type: 'room.joined', re: id, room: room('dev'), members: [], total: 0, events: [message(1)] };
    side.send([joined, message(2)]);
    expect(
      await pollFor(
        () => told,
        (lines) => lines.length === 2,
      ),
    ).toEqual(['joined with 1', 'event 2']);
  });

  test('resume after the last event session.seen, and drop what comes twice', async () => {
    const session = current();
    const side = await session.enterDev();
    side.send([message(3), message(4)]);
    await pollFor(() => session.seen, [3, 4]);
    side.cut();
    const second = await session.reconnect();
    expect(await second.welcome(devAt(6))).toMatchObject({ resume: { dev: 4 } });
    second.send([message(4), message(5), message(6), message(5)]);
    second.send(message(7));
    await pollFor(() => session.seen, [3, 4, 5, 6, 7]);
    expect(session.gaps).toEqual([]);
  });

  test('ask for what is missing, and give on nothing out of order meanwhile', async () => {
    const session = current();
    const side = await session.enterDev();
    side.send(message(5));
    const { id, ...request } = await side.next('history');
    expect(request).toEqual({ type: 'history', room: 'dev', after: 2, limit: 200 });
    side.send(message(6));
    expect(session.seen).toEqual([]);
    side.send({ type: 'history', re: id, room: 'dev', events: [message(3), message(4)], more: true });
    await pollFor(() => session.seen, [3, 4, 5, 6]);
    await pollFor(() => session.gaps.map(({ state }) => state), ['filling', 'filled']);
  });

  test('joined with since are paged up to the head before anything live', async () => {
    const session = current();
    session.client.connect();
    const side = await session.server.accept();
    await side.welcome();
    await session.inState('online');
    const joined = session.client.join('dev', { since: 3 });
    const join = await side.next('room.join');
    expect(join).toMatchObject({ since: 3 });
    const dev = room('dev', { lastSeq: 7 });
    const events = [message(4), message(5)];
    side.send({ type: 'room.joined', re: join.id, room: dev, members: [], total: 0, events, more: true });
    const page = await side.next('history');
    expect(page).toMatchObject({ after: 5 });
    side.send({ type: 'history', re: page.id, room: 'dev', events: [message(6), message(7)], more: false });
    side.send(message(8));
    await pollFor(() => session.seen, [4, 5, 6, 7, 8]);
    expect((await joined).more).toBe(true);
  });

  test('wait to be read where the client is told to keep news, until an answer or the end of the connection', async () => {
    const session = current();
    const waits: boolean[] = [];
    session.makeClient({ newsWaits: ({ patient }) => waits.push(patient) });
    const side = await session.enterDev();
    const batches: number[][] = [];
    session.client.on('events', (events) => batches.push(events.map(({ seq }) => seq)));
    side.send({ type: 'typing', room: 'dev', user: you });
    side.send(message(3));
    side.send([message(4), message(5)]);
    await pollFor(() => waits, [true, false, false]);
    expect(batches).toEqual([]);
    session.client.readNews();
    session.client.readNews();
    expect(batches).toEqual([[3, 4, 5]]);
    // What came before an answer is told before it.
    const pong = session.client.request('ping', {});
    const ping = await side.next('ping');
    side.send(message(6));
    side.send({ type: 'pong', re: ping.id });
    await pong;
    expect(batches.at(-1)).toEqual([6]);
    // The next hello asks for what comes after what had come.
    side.send(message(7));
    await pollFor(() => waits.length, 5);
    side.cut();
    const second = await session.reconnect();
    expect(await second.welcome(devAt(7))).toMatchObject({ resume: { dev: 7 } });
    expect(batches.at(-1)).toEqual([7]);
  });

  test('count for the list of rooms also when the room is closed before they were read', async () => {
    const session = current();
    const waits: boolean[] = [];
    session.makeClient({ newsWaits: ({ patient }) => waits.push(patient) });
    const side = await session.enterDev();
    side.send(message(3));
    await pollFor(() => waits.length, 1);
    const closing = session.client.closeRoom('dev');
    expect(session.client.rooms.get('dev')).toMatchObject({ lastSeq: 3, unread: 1 });
    const close = await side.next('room.close');
    side.send({ type: 'ok', re: close.id });
    await closing;
  });

  test('stop at closeRoom, and are not resumed after it', async () => {
    const session = current();
    const side = await session.enterDev();
    const closed = session.client.closeRoom('dev');
    const { id } = await side.next('room.close');
    side.send([message(3), { type: 'ok', re: id }]);
    await closed;
    side.cut();
    expect(await (await session.reconnect()).welcome(devAt(3))).toMatchObject({ resume: {} });
    expect(session.seen).toEqual([]);
  });

  test('are gone when the next welcome does not name them', async () => {
    const session = current();
    const side = await session.enterDev();
    const gone: string[] = [];
    session.client.on('roomGone', (name) => gone.push(name));
    side.cut();
    await (await session.reconnect()).welcome([room('lobby')]);
    await pollFor(() => gone, ['dev']);
    expect(session.client.isLive('dev')).toBe(false);
  });

  test('are joined afresh when the server’s log ends below what was seen', async () => {
    const session = current();
    const side = await session.enterDev();
    side.cut();
    const second = await session.reconnect();
    await second.welcome(devAt(1));
    const join = await second.joined([1]);
    expect(join).not.toHaveProperty('since');
    second.send(message(2, { text: 'anew' }));
    await pollFor(() => session.seen, [2]);
    expect(session.gaps).toEqual([{ room: 'dev', from: 2, to: 2, state: 'reset' }]);
  });
});

describe('pending messages', () => {
  test('are sent again under the same cid after a connection is lost, and only once shown', async () => {
    const session = current();
    const side = await session.enterDev();
    const pending = session.client.send('dev', 'hello');
    const first = await side.next('message.send');
    expect(first).toMatchObject({ room: 'dev', text: 'hello', cid: pending.cid });
    side.cut();
    await session.inState('waiting');
    expect(session.client.pending('dev')).toMatchObject([{ cid: pending.cid, state: 'queued' }]);
    const second = await session.reconnect();
    await second.welcome(devAt(3));
    second.send(message(3, { from: you, cid: pending.cid, text: 'hello' }));
    const again = await second.next('message.send');
    expect(again).toMatchObject({ cid: pending.cid });
    second.send({ type: 'ok', re: again.id, seq: 3, at: '2026-11-20T12:00:00.000Z' });
    await pollFor(() => session.client.pending('dev'), []);
    expect(session.seen).toEqual([3]);
  });

  test('are acknowledged by ok and listed until the room shows them', async () => {
    const session = current();
    const side = await session.enterDev();
    const { cid } = session.client.send('dev', 'hello', { replyTo: 2 });
    const request = await side.next('message.send');
    expect(request).toMatchObject({ replyTo: 2 });
    side.send({ type: 'ok', re: request.id, seq: 3, at: '2026-11-20T12:00:00.000Z' });
    await pollFor(() => session.client.pending('dev').map(({ state }) => state), ['acknowledged']);
    side.send(message(3, { from: you, cid }));
    await pollFor(() => session.client.pending('dev'), []);
  });

  test('keep their order over reconnects', async () => {
    const session = current();
    for (const text of ['one', 'two', 'three']) session.client.send('lobby', text);
    session.client.connect();
    const side = await session.server.accept();
    await side.welcome();
    const texts: unknown[] = [];
    const first = await side.next('message.send');
    texts.push(first['text']);
    side.send({ type: 'ok', re: first.id, seq: 1 });
    await side.next('message.send');
    side.cut();
    const second = await session.reconnect();
    await second.welcome();
    for (const seq of [2, 3]) {
      const request = await second.next('message.send');
      texts.push(request['text']);
      second.send({ type: 'ok', re: request.id, seq });
    }
    await pollFor(() => session.client.pending('lobby'), []);
    expect(texts).toEqual(['one', 'two', 'three']);
  });

  test('wait as long as the server says when it is too much', async () => {
    const session = current();
    const side = await session.enterDev();
    session.client.send('dev', 'hello');
    const { id } = await side.next('message.send');
    side.send({ type: 'error', re: id, code: 'rate_limited', message: 'Slowly.', retryAfterMs: 700 });
    await pollFor(() => session.client.pending('dev')[0]?.state, 'queued');
    expect(side.unread).toEqual([]);
    session.clock.advance(700);
    await side.next('message.send');
  });

  test('fail with the words of the server', async () => {
    const session = current();
    const side = await session.enterDev();
    session.client.send('dev', 'hello');
    const { id } = await side.next('message.send');
    side.send({ type: 'error', re: id, code: 'not_a_member', message: 'Join dev first.' });
    await pollFor(() => session.client.pending('dev')[0]?.state, 'failed');
    expect(session.client.pending('dev')[0]?.error?.message).toBe('Join dev first.');
  });

  test('fail when the client comes back as someone else', async () => {
    const session = current();
    const side = await session.enterDev();
    side.cut();
    await session.inState('waiting');
    session.client.send('dev', 'hello');
    await (await session.reconnect()).welcome(devAt(2), { you: { id: '9', nick: 'eve', guest: true } });
    await pollFor(() => session.client.pending('dev')[0]?.state, 'failed');
    expect(session.client.pending('dev')[0]?.error?.code).toBe('unauthorized');
  });

  test('are not taken when they can’t be sent at all', async () => {
    const session = current();
    await session.enterDev();
    expect(() => session.client.send('dev', ' \n')).toThrow('nothing in this message');
    expect(() => session.client.send('dev', 'a\0b')).toThrow('no message can');
    expect(() => session.client.send('dev', '\ud800')).toThrow('no message can');
    expect(() => session.client.send('dev', 'é'.repeat(1025))).toThrow('at most 2048 bytes');
    expect(session.client.pending('dev')).toEqual([]);
  });

  test('are at most a thousand', () => {
    const session = current();
    for (let index = 0; index < 1000; index += 1) session.client.send('lobby', `message ${index}`);
    expect(() => session.client.send('lobby', 'one more')).toThrow('1000 messages are waiting');
  });
});

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
