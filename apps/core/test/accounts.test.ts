import { createLogger } from '@parley/service';
import { StoreUnavailable } from '@parley/store';
import { pollFor } from '@parley/testkit';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Accounts, DAY_MS, type Principal } from '../src/auth/accounts.ts';
import { PasswordHasher } from '../src/auth/password-hasher.ts';
import { tokenSecret } from '../src/auth/token-secret.ts';
import { Tokens } from '../src/auth/tokens.ts';
import { storeOfFile } from './store-of-file.ts';

const hasher = new PasswordHasher();
const log = createLogger('test', 'silent');
const unauthorized = { code: 'unauthorized' };
const nickTaken = { code: 'nick_taken' };

const opened = storeOfFile();
let secret: Uint8Array;
let replicas: Accounts[] = [];
let accounts: Accounts;
let clock: number;
let made = 0;

/** One more replica: its own Accounts on the same database. */
function openAccounts(options: { now?: () => number; refreshGraceMs?: number } = {}): Accounts {
  const replica = new Accounts({ store: opened.store, secret, hasher, log, now: () => clock, ...options });
  replicas.push(replica);
  return replica;
}

/** A nick that no other test has used. */
const newNick = (): string => `nick-${(made += 1)}`;
const password = 'correct horse';
const register = async (nick = newNick()) => accounts.register({ nick, password }, 'test');

beforeAll(async () => {
  secret = await tokenSecret(opened.store);
});
beforeEach(() => {
  clock = Date.now();
  accounts = openAccounts();
});
afterEach(async () => {
  for (const each of replicas) await each.close();
  replicas = [];
});

describe('the secret', () => {
  test('is made once and the same for every process on the database', async () => {
    expect(secret.byteLength).toBeGreaterThanOrEqual(32);
    expect(await tokenSecret(opened.store)).toEqual(secret);
  });

  test("is the operator's when there is one", async () => {
    expect(await tokenSecret(opened.store, 'from the environment')).toEqual(
      new TextEncoder().encode('from the environment'),
    );
  });
});

describe('an account', () => {
  test('registers and signs in, whatever the case of its nick', async () => {
    const { you, accessToken, expiresInSeconds } = await accounts.register({ nick: 'Łukasz', password }, 'test');
    expect(you).toEqual({ id: expect.any(String), nick: 'Łukasz', guest: false });
    expect(expiresInSeconds).toBe(900);
    expect(await accounts.authenticate(accessToken)).toMatchObject(you);
    const again = await accounts.login({ nick: 'łUKASZ', password }, 'test');
    expect(again.you).toEqual(you);
  });

  test('is refused in the same words for an unknown nick and a wrong password', async () => {
    const { you } = await register();
    const messages = await Promise.all(
      [you.nick, newNick()].map((nick) =>
        accounts.login({ nick, password: 'wrong horse' }, 'test').catch((error: Error) => error.message),
      ),
    );
    expect(messages[0]).toBe('Nick or password is wrong.');
    expect(messages[1]).toBe(messages[0]);
  });

  test('keeps its nick for good, folded, from accounts and guests alike', async () => {
    const { you } = await register('Straße');
    await expect(register('STRASSE')).rejects.toMatchObject(nickTaken);
    await expect(accounts.guest('strasse')).rejects.toMatchObject(nickTaken);
    await expect(accounts.enter({ nick: you.nick })).rejects.toMatchObject(nickTaken);
    const { token } = await accounts.guest(newNick());
    await expect(accounts.enter({ token, nick: 'strasse' })).rejects.toMatchObject(nickTaken);
  });

  test('registered twice at once is made once', async () => {
    const nick = newNick();
    const outcomes = await Promise.allSettled([register(nick), register(nick), register(nick)]);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toHaveLength(2);
    for (const { reason } of refused) expect(reason).toMatchObject(nickTaken);
  });

  test('can not take the nick of a guest who is there', async () => {
    const nick = newNick();
    await accounts.guest(nick);
    await expect(register(nick)).rejects.toMatchObject(nickTaken);
  });

  test("can't be signed in to through a guest of that nick", async () => {
    const nick = newNick();
    await accounts.guest(nick);
    await expect(accounts.login({ nick, password }, 'test')).rejects.toMatchObject(unauthorized);
  });

  test('enters with its access token, and with no nick beside it', async () => {
    const { you, accessToken } = await register();
    expect(await accounts.enter({ token: accessToken })).toEqual({
      principal: { ...you, sessionId: expect.any(String) },
    });
    for (const nick of [newNick(), you.nick]) {
      await expect(accounts.enter({ token: accessToken, nick })).rejects.toMatchObject({ code: 'bad_request' });
    }
  });
});

