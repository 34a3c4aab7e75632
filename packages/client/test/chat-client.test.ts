import { failOnLeaks, pollFor } from '@parley/testkit';
import { describe, expect, test } from 'vitest';
import { message, you } from './chat-fixtures.ts';
import { devAt, useSession } from './session.ts';

failOnLeaks();
const current = useSession();

describe('entering', () => {
  test('says hello as a guest and is online with its rooms after welcome', async () => {
    const session = current();
    session.client.connect();
    expect(session.client.state).toEqual({ name: 'connecting', attempt: 1 });
    const side = await session.server.accept();
    expect(await side.welcome()).toEqual({ type: 'hello', version: 1, nick: 'ada', resume: {} });
    await session.inState('online');
    expect(session.client.you).toEqual(you);
    expect([...session.client.rooms.keys()]).toEqual(['lobby']);
  });

  test('comes back with the token that welcome gave', async () => {
    const session = current();
    const side = await session.enterDev();
    side.cut();
    const hello = await (await session.reconnect()).welcome(devAt(2));
    expect(hello).toEqual({ type: 'hello', version: 1, token: 'guest-token', resume: { dev: 2 } });
  });

  test('is refused in words when the nick is taken, and goes on under another with everything kept', async () => {
    const session = current();
    const side = await session.enterDev();
    side.cut();
    await session.inState('waiting');
    const pending = session.client.send('dev', 'written offline');
    session.clock.advance(1000);
    const second = await session.server.accept();
    await second.next('hello');
    second.send({ type: 'error', code: 'nick_taken', message: 'Someone is called ada.' });
    await session.inState('refused');
    expect(session.client.state).toEqual({ name: 'refused', code: 'nick_taken', message: 'Someone is called ada.' });
    session.client.setCredentials({ nick: 'ada2' });
    session.client.connect();
    const third = await session.server.accept();
    expect(await third.welcome(devAt(2))).toMatchObject({ token: 'guest-token', nick: 'ada2', resume: { dev: 2 } });
    expect(await third.next('message.send')).toMatchObject({ cid: pending.cid, text: 'written offline' });
  });

  test('gets another token when the server refuses the one it has', async () => {
    const session = current();
    session.makeClient({ credentials: { token: 'old', renew: async () => 'new' } });
    session.client.connect();
    const first = await session.server.accept();
    expect(await first.next('hello')).toMatchObject({ token: 'old' });
    first.send({ type: 'error', code: 'unauthorized', message: 'Expired.' });
    expect(await (await session.server.accept()).welcome()).toMatchObject({ token: 'new' });
    await session.inState('online');
  });

  test('is refused when the other token is no better', async () => {
    const session = current();
    session.makeClient({ credentials: { token: 'old', renew: async () => 'new' } });
    session.client.connect();
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const side = await session.server.accept();
      await side.next('hello');
      side.send({ type: 'error', code: 'unauthorized', message: 'Expired.' });
    }
    await session.inState('refused');
    expect(session.server.connections).toHaveLength(2);
  });

  test('enters as a new guest when the server no longer knows the old one', async () => {
    const session = current();
    const side = await session.enterDev();
    side.cut();
    const second = await session.reconnect();
    await second.next('hello');
    second.send({ type: 'error', code: 'unauthorized', message: 'Unknown.' });
    expect(await (await session.server.accept()).welcome(devAt(2))).toMatchObject({ nick: 'ada', resume: { dev: 2 } });
    await session.inState('online');
  });

  test('is refused for good at an address that is none', () => {
    const session = current();
    session.makeClient({ url: 'nonsense' });
    session.client.connect();
    expect(session.client.state.name).toBe('refused');
  });
});

