/** From the upgrade to `welcome`, and every way in which that goes wrong. */
import { request } from 'node:http';
import { connect } from 'node:net';
import { failOnLeaks, pollFor, RawClient, TEST_SECRET, tokenOf, welcomeOf, youOf } from '@parley/testkit';
import { SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { holdNext } from './hold-next.ts';
import { storeOfFile } from './store-of-file.ts';
import { message, startTestCore, type TestCore, uniqueNick, uniqueRoom } from './start-test-core.ts';

const opened = storeOfFile();
let core: TestCore;
let bystander: RawClient;

beforeAll(async () => {
  core = await startTestCore(opened.store, {
    settings: { JWT_SECRET: TEST_SECRET, ALLOWED_ORIGINS: 'https://chat.example.org' },
    timing: { helloTimeoutMs: 1000 },
  });
  bystander = await core.enter();
  await bystander.request({ type: 'room.join', room: 'lobby' });
});
// Whatever came to the door, the one who is inside can chat on.
afterEach(async () => {
  const { type } = await bystander.request(message('lobby'));
  if (type !== 'ok') throw new Error('A bystander noticed.');
  await bystander.next({ type: 'message' });
});
afterAll(async () => {
  bystander.terminate();
  await core.close();
});

const hello = (fields: object): object => ({ type: 'hello', version: 1, ...fields });

/** What a hello is refused with: the error's code, and the code of the close. */
async function refusal(frame: object | string | Buffer): Promise<{ error: string | undefined; close: number }> {
  const client = await core.open();
  client.send(frame);
  const close = await client.closed();
  const error = client.messages.find((each) => each.type === 'error');
  return { error: error?.type === 'error' ? error.code : undefined, close };
}

describe('a guest', () => {
  it('is welcomed with who they are, a token, the lobby and the limits', async () => {
    const nick = uniqueNick();
    const client = await core.open();
    client.send({ ...hello({ nick }), id: 7 });
    const welcome = await client.next({ type: 'welcome' });
    expect(welcome).toMatchObject({
      re: 7,
      version: 1,
      you: { nick, guest: true },
      token: expect.any(String),
      rooms: [{ room: 'lobby', kind: 'public' }],
      limits: { textBytes: 2048, frameBytes: 65_536, nickCharacters: 32, roomCharacters: 64, pageEvents: 200 },
    });
    expect(Object.keys(welcome.you as object).toSorted()).toEqual(['guest', 'id', 'nick']);
  });

  it('comes back with the token as the same user', async () => {
    const nick = uniqueNick();
    const first = await core.enter(nick);
    const { you, token } = welcomeOf(first);
    first.close();
    await first.closed();
    const again = await core.enter({ token });
    expect(welcomeOf(again).you).toEqual(you);
  });

  it('comes back with the token under a new nick', async () => {
    const first = await core.enter();
    const { you, token } = welcomeOf(first);
    const nick = uniqueNick();
    const again = await core.enter({ token, nick });
    expect(welcomeOf(again).you).toEqual({ ...you, nick });
  });

  it('under a nick in use is refused, until the last connection under it ends', async () => {
    const nick = uniqueNick();
    const first = await core.enter(nick);
    expect(await refusal(hello({ nick }))).toEqual({ error: 'nick_taken', close: 4401 });
    expect(await refusal(hello({ nick: nick.toUpperCase() }))).toEqual({ error: 'nick_taken', close: 4401 });
    first.terminate();
    const next = await pollFor(
      () => core.enter(nick),
      () => true,
    );
    expect(next.isOpen).toBe(true);
  });

  it('of many at once welcomes each but the one whose nick is taken, and all of them again with their tokens', async () => {
    const nicks = Array.from({ length: 30 }, () => uniqueNick());
    const [first = ''] = nicks;
    const entering = [...nicks, first].map((nick) => RawClient.enter(core.url, nick));
    const settled = await Promise.allSettled(entering);
    const clients = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(clients).toHaveLength(nicks.length);
    const [refused] = settled.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []));
    expect(refused).toMatch('nick_taken');
    expect(new Set(clients.map((client) => welcomeOf(client).you.nick))).toEqual(new Set(nicks));
    for (const client of clients) client.terminate();
    const back = await Promise.all(
      clients.map((client) => RawClient.enter(core.url, { token: welcomeOf(client).token, resume: { lobby: 0 } })),
    );
    expect(back.map((client) => welcomeOf(client).you)).toEqual(clients.map((client) => welcomeOf(client).you));
    for (const client of back) client.terminate();
  });

  it('with a token and the nick of another is refused', async () => {
    const { token } = welcomeOf(await core.enter());
    const taken = uniqueNick();
    await core.enter(taken);
    expect(await refusal(hello({ token, nick: taken }))).toEqual({ error: 'nick_taken', close: 4401 });
  });
});

