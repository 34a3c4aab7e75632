import { createHmac } from 'node:crypto';
import { createLogger } from '@parley/service';
import { pollFor, tokenOf, welcomeOf } from '@parley/testkit';
import { SignJWT } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Accounts, DAY_MS } from '../src/auth/accounts.ts';
import { PasswordHasher } from '../src/auth/password-hasher.ts';
import { tokenSecret } from '../src/auth/token-secret.ts';
import { makeTicket } from '@parley/service';
import { storeOfFile } from './store-of-file.ts';
import { figure, startTestCore, type TestCore, uniqueNick } from './start-test-core.ts';

const password = 'correct horse';

const opened = storeOfFile();
let secret: Uint8Array;
let core: TestCore;

beforeAll(async () => {
  secret = await tokenSecret(opened.store);
});
beforeEach(async () => {
  core = await startTestCore(opened.store);
});
afterEach(() => core.close());

/** An API call of the core under test, or of another one. */
async function post(path: string, body: unknown, options: { token?: string | undefined; url?: string } = {}) {
  const { token, url = core.url } = options;
  const response = await fetch(`${url.replace(/\/$/, '')}/api/auth/${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  return (await response.json()) as { accessToken: string; refreshToken: string; you: { id: string; nick: string } };
}
const register = (nick = uniqueNick()) => post('register', { nick, password });

/** What a hello comes to: the answer, and the close code when it is refused. */
async function hello(fields: object) {
  const client = await core.open();
  client.send({ type: 'hello', version: 1, ...fields });
  const answer = await client.next((message) => message.type === 'welcome' || message.type === 'error');
  if (answer.type === 'welcome') return { welcome: answer, client };
  return { code: answer['code'], close: await client.closed() };
}

describe('hello', () => {
  test('of an account is welcomed under its nick, without a token', async () => {
    const { accessToken, you } = await register();
    const { welcome } = await hello({ token: accessToken });
    expect(welcome).toMatchObject({ you: { ...you, guest: false } });
    expect(welcome).not.toHaveProperty('token');
  });

  test('of an account opens as many connections as it likes', async () => {
    const { accessToken } = await register();
    expect(await hello({ token: accessToken })).toHaveProperty('welcome');
    expect(await hello({ token: accessToken })).toHaveProperty('welcome');
  });

  test('with the token of an account and a nick, its own or another, has the wrong shape', async () => {
    const one = await register();
    const other = await register();
    for (const nick of [one.you.nick, other.you.nick, uniqueNick()]) {
      expect(await hello({ token: one.accessToken, nick })).toEqual({ code: 'bad_request', close: 4400 });
    }
  });

  test('with neither token nor nick has the wrong shape', async () => {
    expect(await hello({})).toEqual({ code: 'bad_request', close: 4400 });
  });

  test('under a nick that is in use, or an account’s, is refused, in any spelling', async () => {
    const nick = uniqueNick();
    expect(await hello({ nick })).toHaveProperty('welcome');
    const account = await register();
    for (const taken of [nick, nick.toUpperCase(), account.you.nick, account.you.nick.toUpperCase()]) {
      expect(await hello({ nick: taken })).toEqual({ code: 'nick_taken', close: 4401 });
    }
  });

  test('of a guest who comes back gives the same user, also at a server that was started anew', async () => {
    const nick = uniqueNick();
    const { you, token } = welcomeOf(await core.enter(nick));
    await core.close();
    core = await startTestCore(opened.store);
    const again = await core.enter({ token });
    expect(welcomeOf(again)).toMatchObject({ you, token });
  });

  test('of a guest whose nick another has is refused, until it names a new one', async () => {
    const nick = uniqueNick();
    const first = await core.enter(nick);
    const token = tokenOf(first);
    first.terminate();
    await pollFor(
      () => hello({ nick }),
      ({ welcome }) => welcome !== undefined,
      { what: 'the nick to be free' },
    );
    expect(await hello({ token })).toEqual({ code: 'nick_taken', close: 4401 });
    expect(await hello({ token, nick })).toEqual({ code: 'nick_taken', close: 4401 });
    const renamed = uniqueNick();
    const { welcome } = await hello({ token, nick: renamed });
    expect(welcome).toMatchObject({ you: { ...welcomeOf(first).you, nick: renamed } });
  });

  test('of a guest under a new nick stays open when nicks are being renewed', async () => {
    const first = await core.enter();
    const renamed = uniqueNick();
    let second: Awaited<ReturnType<typeof hello>> | undefined;
    const realRenew = opened.store.nicks.renew.bind(opened.store.nicks);
    opened.store.nicks.renew = async (held, ttlMs) => {
      const astray = await realRenew(held, ttlMs);
      second ??= await hello({ token: tokenOf(first), nick: renamed });
      return astray;
    };
    try {
      await pollFor(
        () => second?.welcome,
        (welcome) => welcome !== undefined,
        { what: 'nicks to be renewed' },
      );
      expect(await first.closed()).toBe(4401);
      expect(await second?.client?.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
    } finally {
      opened.store.nicks.renew = realRenew;
    }
  });

  test('of a guest under a new nick closes the connection that is still under the old one', async () => {
    const first = await core.enter();
    const renamed = uniqueNick();
    const second = await hello({ token: tokenOf(first), nick: renamed });
    expect(await first.closed()).toBe(4401);
    expect(second.client?.isOpen).toBe(true);
    expect(await hello({ nick: renamed })).toEqual({ code: 'nick_taken', close: 4401 });
  });

  describe('is refused', () => {
    const claims = async () => {
      const { accessToken } = await register();
      const [, payload = ''] = accessToken.split('.');
      return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    };
    const sign = (payload: object, key = secret) =>
      new SignJWT({ ...payload }).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(key);
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

    const forgeries: [string, () => Promise<string>][] = [
      ['for garbage', async () => 'garbage'],
      [
        'for a token that has expired',
        async () => sign({ ...(await claims()), exp: Math.floor(Date.now() / 1000) - 1 }),
      ],
      ['for a token signed by someone else', async () => sign(await claims(), new Uint8Array(32))],
      ['for a token that nobody signed', async () => `${encode({ alg: 'none' })}.${encode(await claims())}.`],
      [
        'for a token that says alg none and is signed',
        async () => {
          const body = `${encode({ alg: 'none' })}.${encode(await claims())}`;
          return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
        },
      ],
      ['for a token of another audience', async () => sign({ ...(await claims()), aud: 'ticket' })],
      ['for a guest’s token that speaks for an account', async () => sign({ ...(await claims()), aud: 'guest' })],
      ['for a token of a session that never was', async () => sign({ ...(await claims()), sid: 'nothing' })],
      ['for a token of a user who never was', async () => sign({ ...(await claims()), sub: '999999999' })],
      ['for a ticket', () => makeTicket(secret, '203.0.113.9')],
      ['for a refresh token', async () => (await register()).refreshToken],
    ];
    test.each(forgeries)('%s', async (_, forge) => {
      expect(await hello({ token: await forge() })).toEqual({ code: 'unauthorized', close: 4401 });
    });

    test('for a guest’s token after 30 days', async () => {
      const clock = Date.now() - 31 * DAY_MS;
      const [hasher, log] = [new PasswordHasher(), createLogger('test', 'silent')];
      const past = new Accounts({ store: opened.store, secret, hasher, log, now: () => clock });
      const { token } = await past.guest(uniqueNick());
      await past.close();
      expect(await hello({ token })).toEqual({ code: 'unauthorized', close: 4401 });
    });

    test('after a sign-out', async () => {
      const { accessToken } = await register();
      await post('logout', {}, { token: accessToken });
      expect(await hello({ token: accessToken })).toEqual({ code: 'unauthorized', close: 4401 });
    });
  });
});

describe('a connection', () => {
  test('is closed with 4401 by a sign-out, here at once and soon on another replica', async () => {
    const elsewhere = await startTestCore(opened.store);
    try {
      const { accessToken, you } = await register();
      const other = await post('login', { nick: you.nick, password });
      const here = await core.enter({ token: accessToken });
      const there = await elsewhere.enter({ token: accessToken });
      const stays = await elsewhere.enter({ token: other.accessToken });
      await post('logout', {}, { token: accessToken });
      expect(await figure(core, 'parley_connections')).toBe(0);
      expect(await here.closed()).toBe(4401);
      expect(await there.closed()).toBe(4401);
      expect(await stays.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
    } finally {
      await elsewhere.close();
    }
  });

  test('of another session is closed when the password changes, on every replica', async () => {
    const elsewhere = await startTestCore(opened.store);
    try {
      const own = await register();
      const other = await post('login', { nick: own.you.nick, password });
      const stays = await core.enter({ token: own.accessToken });
      const goes = await elsewhere.enter({ token: other.accessToken });
      await post('password', { password, newPassword: 'battery staple' }, { token: own.accessToken });
      expect(await goes.closed()).toBe(4401);
      expect(await stays.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
    } finally {
      await elsewhere.close();
    }
  });

  test('of a guest is closed by a sign-out, and its nick is free', async () => {
    const nick = uniqueNick();
    const client = await core.enter(nick);
    await post('logout', {}, { token: tokenOf(client) });
    expect(await client.closed()).toBe(4401);
    const { welcome: next } = await pollFor(
      () => hello({ nick }),
      (outcome) => outcome.welcome !== undefined,
    );
    expect(next?.['you']).not.toEqual(welcomeOf(client).you);
  });

  test('goes on when its access token runs out', async () => {
    const { accessToken, refreshToken } = await register();
    const client = await core.enter({ token: accessToken });
    await post('refresh', { refreshToken });
    expect(await client.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
  });

  test('under one nick on two replicas at once is had by one of them', async () => {
    const elsewhere = await startTestCore(opened.store);
    try {
      const nick = uniqueNick();
      const outcomes = await Promise.allSettled([core.enter(nick), elsewhere.enter(nick)]);
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    } finally {
      await elsewhere.close();
    }
  });
});
