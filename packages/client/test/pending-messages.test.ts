/** What was said and is not in its room yet: it is sent until there is an answer, and never twice. */
import { failOnLeaks, pollFor } from '@parley/testkit';
import { describe, expect, test } from 'vitest';
import { message, you } from './chat-fixtures.ts';
import { devAt, useSession } from './session.ts';

failOnLeaks();
const current = useSession();

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
