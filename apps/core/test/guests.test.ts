/** Guests: how they return, and whose a nick is while its guest is there, away, or under another one. */
import { pollFor } from '@parley/testkit';
import { describe, expect, test } from 'vitest';
import { DAY_MS, type Principal } from '../src/auth/accounts.ts';
import { AccountsBench, nickTaken, unauthorized } from './accounts-bench.ts';

const bench = new AccountsBench();
const { newNick, openAccounts } = bench;

describe('a guest', () => {
  const leave = async (principal: Principal): Promise<void> => {
    bench.accounts.holdNick(principal);
    bench.accounts.releaseNick(principal);
    await isFree(principal.nick);
  };
  const isFree = (nick: string) =>
    pollFor(async () => (await bench.store.nicks.holder(nick))?.userId, undefined, { what: `${nick} to be free` });

  test('enters by nick and returns by token, as the same user, after a restart too', async () => {
    const nick = newNick();
    const { principal, token } = await bench.accounts.enter({ nick });
    expect(principal).toEqual({ id: expect.any(String), nick, guest: true, sessionId: expect.any(String) });
    await leave(principal);
    await bench.accounts.close();
    bench.clock += 29 * DAY_MS;
    const restarted = openAccounts();
    expect(await restarted.enter({ token: token ?? '' })).toEqual({ principal, token });
  });

  test("can't return after 30 days", async () => {
    const { token } = await bench.accounts.enter({ nick: newNick() });
    bench.clock += 30 * DAY_MS + 1000;
    await expect(bench.accounts.enter({ token: token ?? '' })).rejects.toMatchObject(unauthorized);
  });

  test('keeps the nick while connected, and frees it with the last connection', async () => {
    const nick = newNick();
    const { principal, token } = await bench.accounts.enter({ nick });
    bench.accounts.holdNick(principal);
    const second = await bench.accounts.enter({ token: token ?? '' });
    bench.accounts.holdNick(second.principal);
    bench.accounts.releaseNick(principal);
    await expect(bench.accounts.enter({ nick: nick.toUpperCase() })).rejects.toMatchObject(nickTaken);
    bench.accounts.releaseNick(second.principal);
    await isFree(nick);
    await bench.accounts.enter({ nick });
  });

  test('who comes back to a nick that another has is refused, and may come back under a new one', async () => {
    const nick = newNick();
    const { principal, token = '' } = await bench.accounts.enter({ nick });
    await leave(principal);
    const other = await bench.accounts.enter({ nick });
    bench.accounts.holdNick(other.principal);
    await expect(bench.accounts.enter({ token })).rejects.toMatchObject(nickTaken);
    await expect(bench.accounts.enter({ token, nick })).rejects.toMatchObject(nickTaken);
    const renamed = await bench.accounts.enter({ token, nick: `${nick}-too` });
    expect(renamed.principal).toEqual({ ...principal, nick: `${nick}-too` });
    bench.accounts.holdNick(renamed.principal);
    expect(await bench.accounts.authenticate(token)).toMatchObject({ id: principal.id, nick: `${nick}-too` });
  });

  test('who changes the spelling of the own nick keeps it', async () => {
    const nick = newNick();
    const { principal, token = '' } = await bench.accounts.enter({ nick });
    bench.accounts.holdNick(principal);
    const louder = await bench.accounts.enter({ token, nick: nick.toUpperCase() });
    expect(louder.principal).toEqual({ ...principal, nick: nick.toUpperCase() });
  });

  test('who takes a new nick loses the old one on the connections that still use it', async () => {
    const nick = newNick();
    const { principal, token = '' } = await bench.accounts.enter({ nick });
    bench.accounts.holdNick(principal);
    const lost: string[][] = [];
    bench.accounts.onNickLost((userId, former) => lost.push([userId, former]));
    await bench.accounts.enter({ token, nick: newNick() });
    expect(lost).toEqual([[principal.id, nick]]);
    await isFree(nick);
  });

  test('of the same nick twice at once: one gets it', async () => {
    const nick = newNick();
    const elsewhere = openAccounts();
    const outcomes = await Promise.allSettled([bench.accounts.enter({ nick }), elsewhere.enter({ nick })]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('whose server died loses the nick when the lease has run out', async () => {
    const nick = newNick();
    await bench.store.users.createGuest({ nick, key: nick, ttlMs: 300, expiresAt: new Date(bench.clock + DAY_MS) });
    await expect(bench.accounts.enter({ nick })).rejects.toMatchObject(nickTaken);
    const { principal } = await pollFor(
      () => bench.accounts.enter({ nick }),
      () => true,
    );
    expect(principal.nick).toBe(nick);
  });

  test('who leaves while coming in again keeps the nick', async () => {
    const nick = newNick();
    const { principal, token = '' } = await bench.accounts.enter({ nick });
    bench.accounts.holdNick(principal);
    const entering = bench.accounts.enter({ token });
    bench.accounts.releaseNick(principal);
    bench.accounts.holdNick((await entering).principal);
    await expect(bench.accounts.enter({ nick })).rejects.toMatchObject(nickTaken);
  });

  test('without a connection acts under the nick until another one has it', async () => {
    const nick = newNick();
    const { principal } = await bench.accounts.guest(nick);
    await bench.accounts.borrowNick(principal);
    await leave(principal);
    const other = await bench.accounts.enter({ nick });
    bench.accounts.holdNick(other.principal);
    await expect(bench.accounts.borrowNick(principal)).rejects.toMatchObject(nickTaken);
  });

  test('frees the nick when the server closes', async () => {
    const nick = newNick();
    const { principal } = await bench.accounts.enter({ nick });
    bench.accounts.holdNick(principal);
    await bench.accounts.close();
    expect(await bench.store.nicks.holder(nick)).toBeUndefined();
  });
});
