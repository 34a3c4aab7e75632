/** The events of rooms that are joined: each comes once, in order, also after a connection was lost or a page is missing. */
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
