/** Refresh tokens: how they rotate, and what one is worth that was used before. */
import { describe, expect, test } from 'vitest';
import { DAY_MS } from '../src/auth/accounts.ts';
import { AccountsBench, unauthorized } from './accounts-bench.ts';

const bench = new AccountsBench();
const { openAccounts, register } = bench;

describe('refresh tokens', () => {
  test('rotate, and the one before works for a while, also where the clock is ahead', async () => {
    const first = await register();
    const second = await bench.accounts.refresh(first.refreshToken);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(await bench.accounts.authenticate(second.accessToken)).toMatchObject(first.you);
    const ahead = openAccounts({ now: () => bench.clock + 3_600_000 });
    const retried = await ahead.refresh(first.refreshToken);
    expect(retried.you).toEqual(first.you);
    await bench.accounts.refresh(retried.refreshToken);
  });

  test('used again after that end the session, for the thief and the owner alike', async () => {
    const first = await register();
    const { sessionId } = await bench.accounts.authenticate(first.accessToken);
    const second = await bench.accounts.refresh(first.refreshToken);
    const revoked: string[] = [];
    const impatient = openAccounts({ refreshGraceMs: -1 });
    impatient.onRevoked((id) => revoked.push(id));
    await expect(impatient.refresh(first.refreshToken)).rejects.toMatchObject(unauthorized);
    expect(revoked).toContain(sessionId);
    await expect(bench.accounts.refresh(second.refreshToken)).rejects.toMatchObject(unauthorized);
    await expect(bench.accounts.authenticate(second.accessToken)).rejects.toMatchObject(unauthorized);
  });

  test('end after 30 days', async () => {
    const { refreshToken } = await register();
    bench.clock += 30 * DAY_MS + 1000;
    await expect(bench.accounts.refresh(refreshToken)).rejects.toMatchObject(unauthorized);
  });

  test('are unknown when nobody made them', async () => {
    await expect(bench.accounts.refresh('nobody made this')).rejects.toMatchObject(unauthorized);
  });

  test('are no bearer tokens, and an access token is no refresh token', async () => {
    const { accessToken, refreshToken } = await register();
    await expect(bench.accounts.authenticate(refreshToken)).rejects.toMatchObject(unauthorized);
    await expect(bench.accounts.refresh(accessToken)).rejects.toMatchObject(unauthorized);
  });
});