describe('a hello', () => {
  it.each([
    ['with a token that is none', { token: 'nonsense' }],
    ['with an empty token', { token: '' }],
  ])('%s is refused', async (_, fields) => {
    expect(await refusal(hello(fields))).toEqual({ error: 'unauthorized', close: 4401 });
  });

  it('with a forged, an expired or an unsigned token is refused', async () => {
    const sign = (secret: string, expires: string) =>
      new SignJWT({ sid: '00000000-0000-4000-8000-000000000000' })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuer('parley')
        .setAudience('guest')
        .setSubject('1')
        .setIssuedAt()
        .setExpirationTime(expires)
        .sign(new TextEncoder().encode(secret));
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const unsigned = `${encode({ alg: 'none' })}.${encode({ sub: '1', aud: 'guest', sid: 'x', exp: 9e9 })}.`;
    const forged = await sign('another secret, which is long enough too', '1h');
    const expired = await sign(TEST_SECRET, '-1h');
    for (const token of [forged, expired, unsigned]) {
      expect(await refusal(hello({ token }))).toEqual({ error: 'unauthorized', close: 4401 });
    }
  });

  it('of another version is refused, whatever else it holds', async () => {
    expect(await refusal({ type: 'hello', version: 2, nick: uniqueNick() })).toMatchObject({ close: 4409 });
    expect(await refusal({ type: 'hello', version: 2, who: ['someone'] })).toMatchObject({ close: 4409 });
  });

  it.each([
    ['without token and nick', hello({})],
    ['with a token over 4 KiB', hello({ token: 'x'.repeat(4097) })],
    ['without a version', { type: 'hello', nick: 'ada' }],
    ['with a nick that is none', hello({ nick: 'a b' })],
    ['with a nick of 33 characters', hello({ nick: 'x'.repeat(33) })],
    ['with a nick of control characters', hello({ nick: 'a\u001B[31m' })],
    ['with a resume that is a list', hello({ nick: 'ada', resume: [1] })],
  ])('%s is refused', async (_, frame) => {
    expect(await refusal(frame)).toEqual({ error: 'bad_request', close: 4400 });
  });

  it('that does not come closes the connection with 4408', async () => {
    const client = await core.open();
    expect(await client.closed()).toBe(4408);
  });

  it('said twice is a bad request, and the connection goes on', async () => {
    const client = await core.enter();
    expect(await client.request(hello({ nick: uniqueNick() }) as { type: string })).toMatchObject({
      type: 'error',
      code: 'bad_request',
    });
    expect(await client.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
  });

  it('may be followed at once by requests, which are answered after the welcome, in order', async () => {
    const client = await core.open();
    client.send(hello({ nick: uniqueNick() }));
    client.send({ type: 'ping', id: 1 });
    client.send({ type: 'nonsense', id: 2 });
    client.send({ ...message('lobby'), id: 3 });
    client.send({ type: 'user.list', id: 4 });
    await client.next({ re: 3 });
    await client.next({ re: 4 });
    expect(client.messages[0]).toMatchObject({ type: 'welcome' });
    const order = client.messages.flatMap((each) => ('re' in each && each.re !== undefined ? [each.re] : []));
    expect(order.filter((re) => re !== 3)).toEqual([1, 2, 4]);
  });

  it('that waits for its rooms’ logs is told after the welcome what others have been told meanwhile', async () => {
    const nick = uniqueNick();
    const [ada, desktop] = [await core.enter(), await core.enter(nick)];
    const phone = await core.open();
    const heads = holdNext(opened.store.rooms, 'heads', 'answer');
    phone.send(hello({ token: tokenOf(desktop), resume: { lobby: 0 } }));
    await heads.held();
    const { room } = (await ada.request({ type: 'direct.open', nick }))['room'] as { room: string };
    await ada.request(message(room, 'psst'));
    await desktop.next({ type: 'room.activity', room });
    heads.release();
    expect(await phone.next({ type: 'room.activity', room })).toMatchObject({ lastSeq: 1, unread: 1 });
    const told = phone.messages.filter((each) => each.type === 'welcome' || each.type === 'room.created');
    expect(told).toMatchObject([{ type: 'welcome' }, { type: 'room.created', room: { room, kind: 'direct' } }]);
  });

  it('with rooms to come back to is answered before anything is told of those', async () => {
    const [ada, desktop] = [await core.enter(), await core.enter()];
    const room = uniqueRoom();
    await ada.request({ type: 'room.create', room });
    const bob = await core.enter();
    for (const client of [desktop, bob]) await client.request({ type: 'room.join', room });
    const back = await core.open();
    const heads = holdNext(opened.store.rooms, 'heads', 'answer');
    back.send(hello({ token: tokenOf(desktop), resume: { [room]: 0 } }));
    await heads.held();
    ada.send({ type: 'typing', room });
    await bob.next({ type: 'typing', room });
    heads.release();
    expect(await back.next({ type: 'typing', room })).toMatchObject({ user: youOf(ada) });
    expect(back.messages[0]).toMatchObject({ type: 'welcome' });
  });

  it('whose rooms were read before others were told of news is told of it too, and of nothing older', async () => {
    const nick = uniqueNick();
    const [ada, desktop] = [await core.enter(), await core.enter(nick)];
    const { room } = (await ada.request({ type: 'direct.open', nick }))['room'] as { room: string };
    const say = async (): Promise<void> => {
      const { seq } = await ada.request(message(room, 'psst'));
      await desktop.next({ type: 'room.activity', room, lastSeq: seq });
    };
    const enter = async (what: 'question' | 'answer') => {
      const client = await core.open();
      const rooms = holdNext(opened.store.rooms, 'ofUser', what);
      client.send(hello({ token: tokenOf(desktop) }));
      await rooms.held();
      await say();
      rooms.release();
      const welcome = await client.next({ type: 'welcome' });
      return { client, row: (welcome['rooms'] as { room: string }[]).find((each) => each.room === room) };
    };
    await say();
    const early = await enter('answer');
    expect(early.row).toMatchObject({ lastSeq: 1, unread: 1 });
    expect(await early.client.next({ type: 'room.activity', room })).toMatchObject({ lastSeq: 2, unread: 2 });
    const late = await enter('question');
    expect(late.row).toMatchObject({ lastSeq: 3, unread: 3 });
    await late.client.request({ type: 'ping' });
    expect(late.client.unread({ type: 'room.activity', room })).toEqual([]);
  });
});

describe('a first frame', () => {
  it.each([
    ['that is not JSON', 'hello'],
    ['that is an array', '[]'],
    ['that is null', 'null'],
    ['without a type', '{}'],
    ['whose type is a number', '{"type":1}'],
    ['that is another request', { type: 'ping' }],
    ['of an unknown type', { type: 'nonsense' }],
    ['that is binary', Buffer.from(JSON.stringify(hello({ nick: 'binary' })))],
    ['that is empty', ''],
  ])('%s closes with 4400', async (_, frame) => {
    expect(await refusal(frame)).toEqual({ error: undefined, close: 4400 });
  });

  it('over 64 KiB closes with 4413 or 1009', async () => {
    const { close } = await refusal(hello({ nick: 'x'.repeat(70_000) }));
    expect([4413, 1009]).toContain(close);
  });
});

describe('an upgrade', () => {
  failOnLeaks();

  it.each([
    ['from a page of another site', { origin: 'https://evil.example.org' }],
    ['from a sandboxed page', { origin: 'null' }],
    ['from another port', { origin: 'http://127.0.0.1:1' }],
  ])('%s is refused with 403', async (_, options) => {
    await expect(RawClient.open(core.url, options)).rejects.toThrow('403');
  });

  it('that is refused leaves nothing behind, although its peer never closes', async () => {
    const socket = connect({ port: core.port, host: '127.0.0.1', allowHalfOpen: true });
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    // The reset that answers what is sent to a socket which is gone.
    socket.on('error', () => {});
    socket.write(
      'GET /ws HTTP/1.1\r\nHost: x\r\nOrigin: https://evil.example.org\r\n' +
        'Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    await pollFor(
      () => {
        if (!socket.destroyed) socket.write('still here');
        return socket.destroyed;
      },
      true,
      { what: 'the socket to be gone' },
    );
    expect(answer).toMatch(/^HTTP\/1.1 403 Forbidden\r\n/);
  });

  it.each([
    ['without an Origin', {}],
    ['from a listed origin', { origin: 'https://chat.example.org' }],
  ])('%s is taken', async (_, options) => {
    const client = await RawClient.open(core.url, options);
    expect(client.isOpen).toBe(true);
    client.terminate();
  });

  it('from a page of this server is taken', async () => {
    const client = await RawClient.open(core.url, { origin: core.url });
    expect(client.isOpen).toBe(true);
    client.terminate();
  });

  it('without a WebSocket key is refused with 400', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const upgrade = request(`${core.url}/ws`, { headers: { Connection: 'Upgrade', Upgrade: 'websocket' } });
      upgrade.on('response', (response) => resolve(response.resume().statusCode));
      upgrade.on('error', reject);
      upgrade.end();
    });
    expect(status).toBe(400);
  });

  it('followed by garbage ends that connection alone', async () => {
    const other = await RawClient.enter(core.url, uniqueNick());
    const socket = connect(core.port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    socket.write(
      'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`,
    );
    socket.once('data', () => socket.write(Buffer.alloc(4096, 0xff)));
    socket.resume();
    await closed;
    expect(await other.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
    other.terminate();
  });
});
