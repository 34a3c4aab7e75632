/** A guest's nick among hellos and requests that come at once, and when the database can't store a new one. */
import { pollFor, tokenOf, welcomeOf } from '@parley/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPostgres, type OpenedStore, openTestStore } from '../../../packages/store/test/databases.ts';
import { NickRows } from '../../../packages/store/test/nick-rows.ts';
import { holdNext } from './hold-next.ts';
import { message, startTestCore, type TestCore, uniqueNick } from './start-test-core.ts';

describe.skipIf(!hasPostgres)('on postgres', () => {
  let opened: OpenedStore;
  let core: TestCore;

  beforeAll(async () => {
    opened = await openTestStore('postgres');
    core = await startTestCore(opened.store);
  });
  afterAll(async () => {
    await core.close();
    await opened.close();
  });

  const holderOf = async (nick: string) => (await opened.store.nicks.holder(nick))?.userId;

  /** Says something in the lobby by HTTP. */
  const post = (token = '', text = 'hi') =>
    fetch(`${core.url.replace(/\/$/, '')}/api/rooms/lobby/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ text }),
    });

  test('several hellos of one guest at once leave one connection, under the nick that nobody else can take', async () => {
    for (let round = 0; round < 10; round += 1) {
      const first = await core.enter();
      const [token, { id }] = [tokenOf(first), welcomeOf(first).you];
      const nicks = Array.from({ length: 8 }, () => uniqueNick());
      const clients = await Promise.all(
        nicks.map(async (nick) => {
          const client = await core.open();
          client.send({ type: 'hello', version: 1, token, nick });
          return client;
        }),
      );
      await pollFor(() => [first, ...clients].filter(({ isOpen }) => isOpen).length, 1, { timeoutMs: 10_000 });
      const last = clients.find(({ isOpen }) => isOpen) ?? first;
      await pollFor(
        () => welcomeOf(last),
        (welcome) => welcome !== undefined,
      );
      const { nick } = welcomeOf(last).you;
      const holders = await Promise.all(nicks.map(holderOf));
      expect(holders).toEqual(nicks.map((each) => (each === nick ? id : undefined)));
      const text = `I am ${nick}`;
      expect((await post(token, text)).status).toBe(200);
      const page = await last.request({ type: 'history', room: 'lobby', limit: 1 });
      expect(page['events']).toMatchObject([{ from: { id, nick }, text }]);
      last.terminate();
    }
  });

  test('a request from before its guest took a new nick is refused once another has the former one', async () => {
    const former = uniqueNick();
    const token = tokenOf(await core.enter(former));
    const asked = holdNext(opened.store.sessions, 'get', 'answer');
    const posting = post(token, 'in a name that is not mine');
    await asked.held();
    const renamed = await core.enter({ token, nick: uniqueNick() });
    const heir = await pollFor(
      () => core.enter(former),
      () => true,
    );
    asked.release();
    expect((await posting).status).toBe(409);
    for (const client of [renamed, heir]) expect(await client.request(message('lobby'))).toMatchObject({ type: 'ok' });
    expect((await post(token)).status).toBe(200);
  });

  test('a request from before its guest took a new nick does not give them the former one back', async () => {
    const former = uniqueNick();
    const token = tokenOf(await core.enter(former));
    const asked = holdNext(opened.store.sessions, 'get', 'answer');
    const posting = post(token);
    await asked.held();
    const nick = uniqueNick();
    const renamed = await core.enter({ token, nick });
    asked.release();
    expect((await posting).status).toBe(409);
    expect(await holderOf(former)).toBeUndefined();
    expect(await holderOf(nick)).toBe(welcomeOf(renamed).you.id);
    expect(await renamed.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
  });

  test('a guest whose new nick could not be stored keeps the one they have, and takes no other', async () => {
    const [former, wanted] = [uniqueNick(), uniqueNick()];
    const first = await core.enter(former);
    const [token, { id }] = [tokenOf(first), welcomeOf(first).you];
    const rival = await NickRows.connect(opened.url);
    try {
      // For longer than a statement waits for a lock.
      await rival.lockUser(id);
      const second = await core.open();
      second.send({ type: 'hello', version: 1, token, nick: wanted });
      expect(await second.next({ type: 'error' })).toMatchObject({ code: 'unavailable' });
      await second.closed();
    } finally {
      await rival.close();
    }
    expect(await first.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
    await expect(core.enter(former)).rejects.toThrow('nick_taken');
    expect(welcomeOf(await core.enter({ token })).you.nick).toBe(former);
    expect(welcomeOf(await core.enter(wanted)).you.nick).toBe(wanted);
  });
});