describe('losing the connection', () => {
  test('waits longer each time while nothing answers, and says why', async () => {
    const session = current();
    await session.server.stop();
    const waits: number[] = [];
    session.client.on('state', (state) => {
      if (state.name === 'waiting') waits.push(state.retryAt - session.clock.now());
    });
    session.client.connect();
    for (let attempt = 1; attempt <= 7; attempt += 1) {
      await pollFor(() => waits.length, attempt);
      expect(session.client.state).toMatchObject({ attempt, reason: 'Nothing answers at this address.' });
      session.clock.advance(waits.at(-1) ?? 0);
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 7500, 7500]);
    await pollFor(() => waits.length, 8);
    await session.server.listen();
    session.client.retryNow();
    await (await session.server.accept()).welcome();
    await session.inState('online');
  });

  test('comes back soon after 4503', async () => {
    const session = current();
    const side = await session.enterDev();
    side.close(4503);
    await session.inState('waiting');
    expect(session.client.state).toMatchObject({
      retryAt: session.clock.now() + 100,
      reason: 'The server is restarting.',
    });
  });

  test('stops after 4401', async () => {
    const session = current();
    const side = await session.enterDev();
    side.close(4401);
    await session.inState('refused');
    expect(session.client.state).toMatchObject({ code: 'unauthorized' });
    expect(session.clock.timers).toBe(0);
  });

  test('gives up a server that says nothing any more', async () => {
    const session = current();
    const side = await session.enterDev();
    session.clock.advance(30_000);
    await side.next('ping');
    session.clock.advance(10_000);
    expect(session.client.state).toMatchObject({ name: 'waiting', reason: 'The server went silent.' });
  });

  test('gives up a server that never answers hello', async () => {
    const session = current();
    session.client.connect();
    const side = await session.server.accept();
    await side.next('hello');
    session.clock.advance(20_000);
    expect(session.client.state).toMatchObject({ name: 'waiting', reason: 'The server did not answer in time.' });
    await pollFor(() => side.closeCode, 1006);
  });

  test('gives up a server that sends what is no message', async () => {
    const session = current();
    const side = await session.enterDev();
    side.sendText('{"type":');
    await session.inState('waiting');
    expect(session.client.state).toMatchObject({ reason: 'The server sent something that is no message.' });
  });

  test('rejects what was asked on it, and what is asked without one', async () => {
    const session = current();
    const side = await session.enterDev();
    const answer = session.client.history('dev', { before: 2 });
    await side.next('history');
    side.cut();
    await expect(answer).rejects.toMatchObject({ code: 'unavailable' });
    await expect(session.client.history('dev')).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('leaves nothing behind when closed, also twice and in any state', async () => {
    const session = current();
    const side = await session.enterDev();
    session.client.close();
    session.client.close();
    expect(session.client.state.name).toBe('closed');
    await pollFor(() => side.closeCode, 1000);
    expect(session.clock.timers).toBe(0);
    session.client.connect();
    expect(session.client.state.name).toBe('closed');
  });
});

describe('requests', () => {
  test('are matched to their answers by id, in whatever order those come', async () => {
    const session = current();
    const side = await session.enterDev();
    const answers = Promise.all([
      session.client.history('dev', { before: 2 }),
      session.client.request('user.list', {}),
    ]);
    const history = await side.next('history');
    const users = await side.next('user.list');
    side.send([
      { type: 'user.list', re: users.id, users: [], total: 4 },
      { type: 'history', re: history.id, room: 'dev', events: [message(1)], more: false },
    ]);
    expect(await answers).toMatchObject([{ events: [{ seq: 1 }] }, { total: 4 }]);
  });

  test('are rejected with the error of the server', async () => {
    const session = current();
    const side = await session.enterDev();
    const answer = session.client.join('nowhere');
    const { id } = await side.next('room.join');
    side.send({ type: 'error', re: id, code: 'room_not_found', message: 'There is no room called nowhere.' });
    await expect(answer).rejects.toMatchObject({ code: 'room_not_found', message: 'There is no room called nowhere.' });
  });

  test('are rejected when no answer comes in time', async () => {
    const session = current();
    const side = await session.enterDev();
    const answer = session.client.request('room.list', {});
    await side.next('room.list');
    session.clock.advance(10_000);
    await expect(answer).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('are rejected when they pass the frame limit, and the connection stays', async () => {
    const session = current();
    await session.enterDev();
    const answer = session.client.request('room.topic', { room: 'dev', topic: 'x'.repeat(70_000) });
    await expect(answer).rejects.toMatchObject({ code: 'too_long' });
    expect(session.client.state.name).toBe('online');
  });

  test('ignore types and fields of a later version', async () => {
    const session = current();
    const side = await session.enterDev();
    side.send([
      { type: 'weather', sky: 'blue' },
      { ...message(3), colour: 'red' },
    ]);
    await pollFor(() => session.seen, [3]);
    expect(session.client.state.name).toBe('online');
  });
});