describe('refresh tokens', () => {
  test('rotate, and the one before works for a while, also where the clock is ahead', async () => {
    const first = await register();
    const second = await accounts.refresh(first.refreshToken);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(await accounts.authenticate(second.accessToken)).toMatchObject(first.you);
    const ahead = openAccounts({ now: () => clock + 3_600_000 });
    const retried = await ahead.refresh(first.refreshToken);
    expect(retried.you).toEqual(first.you);
    await accounts.refresh(retried.refreshToken);
  });

  test('used again after that end the session, for the thief and the owner alike', async () => {
    const first = await register();
    const { sessionId } = await accounts.authenticate(first.accessToken);
    const second = await accounts.refresh(first.refreshToken);
    const revoked: string[] = [];
    const impatient = openAccounts({ refreshGraceMs: -1 });
    impatient.onRevoked((id) => revoked.push(id));
    await expect(impatient.refresh(first.refreshToken)).rejects.toMatchObject(unauthorized);
    expect(revoked).toContain(sessionId);
    await expect(accounts.refresh(second.refreshToken)).rejects.toMatchObject(unauthorized);
    await expect(accounts.authenticate(second.accessToken)).rejects.toMatchObject(unauthorized);
  });

  test('end after 30 days', async () => {
    const { refreshToken } = await register();
    clock += 30 * DAY_MS + 1000;
    await expect(accounts.refresh(refreshToken)).rejects.toMatchObject(unauthorized);
  });

  test('are unknown when nobody made them', async () => {
    await expect(accounts.refresh('nobody made this')).rejects.toMatchObject(unauthorized);
  });

  test('are no bearer tokens, and an access token is no refresh token', async () => {
    const { accessToken, refreshToken } = await register();
    await expect(accounts.authenticate(refreshToken)).rejects.toMatchObject(unauthorized);
    await expect(accounts.refresh(accessToken)).rejects.toMatchObject(unauthorized);
  });
});

