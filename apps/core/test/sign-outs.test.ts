/** Sessions that are ended by a sign-out: here at once, on other replicas soon, with all that was kept for them. */
import { StoreUnavailable } from '@parley/store';
import { pollFor } from '@parley/testkit';
import { describe, expect, test } from 'vitest';
import { AccountsBench, unauthorized } from './accounts-bench.ts';

const bench = new AccountsBench();
const { openAccounts, register } = bench;

describe('revocation', () => {
  test('a sign-out ends the session here at once, and soon on another replica', async () => {
    const elsewhere = openAccounts();
    const { accessToken, refreshToken } = await register();
    const principal = await elsewhere.authenticate(accessToken);
    const here: string[] = [];
    const there: string[] = [];
    bench.accounts.onRevoked((id) => here.push(id));
    elsewhere.onRevoked((id) => there.push(id));
    await bench.accounts.logout({ sessionId: principal.sessionId, userId: principal.id });
    expect(here).toContain(principal.sessionId);
    await pollFor(
      () => [...there],
      (ids) => ids.includes(principal.sessionId),
    );
    expect(elsewhere.isRevoked(principal.sessionId)).toBe(true);
    await expect(elsewhere.authenticate(accessToken)).rejects.toMatchObject(unauthorized);
    await expect(elsewhere.enter({ token: accessToken })).rejects.toMatchObject(unauthorized);
    await expect(bench.accounts.refresh(refreshToken)).rejects.toMatchObject(unauthorized);
  });

  test('a sign-out by refresh token ends the session, also with one that was just replaced', async () => {
    const { accessToken, refreshToken } = await register();
    await bench.accounts.refresh(refreshToken);
    await bench.accounts.logoutByRefreshToken(refreshToken);
    await expect(bench.accounts.authenticate(accessToken)).rejects.toMatchObject(unauthorized);
    await bench.accounts.logoutByRefreshToken('nobody made this');
  });

  test('a sign-out forgets what browser tabs would come back to', async () => {
    const { accessToken } = await register();
    const { id: userId, sessionId } = await bench.accounts.authenticate(accessToken);
    const key = 'a'.repeat(64);
    await bench.store.terminals.put(key, { userId, draft: 'half a thought' });
    await bench.accounts.logout({ sessionId, userId });
    expect(await bench.store.terminals.get(key)).toBeUndefined();
  });

  test('a sign-out that fails on its way has forgotten what browser tabs would come back to, or ended nothing', async () => {
    const { accessToken } = await register();
    const { id: userId, sessionId } = await bench.accounts.authenticate(accessToken);
    const key = 'c'.repeat(64);
    const { terminals } = bench.store;
    await terminals.put(key, { userId, draft: 'half a thought' });
    const removeUser = terminals.removeUser.bind(terminals);
    terminals.removeUser = () => Promise.reject(new StoreUnavailable('The database is away.'));
    try {
      await expect(bench.accounts.logout({ sessionId, userId })).rejects.toThrow('away');
    } finally {
      terminals.removeUser = removeUser;
    }
    await expect(bench.accounts.authenticate(accessToken)).rejects.toMatchObject(unauthorized);
    expect(await terminals.get(key)).toBeUndefined();
  });

  test('what is kept while a sign-out is being committed does not outlive it', async () => {
    const { accessToken } = await register();
    const { id: userId, sessionId } = await bench.accounts.authenticate(accessToken);
    const key = 'd'.repeat(64);
    const { sessions, terminals } = bench.store;
    const signOut = sessions.signOut.bind(sessions);
    sessions.signOut = async (...request) => {
      await signOut(...request);
      await terminals.put(key, { userId });
    };
    try {
      await bench.accounts.logout({ sessionId, userId });
    } finally {
      sessions.signOut = signOut;
    }
    expect(await terminals.get(key)).toBeUndefined();
  });

  test('is told by another replica, also to one whose clock is ahead', async () => {
    const ahead = openAccounts({ now: () => bench.clock + 3_600_000 });
    const told: string[] = [];
    ahead.onRevoked((id) => told.push(id));
    // It has asked by its own clock once.
    await expect(ahead.refresh('nobody made this')).rejects.toMatchObject(unauthorized);
    const { accessToken } = await register();
    const { id: userId, sessionId } = await bench.accounts.authenticate(accessToken);
    await bench.accounts.logout({ sessionId, userId });
    await pollFor(
      () => told,
      (ids) => ids.includes(sessionId),
    );
  });

  test('a listener is told once, and no more after it has gone', async () => {
    // A replica that has just started is also told what others revoked shortly before.
    const told: string[] = [];
    const forget = bench.accounts.onRevoked((id) => told.push(id));
    const revokeOne = async (): Promise<string> => {
      const { accessToken } = await register();
      const { id: userId, sessionId } = await bench.accounts.authenticate(accessToken);
      await bench.accounts.logout({ sessionId, userId });
      return sessionId;
    };
    const first = await revokeOne();
    const { refreshToken } = await register();
    await bench.accounts.logoutByRefreshToken(refreshToken);
    // Asks the database, which brings the first one up again.
    await expect(bench.accounts.refresh(refreshToken)).rejects.toMatchObject(unauthorized);
    expect(told.filter((id) => id === first)).toHaveLength(1);
    forget();
    const second = await revokeOne();
    expect(told).not.toContain(second);
  });
});
