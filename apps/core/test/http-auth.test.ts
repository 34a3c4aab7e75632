import { makeTicket } from '@parley/service';
import { FakeClock, pollFor } from '@parley/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { storeOfFile } from './store-of-file.ts';
import { startTestApi, type TestApi } from './start-test-api.ts';

const opened = storeOfFile();
let api: TestApi;
let made = 0;
const newNick = (): string => `http-${(made += 1)}`;
const password = 'correct horse';

const refusal = (status: number, code: string) => ({
  status,
  body: { error: { code, message: expect.stringMatching(/\S/) } },
});

describe('without rate limits', () => {
  beforeEach(async () => {
    api = await startTestApi(opened.store);
  });
  afterEach(() => api.close());

  const register = async (nick = newNick()) => (await api.post('/api/auth/register', { nick, password })).body;

  test('an account registers, signs in, refreshes, acts and signs out', async () => {
    const nick = newNick();
    const registered = await api.post('/api/auth/register', { nick, password });
    expect(registered).toMatchObject({
      status: 200,
      body: {
        you: { id: expect.any(String), nick, guest: false },
        accessToken: expect.stringMatching(/^eyJ/),
        expiresInSeconds: 900,
        refreshToken: expect.stringMatching(/^[\w-]{43}$/),
      },
    });
    const login = await api.post('/api/auth/login', { nick, password });
    expect(login).toMatchObject({ status: 200, body: { you: registered.body.you } });
    const { refreshToken } = login.body;
    const refreshed = await api.post('/api/auth/refresh', { refreshToken });
    expect(refreshed).toMatchObject({ status: 200, body: { you: registered.body.you } });
    const token = refreshed.body.accessToken as string;
    expect(await api.post('/api/rooms/lobby/messages', { text: 'hello' }, { token })).toMatchObject({ status: 200 });
    expect(await api.call('POST', '/api/auth/logout', { token })).toMatchObject({ status: 200, body: {} });
    expect(await api.post('/api/rooms/lobby/messages', { text: 'hello' }, { token })).toMatchObject(
      refusal(401, 'unauthorized'),
    );
    expect(await api.post('/api/auth/refresh', { refreshToken: refreshed.body.refreshToken })).toMatchObject(
      refusal(401, 'unauthorized'),
    );
    // The other sign-in goes on.
    expect(await api.get('/api/rooms', { token: registered.body.accessToken })).toMatchObject({ status: 200 });
  });

  test('a client whose access token has run out signs out by refresh token', async () => {
    const { accessToken, refreshToken } = await register();
    const signedOut = await api.post('/api/auth/logout', { refreshToken }, { token: 'run-out' });
    expect(signedOut).toMatchObject({ status: 200, body: {} });
    expect(await api.get('/api/rooms', { token: accessToken })).toMatchObject(refusal(401, 'unauthorized'));
  });

  test('signing out takes a token', async () => {
    expect(await api.call('POST', '/api/auth/logout')).toMatchObject(refusal(401, 'unauthorized'));
  });

  test('a guest gets a token that works over HTTP, until signed out', async () => {
    const nick = newNick();
    const { status, body } = await api.post('/api/auth/guest', { nick });
    expect({ status, body }).toEqual({
      status: 200,
      body: { you: { id: expect.any(String), nick, guest: true }, token: expect.stringMatching(/^eyJ/) },
    });
    const { token } = body;
    expect(await api.post('/api/rooms/lobby/messages', { text: 'hi' }, { token })).toMatchObject({ status: 200 });
    await api.call('POST', '/api/auth/logout', { token });
    expect(await api.get('/api/rooms', { token })).toMatchObject(refusal(401, 'unauthorized'));
  });

  test('a nick that is taken is refused, to accounts and guests', async () => {
    const { you } = await register();
    for (const route of ['register', 'guest']) {
      const nick = (you.nick as string).toUpperCase();
      expect(await api.post(`/api/auth/${route}`, { nick, password })).toMatchObject(refusal(409, 'nick_taken'));
    }
  });

  test('unknown nick and wrong password get the same answer', async () => {
    const { you } = await register();
    const wrong = await api.post('/api/auth/login', { nick: you.nick, password: 'wrong horse' });
    const unknown = await api.post('/api/auth/login', { nick: newNick(), password: 'wrong horse' });
    expect(wrong).toMatchObject(refusal(401, 'unauthorized'));
    expect(unknown.body).toEqual(wrong.body);
    expect(wrong.headers.get('www-authenticate')).toBe('Bearer');
  });

  test('a change of password ends the other sessions', async () => {
    const { you, accessToken: token } = await register();
    const other = (await api.post('/api/auth/login', { nick: you.nick, password })).body;
    const newPassword = 'battery staple';
    const change = { password, newPassword };
    expect(await api.post('/api/auth/password', change)).toMatchObject(refusal(401, 'unauthorized'));
    expect(await api.post('/api/auth/password', { ...change, password: 'wrong' }, { token })).toMatchObject(
      refusal(401, 'unauthorized'),
    );
    expect(await api.post('/api/auth/password', { password, newPassword: 'short' }, { token })).toMatchObject(
      refusal(400, 'bad_request'),
    );
    expect(await api.post('/api/auth/password', change, { token })).toMatchObject({ status: 200 });
    expect(await api.get('/api/rooms', { token: other.accessToken })).toMatchObject(refusal(401, 'unauthorized'));
    expect(await api.get('/api/rooms', { token })).toMatchObject({ status: 200 });
    expect(await api.post('/api/auth/login', { nick: you.nick, password })).toMatchObject({ status: 401 });
  });

  test.each([
    ['a short password', { nick: 'someone', password: 'short' }],
    ['a password beyond 256 bytes', { nick: 'someone', password: 'é'.repeat(129) }],
    ['a nick with a space', { nick: 'some one', password }],
    ['a nick beyond 32 characters', { nick: 'x'.repeat(33), password }],
    ['an escape code for a nick', { nick: '\u001b[31m', password }],
    ['U+0000 in a password', { nick: 'someone', password: 'correct\0horse' }],
    ['a lone surrogate', { nick: 'someone', password: 'correct \ud800 horse' }],
    ['no password', { nick: 'someone' }],
    ['a list', []],
    ['a number for a nick', { nick: 7, password }],
    ['nothing', undefined],
  ])('%s is no registration', async (_, body) => {
    expect(await api.post('/api/auth/register', body)).toMatchObject(refusal(400, 'bad_request'));
  });

  test('a token counts in the Authorization header only', async () => {
    const { accessToken } = await register();
    const body = { text: 'hello', token: accessToken, access_token: accessToken };
    const path = `/api/rooms/lobby/messages?token=${accessToken}&access_token=${accessToken}`;
    const cookie = `token=${accessToken}; parley=${accessToken}`;
    expect(await api.post(path, body, { headers: { cookie } })).toMatchObject(refusal(401, 'unauthorized'));
  });

  test.each(['Basic YTpi', 'Bearer', 'Bearer a b', 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.'])(
    'Authorization: %s is refused, also where reading is free',
    async (authorization) => {
      const headers = { authorization };
      expect(await api.get('/api/rooms', { headers })).toMatchObject(refusal(401, 'unauthorized'));
    },
  );
});

describe('with rate limits', () => {
  let clock: FakeClock;
  beforeEach(async () => {
    clock = new FakeClock();
    api = await startTestApi(opened.store, { rateLimits: true, limitClock: () => clock.now() });
  });
  afterEach(() => api.close());

  const login = (nick: string, headers: Record<string, string> = {}) =>
    api.post('/api/auth/login', { nick, password: 'wrong horse' }, { headers });

  test('the sixth sign-in at once to an account is refused, whatever the spelling; other accounts are free', async () => {
    const nick = newNick();
    for (let attempt = 1; attempt <= 5; attempt += 1) expect(await login(nick)).toMatchObject({ status: 401 });
    const limited = await login(nick.toUpperCase());
    expect(limited).toMatchObject(refusal(429, 'rate_limited'));
    expect(limited.body.error.retryAfterMs).toBe(12_000);
    expect(limited.headers.get('retry-after')).toBe('12');
    expect(await login(newNick())).toMatchObject({ status: 401 });
  });

  test('one more sign-in may be tried when the time has come that a refusal tells', async () => {
    const nick = newNick();
    for (let attempt = 1; attempt <= 5; attempt += 1) await login(nick);
    clock.advance(11_999);
    expect(await login(nick)).toMatchObject({ status: 429, body: { error: { retryAfterMs: 1 } } });
    clock.advance(1);
    expect(await login(nick)).toMatchObject({ status: 401 });
    expect(await login(nick)).toMatchObject({ status: 429, body: { error: { retryAfterMs: 12_000 } } });
  });

  test('a limited account can still be signed in to from another address, which a ticket names', async () => {
    const nick = newNick();
    for (let attempt = 1; attempt <= 6; attempt += 1) await login(nick);
    const ticket = await makeTicket(api.secret, '203.0.113.9');
    // By its name on the wire, which clients of other versions use.
    expect(await login(nick, { 'x-parley-ticket': ticket })).toMatchObject({ status: 401 });
    expect(await login(nick, { 'x-parley-ticket': `${ticket}x` })).toMatchObject({ status: 429 });
    expect(await login(nick, { 'x-forwarded-for': '203.0.113.10' })).toMatchObject({ status: 429 });
  });

  test('guesses of the current password count as sign-ins', async () => {
    const nick = newNick();
    const { accessToken: token } = (await api.post('/api/auth/register', { nick, password })).body;
    const guess = { password: 'wrong horse', newPassword: 'battery staple' };
    for (let attempt = 1; attempt <= 5; attempt += 1) await api.post('/api/auth/password', guess, { token });
    expect(await api.post('/api/auth/password', guess, { token })).toMatchObject(refusal(429, 'rate_limited'));
  });

  test('an address signs in to 60 accounts at once, and one a second; another address is free', async () => {
    api.hasher.verify = () => Promise.resolve(false);
    for (let attempt = 1; attempt <= 60; attempt += 1) expect(await login(newNick())).toMatchObject({ status: 401 });
    const limited = await login(newNick());
    expect(limited).toMatchObject(refusal(429, 'rate_limited'));
    expect(limited.body.error.retryAfterMs).toBe(1000);
    const elsewhere = { 'x-parley-ticket': await makeTicket(api.secret, '203.0.113.9') };
    expect(await login(newNick(), elsewhere)).toMatchObject({ status: 401 });
    clock.advance(1000);
    expect(await login(newNick())).toMatchObject({ status: 401 });
  });

  test('who keeps on trying one account is not counted for those who share the address', async () => {
    api.hasher.verify = () => Promise.resolve(false);
    const nick = newNick();
    for (let attempt = 1; attempt <= 70; attempt += 1) await login(nick);
    expect(await login(newNick())).toMatchObject({ status: 401 });
  });

  test('an address refreshes 100 tokens at once, also a replaced one within its grace', async () => {
    const { refreshToken } = (await api.post('/api/auth/register', { nick: newNick(), password })).body;
    const statuses = new Map<number, number>();
    for (let attempt = 1; attempt <= 105; attempt += 1) {
      const { status } = await api.post('/api/auth/refresh', { refreshToken });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    // The registration was the first to come in.
    expect([...statuses]).toEqual([
      [200, 99],
      [429, 6],
    ]);
  });

  test('one address brings at most 100 guests at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 101 }, () => api.post('/api/auth/guest', { nick: newNick() })),
    );
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(1);
  });
});