describe('revocation', () => {
  test('a sign-out ends the session here at once, and soon on another replica', async () => {
    const elsewhere = openAccounts();
    const { accessToken, refreshToken } = await register();
    const principal = await elsewhere.authenticate(accessToken);
    const here: string[] = [];
    const there: string[] = [];
    accounts.onRevoked((id) => here.push(id));
    elsewhere.onRevoked((id) => there.push(id));
    await accounts.logout({ sessionId: principal.sessionId, userId: principal.id });
    expect(here).toContain(principal.sessionId);
    await pollFor(
      () => [...there],
      (ids) => ids.includes(principal.sessionId),
    );
    expect(elsewhere.isRevoked(principal.sessionId)).toBe(true);
    await expect(elsewhere.authenticate(accessToken)).rejects.toMatchObject(unauthorized);
    await expect(elsewhere.enter({ token: accessToken })).rejects.toMatchObject(unauthorized);
    await expect(accounts.refresh(refreshToken)).rejects.toMatchObject(unauthorized);
  });

  test('a sign-out by refresh token ends the session, also with one that was just replaced', async () => {
    const { accessToken, refreshToken } = await register();
    await accounts.refresh(refreshToken);
    await accounts.logoutByRefreshToken(refreshToken);
    await expect(accounts.authenticate(accessToken)).rejects.toMatchObject(unauthorized);
    await accounts.logoutByRefreshToken('nobody made this');
  });

  test('a sign-out forgets what browser tabs would come back to', async () => {
    const { accessToken } = await register();
    const { id: userId, sessionId } = await accounts.authenticate(accessToken);
    const key = 'a'.repeat(64);
    await opened.store.terminals.put(key, { userId, draft: 'half a thought' });
    await accounts.logout({ sessionId, userId });
    expect(await opened.store.terminals.get(key)).toBeUndefined();
  });

  test('a sign-out that fails on its way has forgotten what browser tabs would come back to, or ended nothing', async () => {
    const { accessToken } = await register();
    const { id: userId, sessionId } = await accounts.authenticate(accessToken);
    const key = 'c'.repeat(64);
    const { terminals } = opened.store;
    await terminals.put(key, { userId, draft: 'half a thought' });
    const removeUser = terminals.removeUser.bind(terminals);
    terminals.removeUser = () => Promise.reject(new StoreUnavailable('The database is away.'));
    try {
      await expect(accounts.logout({ sessionId, userId })).rejects.toThrow('away');
    } finally {
      terminals.removeUser = removeUser;
    }
    await expect(accounts.authenticate(accessToken)).rejects.toMatchObject(unauthorized);
    expect(await terminals.get(key)).toBeUndefined();
  });

  test('what is kept while a sign-out is being committed does not outlive it', async () => {
    const { accessToken } = await register();
    const { id: userId, sessionId } = await accounts.authenticate(accessToken);
    const key = 'd'.repeat(64);
    const { sessions, terminals } = opened.store;
    const signOut = sessions.signOut.bind(sessions);
    sessions.signOut = async (...request) => {
      await signOut(...request);
      await terminals.put(key, { userId });
    };
    try {
      await accounts.logout({ sessionId, userId });
    } finally {
      sessions.signOut = signOut;
    }
    expect(await terminals.get(key)).toBeUndefined();
  });

  test('is told by another replica, also to one whose clock is ahead', async () => {
    const ahead = openAccounts({ now: () => clock + 3_600_000 });
    const told: string[] = [];
    ahead.onRevoked((id) => told.push(id));
    // It has asked by its own clock once.
    await expect(ahead.refresh('nobody made this')).rejects.toMatchObject(unauthorized);
    const { accessToken } = await register();
    const { id: userId, sessionId } = await accounts.authenticate(accessToken);
    await accounts.logout({ sessionId, userId });
    await pollFor(
      () => told,
      (ids) => ids.includes(sessionId),
    );
  });

  test('a listener is told once, and no more after it has gone', async () => {
    // A replica that has just started is also told what others revoked shortly before.
    const told: string[] = [];
    const forget = accounts.onRevoked((id) => told.push(id));
    const revokeOne = async (): Promise<string> => {
      const { accessToken } = await register();
      const { id: userId, sessionId } = await accounts.authenticate(accessToken);
      await accounts.logout({ sessionId, userId });
      return sessionId;
    };
    const first = await revokeOne();
    const { refreshToken } = await register();
    await accounts.logoutByRefreshToken(refreshToken);
    // Asks the database, which brings the first one up again.
    await expect(accounts.refresh(refreshToken)).rejects.toMatchObject(unauthorized);
    expect(told.filter((id) => id === first)).toHaveLength(1);
    forget();
    const second = await revokeOne();
    expect(told).not.toContain(second);
  });

  test('a change of password ends the other sessions, and the old password', async () => {
    const { you, accessToken } = await register();
    const other = await accounts.login({ nick: you.nick, password }, 'test');
    const principal = await accounts.authenticate(accessToken);
    const otherSession = await accounts.authenticate(other.accessToken);
    const revoked: string[] = [];
    accounts.onRevoked((id) => revoked.push(id));
    await expect(
      accounts.changePassword(principal, { current: 'wrong horse', next: 'battery staple' }),
    ).rejects.toMatchObject(unauthorized);
    await accounts.changePassword(principal, { current: password, next: 'battery staple' });
    expect(revoked).toContain(otherSession.sessionId);
    expect(revoked).not.toContain(principal.sessionId);
    await expect(accounts.authenticate(other.accessToken)).rejects.toMatchObject(unauthorized);
    await accounts.authenticate(accessToken);
    await expect(accounts.login({ nick: you.nick, password }, 'test')).rejects.toMatchObject(unauthorized);
    await accounts.login({ nick: you.nick, password: 'battery staple' }, 'test');
  });

  test('a sign-in with the old password that is under way does not outlive the change', async () => {
    const { you, accessToken } = await register();
    const principal = await accounts.authenticate(accessToken);
    const { sessions } = opened.store;
    const create = sessions.create.bind(sessions);
    let made = '';
    sessions.create = async (session) => {
      await accounts.changePassword(principal, { current: password, next: 'battery staple' });
      made = (await create(session)).id;
      return { id: made };
    };
    try {
      await expect(accounts.login({ nick: you.nick, password }, 'test')).rejects.toMatchObject(unauthorized);
    } finally {
      sessions.create = create;
    }
    expect((await sessions.get(made))?.revokedAt).toBeInstanceOf(Date);
    expect(await accounts.isLive(principal)).toBe(true);
  });

  test('what comes to be while a change of password is committed does not outlive it', async () => {
    const { you, accessToken } = await register();
    const principal = await accounts.authenticate(accessToken);
    const { users, sessions, terminals } = opened.store;
    const change = users.changePassword.bind(users);
    const key = 'b'.repeat(64);
    let late = '';
    users.changePassword = async (...request) => {
      const ended = await change(...request);
      late = (await sessions.create({ userId: you.id, expiresAt: new Date(clock + DAY_MS) })).id;
      await terminals.put(key, { userId: you.id });
      return ended;
    };
    try {
      await accounts.changePassword(principal, { current: password, next: 'battery staple' });
    } finally {
      users.changePassword = change;
    }
    expect(accounts.isRevoked(late)).toBe(true);
    expect((await sessions.get(late))?.revokedAt).toBeInstanceOf(Date);
    expect(await terminals.get(key)).toBeUndefined();
  });

  test('a password that is changed twice at once is changed once', async () => {
    const { you, accessToken } = await register();
    const other = await accounts.login({ nick: you.nick, password }, 'test');
    const principals = await Promise.all([accessToken, other.accessToken].map((token) => accounts.authenticate(token)));
    const next = ['battery staple', 'staple battery'];
    const outcomes = await Promise.allSettled(
      principals.map((each, at) => accounts.changePassword(each, { current: password, next: next[at] ?? '' })),
    );
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
    expect(outcomes[1 - winner]).toMatchObject({ status: 'rejected', reason: unauthorized });
    await accounts.login({ nick: you.nick, password: next[winner] ?? '' }, 'test');
    expect(await Promise.all(principals.map((each) => accounts.isLive(each)))).toEqual([winner === 0, winner === 1]);
  });

  test('a guest has no password to change', async () => {
    const { principal } = await accounts.guest(newNick());
    await expect(
      accounts.changePassword(principal, { current: password, next: 'battery staple' }),
    ).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('a guest', () => {
  const leave = async (principal: Principal): Promise<void> => {
    accounts.holdNick(principal);
    accounts.releaseNick(principal);
    await isFree(principal.nick);
  };
  const isFree = (nick: string) =>
    pollFor(async () => (await opened.store.nicks.holder(nick))?.userId, undefined, { what: `${nick} to be free` });

  test('enters by nick and returns by token, as the same user, after a restart too', async () => {
    const nick = newNick();
    const { principal, token } = await accounts.enter({ nick });
    expect(principal).toEqual({ id: expect.any(String), nick, guest: true, sessionId: expect.any(String) });
    await leave(principal);
    await accounts.close();
    clock += 29 * DAY_MS;
    const restarted = openAccounts();
    expect(await restarted.enter({ token: token ?? '' })).toEqual({ principal, token });
  });

  test("can't return after 30 days", async () => {
    const { token } = await accounts.enter({ nick: newNick() });
    clock += 30 * DAY_MS + 1000;
    await expect(accounts.enter({ token: token ?? '' })).rejects.toMatchObject(unauthorized);
  });

  test('keeps the nick while connected, and frees it with the last connection', async () => {
    const nick = newNick();
    const { principal, token } = await accounts.enter({ nick });
    accounts.holdNick(principal);
    const second = await accounts.enter({ token: token ?? '' });
    accounts.holdNick(second.principal);
    accounts.releaseNick(principal);
    await expect(accounts.enter({ nick: nick.toUpperCase() })).rejects.toMatchObject(nickTaken);
    accounts.releaseNick(second.principal);
    await isFree(nick);
    await accounts.enter({ nick });
  });

  test('who comes back to a nick that another has is refused, and may come back under a new one', async () => {
    const nick = newNick();
    const { principal, token = '' } = await accounts.enter({ nick });
    await leave(principal);
    const other = await accounts.enter({ nick });
    accounts.holdNick(other.principal);
    await expect(accounts.enter({ token })).rejects.toMatchObject(nickTaken);
    await expect(accounts.enter({ token, nick })).rejects.toMatchObject(nickTaken);
    const renamed = await accounts.enter({ token, nick: `${nick}-too` });
    expect(renamed.principal).toEqual({ ...principal, nick: `${nick}-too` });
    accounts.holdNick(renamed.principal);
    expect(await accounts.authenticate(token)).toMatchObject({ id: principal.id, nick: `${nick}-too` });
  });

  test('who changes the spelling of the own nick keeps it', async () => {
    const nick = newNick();
    const { principal, token = '' } = await accounts.enter({ nick });
    accounts.holdNick(principal);
    const louder = await accounts.enter({ token, nick: nick.toUpperCase() });
    expect(louder.principal).toEqual({ ...principal, nick: nick.toUpperCase() });
  });

  test('who takes a new nick loses the old one on the connections that still use it', async () => {
    const nick = newNick();
    const { principal, token = '' } = await accounts.enter({ nick });
    accounts.holdNick(principal);
    const lost: string[][] = [];
    accounts.onNickLost((userId, former) => lost.push([userId, former]));
    await accounts.enter({ token, nick: newNick() });
    expect(lost).toEqual([[principal.id, nick]]);
    await isFree(nick);
  });

  test('of the same nick twice at once: one gets it', async () => {
    const nick = newNick();
    const elsewhere = openAccounts();
    const outcomes = await Promise.allSettled([accounts.enter({ nick }), elsewhere.enter({ nick })]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('whose server died loses the nick when the lease has run out', async () => {
    const nick = newNick();
    await opened.store.users.createGuest({ nick, key: nick, ttlMs: 300, expiresAt: new Date(clock + DAY_MS) });
    await expect(accounts.enter({ nick })).rejects.toMatchObject(nickTaken);
    const { principal } = await pollFor(
      () => accounts.enter({ nick }),
      () => true,
    );
    expect(principal.nick).toBe(nick);
  });

  test('who leaves while coming in again keeps the nick', async () => {
    const nick = newNick();
    const { principal, token = '' } = await accounts.enter({ nick });
    accounts.holdNick(principal);
    const entering = accounts.enter({ token });
    accounts.releaseNick(principal);
    accounts.holdNick((await entering).principal);
    await expect(accounts.enter({ nick })).rejects.toMatchObject(nickTaken);
  });

  test('without a connection acts under the nick until another one has it', async () => {
    const nick = newNick();
    const { principal } = await accounts.guest(nick);
    await accounts.borrowNick(principal);
    await leave(principal);
    const other = await accounts.enter({ nick });
    accounts.holdNick(other.principal);
    await expect(accounts.borrowNick(principal)).rejects.toMatchObject(nickTaken);
  });

  test('frees the nick when the server closes', async () => {
    const nick = newNick();
    const { principal } = await accounts.enter({ nick });
    accounts.holdNick(principal);
    await accounts.close();
    expect(await opened.store.nicks.holder(nick)).toBeUndefined();
  });
});

test('hello takes a token or a nick', async () => {
  await expect(accounts.enter({})).rejects.toMatchObject({ code: 'bad_request' });
});

test('a token of a session that is not its user does not count', async () => {
  const one = await register();
  const two = await register();
  const [a, b] = await Promise.all([one, two].map(({ accessToken }) => accounts.authenticate(accessToken)));
  const mixed = new Tokens(secret, () => clock).sign({
    kind: 'access',
    userId: a?.id ?? '',
    sessionId: b?.sessionId ?? '',
  });
  await expect(accounts.authenticate(mixed)).rejects.toMatchObject(unauthorized);
});
