/** Accounts: registering, signing in, and the tokens that they enter with. */
import { describe, expect, test } from 'vitest';
import { tokenSecret } from '../src/auth/token-secret.ts';
import { Tokens } from '../src/auth/tokens.ts';
import { AccountsBench, nickTaken, password, unauthorized } from './accounts-bench.ts';

const bench = new AccountsBench();
const { newNick, register } = bench;

describe('the secret', () => {
  test('is made once and the same for every process on the database', async () => {
    expect(bench.secret.byteLength).toBeGreaterThanOrEqual(32);
    expect(await tokenSecret(bench.store)).toEqual(bench.secret);
  });

  test("is the operator's when there is one", async () => {
    expect(await tokenSecret(bench.store, 'from the environment')).toEqual(
      new TextEncoder().encode('from the environment'),
    );
  });
});

describe('an account', () => {
  test('registers and signs in, whatever the case of its nick', async () => {
    const { you, accessToken, expiresInSeconds } = await bench.accounts.register({ nick: 'Łukasz', password }, 'test');
    expect(you).toEqual({ id: expect.any(String), nick: 'Łukasz', guest: false });
    expect(expiresInSeconds).toBe(900);
    expect(await bench.accounts.authenticate(accessToken)).toMatchObject(you);
    const again = await bench.accounts.login({ nick: 'łUKASZ', password }, 'test');
    expect(again.you).toEqual(you);
  });

  test('is refused in the same words for an unknown nick and a wrong password', async () => {
    const { you } = await register();
    const messages = await Promise.all(
      [you.nick, newNick()].map((nick) =>
        bench.accounts.login({ nick, password: 'wrong horse' }, 'test').catch((error: Error) => error.message),
      ),
    );
    expect(messages[0]).toBe('Nick or password is wrong.');
    expect(messages[1]).toBe(messages[0]);
  });

  test('keeps its nick for good, folded, from accounts and guests alike', async () => {
    const { you } = await register('Straße');
    await expect(register('STRASSE')).rejects.toMatchObject(nickTaken);
    await expect(bench.accounts.guest('strasse')).rejects.toMatchObject(nickTaken);
    await expect(bench.accounts.enter({ nick: you.nick })).rejects.toMatchObject(nickTaken);
    const { token } = await bench.accounts.guest(newNick());
    await expect(bench.accounts.enter({ token, nick: 'strasse' })).rejects.toMatchObject(nickTaken);
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
    await bench.accounts.guest(nick);
    await expect(register(nick)).rejects.toMatchObject(nickTaken);
  });

  test("can't be signed in to through a guest of that nick", async () => {
    const nick = newNick();
    await bench.accounts.guest(nick);
    await expect(bench.accounts.login({ nick, password }, 'test')).rejects.toMatchObject(unauthorized);
  });

  test('enters with its access token, and with no nick beside it', async () => {
    const { you, accessToken } = await register();
    expect(await bench.accounts.enter({ token: accessToken })).toEqual({
      principal: { ...you, sessionId: expect.any(String) },
    });
    for (const nick of [newNick(), you.nick]) {
      await expect(bench.accounts.enter({ token: accessToken, nick })).rejects.toMatchObject({ code: 'bad_request' });
    }
  });
});

test('hello takes a token or a nick', async () => {
  await expect(bench.accounts.enter({})).rejects.toMatchObject({ code: 'bad_request' });
});

test('a token of a session that is not its user does not count', async () => {
  const one = await register();
  const two = await register();
  const [a, b] = await Promise.all([one, two].map(({ accessToken }) => bench.accounts.authenticate(accessToken)));
  const mixed = new Tokens(bench.secret, () => bench.clock).sign({
    kind: 'access',
    userId: a?.id ?? '',
    sessionId: b?.sessionId ?? '',
  });
  await expect(bench.accounts.authenticate(mixed)).rejects.toMatchObject(unauthorized);
});
