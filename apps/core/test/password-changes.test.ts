/** A change of password: it ends the other sessions, and what comes to be while it is under way. */
import { describe, expect, test } from 'vitest';
import { DAY_MS } from '../src/auth/accounts.ts';
import { AccountsBench, password, unauthorized } from './accounts-bench.ts';

const bench = new AccountsBench();
const { newNick, register } = bench;

describe('revocation', () => {
  test('a change of password ends the other sessions, and the old password', async () => {
    const { you, accessToken } = await register();
    const other = await bench.accounts.login({ nick: you.nick, password }, 'test');
    const principal = await bench.accounts.authenticate(accessToken);
    const otherSession = await bench.accounts.authenticate(other.accessToken);
    const revoked: string[] = [];
    bench.accounts.onRevoked((id) => revoked.push(id));
    await expect(
      bench.accounts.changePassword(principal, { current: 'wrong horse', next: 'battery staple' }),
    ).rejects.toMatchObject(unauthorized);
    await bench.accounts.changePassword(principal, { current: password, next: 'battery staple' });
    expect(revoked).toContain(otherSession.sessionId);
    expect(revoked).not.toContain(principal.sessionId);
    await expect(bench.accounts.authenticate(other.accessToken)).rejects.toMatchObject(unauthorized);
    await bench.accounts.authenticate(accessToken);
    await expect(bench.accounts.login({ nick: you.nick, password }, 'test')).rejects.toMatchObject(unauthorized);
    await bench.accounts.login({ nick: you.nick, password: 'battery staple' }, 'test');
  });

  test('a sign-in with the old password that is under way does not outlive the change', async () => {
    const { you, accessToken } = await register();
    const principal = await bench.accounts.authenticate(accessToken);
    const { sessions } = bench.store;
    const create = sessions.create.bind(sessions);
    let made = '';
    sessions.create = async (session) => {
      await bench.accounts.changePassword(principal, { current: password, next: 'battery staple' });
      made = (await create(session)).id;
      return { id: made };
    };
    try {
      await expect(bench.accounts.login({ nick: you.nick, password }, 'test')).rejects.toMatchObject(unauthorized);
    } finally {
      sessions.create = create;
    }
    expect((await sessions.get(made))?.revokedAt).toBeInstanceOf(Date);
    expect(await bench.accounts.isLive(principal)).toBe(true);
  });

  test('what comes to be while a change of password is committed does not outlive it', async () => {
    const { you, accessToken } = await register();
    const principal = await bench.accounts.authenticate(accessToken);
    const { users, sessions, terminals } = bench.store;
    const change = users.changePassword.bind(users);
    const key = 'b'.repeat(64);
    let late = '';
    users.changePassword = async (...request) => {
      const ended = await change(...request);
      late = (await sessions.create({ userId: you.id, expiresAt: new Date(bench.clock + DAY_MS) })).id;
      await terminals.put(key, { userId: you.id });
      return ended;
    };
    try {
      await bench.accounts.changePassword(principal, { current: password, next: 'battery staple' });
    } finally {
      users.changePassword = change;
    }
    expect(bench.accounts.isRevoked(late)).toBe(true);
    expect((await sessions.get(late))?.revokedAt).toBeInstanceOf(Date);
    expect(await terminals.get(key)).toBeUndefined();
  });

  test('a password that is changed twice at once is changed once', async () => {
    const { you, accessToken } = await register();
    const other = await bench.accounts.login({ nick: you.nick, password }, 'test');
    const principals = await Promise.all(
      [accessToken, other.accessToken].map((token) => bench.accounts.authenticate(token)),
    );
    const next = ['battery staple', 'staple battery'];
    const outcomes = await Promise.allSettled(
      principals.map((each, at) => bench.accounts.changePassword(each, { current: password, next: next[at] ?? '' })),
    );
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
    expect(outcomes[1 - winner]).toMatchObject({ status: 'rejected', reason: unauthorized });
    await bench.accounts.login({ nick: you.nick, password: next[winner] ?? '' }, 'test');
    expect(await Promise.all(principals.map((each) => bench.accounts.isLive(each)))).toEqual([
      winner === 0,
      winner === 1,
    ]);
  });

  test('a guest has no password to change', async () => {
    const { principal } = await bench.accounts.guest(newNick());
    await expect(
      bench.accounts.changePassword(principal, { current: password, next: 'battery staple' }),
    ).rejects.toMatchObject({ code: 'forbidden' });
  });
});