test('the forwarded address counts behind a trusted proxy', async () => {
  api = await startTestApi(opened.store, { rateLimits: true, trustProxy: 1 });
  const nick = newNick();
  const login = (from: string) =>
    api.post('/api/auth/login', { nick, password }, { headers: { 'x-forwarded-for': from } });
  for (let attempt = 1; attempt <= 5; attempt += 1) await login('203.0.113.1');
  expect(await login('6.6.6.6, 203.0.113.1')).toMatchObject({ status: 429 });
  expect(await login('203.0.113.1, 203.0.113.2')).toMatchObject({ status: 401 });
  await api.close();
});

test('the addresses of one IPv6 network are one source to the queue of passwords', async () => {
  api = await startTestApi(opened.store, { trustProxy: 1 });
  const { hasher } = api;
  const sources: string[] = [];
  const hash = hasher.hash.bind(hasher);
  hasher.hash = (secret, source) => {
    sources.push(source);
    return hash(secret, source);
  };
  for (const from of ['2001:db8:1:2::1', '2001:db8:1:2:3::1', '2001:db8:1:3::1']) {
    const body = { nick: newNick(), password };
    await api.call('POST', '/api/auth/register', { body, headers: { 'x-forwarded-for': from } });
  }
  expect(sources).toEqual(['2001:db8:1:2', '2001:db8:1:2', '2001:db8:1:3']);
  await api.close();
});

test('a flood of sign-ins does not hold up anything else', async () => {
  api = await startTestApi(opened.store);
  const { hasher } = api;
  let release = (): void => {};
  const held = new Promise<boolean>((resolve) => (release = () => resolve(false)));
  let asked = 0;
  hasher.verify = () => {
    asked += 1;
    return held;
  };
  let answered = 0;
  const flood = Array.from({ length: 60 }, async () => {
    const { status } = await api.post('/api/auth/login', { nick: newNick(), password });
    answered += 1;
    return status;
  });
  await pollFor(() => asked, 60);
  expect(await api.get('/api/history')).toMatchObject({ status: 200 });
  expect(answered).toBe(0);
  release();
  expect(await Promise.all(flood)).toEqual(Array.from({ length: 60 }, () => 401));
  await api.close();
});
