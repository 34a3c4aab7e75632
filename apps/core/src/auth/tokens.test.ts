import { createHmac } from 'node:crypto';
import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { makeTicket, readTicket } from '@parley/service';
import { Tokens } from './tokens.ts';

const secret = new TextEncoder().encode('a secret of the test, long enough for HS256');
const other = new TextEncoder().encode('another secret of the test, as long as the first');
let clock = Date.UTC(2026, 10, 20);
const now = (): number => clock;
const tokens = new Tokens(secret, now);
/** Knows no token that `tokens` has signed or read. */
const stranger = () => new Tokens(secret, now);
const claims = { kind: 'access', userId: '7', sessionId: 'b5b8c1de-0000-4000-8000-000000000000' } as const;
const unauthorized = { code: 'unauthorized' };

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const payload = () => ({ iss: 'parley', aud: 'access', sub: '7', sid: claims.sessionId, exp: clock / 1000 + 60 });

test('a token gives back what it was signed for', async () => {
  expect(await tokens.read(tokens.sign(claims))).toEqual(claims);
  const guest = { ...claims, kind: 'guest' } as const;
  expect(await tokens.read(tokens.sign(guest))).toEqual(guest);
});

test('a token is read the same by whoever has the secret, the first time and after', async () => {
  const token = tokens.sign(claims);
  const reader = stranger();
  expect(await reader.read(token)).toEqual(claims);
  expect(await reader.read(token)).toEqual(claims);
});

test('a token that was read before runs out all the same', async () => {
  const start = clock;
  const token = tokens.sign(claims);
  const reader = stranger();
  await reader.read(token);
  clock = start + 15 * 60_000;
  const expired = { ...unauthorized, message: expect.stringMatching('expired') };
  for (const each of [reader, tokens, stranger()]) await expect(each.read(token)).rejects.toMatchObject(expired);
  clock = start;
});

test('an access token works for 15 minutes and a guest token for 30 days', async () => {
  const start = clock;
  const access = tokens.sign(claims);
  const guest = tokens.sign({ ...claims, kind: 'guest' });
  clock = start + 15 * 60_000 - 1000;
  await tokens.read(access);
  clock = start + 15 * 60_000;
  await expect(tokens.read(access)).rejects.toMatchObject({
    ...unauthorized,
    message: expect.stringMatching('expired'),
  });
  clock = start + 30 * 86_400_000 - 1000;
  await tokens.read(guest);
  clock = start + 30 * 86_400_000;
  await expect(tokens.read(guest)).rejects.toMatchObject(unauthorized);
  clock = start;
});

test.each(['', 'x', 'a.b.c', '.'.repeat(5000), `${'A'.repeat(5000)}.A.A`])('%.20s is no token', async (token) => {
  await expect(tokens.read(token)).rejects.toMatchObject(unauthorized);
});

test('a token of another secret is refused', async () => {
  await expect(tokens.read(new Tokens(other, now).sign(claims))).rejects.toMatchObject(unauthorized);
});

test('a token with a changed payload is refused', async () => {
  const [header, , signature] = tokens.sign(claims).split('.');
  const forged = [header, encode({ ...payload(), sub: '1' }), signature].join('.');
  await expect(tokens.read(forged)).rejects.toMatchObject(unauthorized);
});

test.each(['none', 'None', 'NONE', 'nOnE'])('alg %s is refused', async (alg) => {
  const head = encode({ alg, typ: 'JWT' });
  await expect(tokens.read(`${head}.${encode(payload())}.`)).rejects.toMatchObject(unauthorized);
  const signature = createHmac('sha256', secret)
    .update(`${head}.${encode(payload())}`)
    .digest('base64url');
  await expect(tokens.read(`${head}.${encode(payload())}.${signature}`)).rejects.toMatchObject(unauthorized);
});

test('another HMAC under the same secret is refused', async () => {
  const token = await new SignJWT(payload()).setProtectedHeader({ alg: 'HS512' }).sign(secret);
  await expect(tokens.read(token)).rejects.toMatchObject(unauthorized);
});

test.each([
  ['a wrong audience', { aud: 'ticket' }],
  ['two audiences', { aud: ['access', 'guest'] }],
  ['no audience', { aud: undefined }],
  ['another issuer', { iss: 'elsewhere' }],
  ['no subject', { sub: undefined }],
  ['no session', { sid: undefined }],
  ['a session that is no string', { sid: 7 }],
  ['no end', { exp: undefined }],
  ['a start in the future', { nbf: 9_999_999_999 }],
])('%s is refused, though the signature is right', async (_, change) => {
  const changed: object = { ...payload(), ...change };
  const token = await new SignJWT({ ...changed }).setProtectedHeader({ alg: 'HS256' }).sign(secret);
  await expect(tokens.read(token)).rejects.toMatchObject(unauthorized);
});

test('a ticket is no token, and a token no ticket', async () => {
  await expect(tokens.read(await makeTicket(secret, '203.0.113.9', now))).rejects.toMatchObject(unauthorized);
  expect(await readTicket(secret, tokens.sign(claims), now)).toBeUndefined();
});

test('a ticket gives back its address, for the one who knows the secret, for 30 days', async () => {
  const ticket = await makeTicket(secret, '2001:db8::1', now);
  expect(await readTicket(secret, ticket, now)).toBe('2001:db8::1');
  expect(await readTicket(other, ticket, now)).toBeUndefined();
  expect(await readTicket(secret, ticket, () => clock + 31 * 86_400_000)).toBeUndefined();
  expect(await readTicket(secret, undefined, now)).toBeUndefined();
  expect(await readTicket(secret, 'garbage', now)).toBeUndefined();
  expect(await readTicket(secret, await makeTicket(secret, 'no address', now), now)).toBeUndefined();
});

test('a ticket is the same for an address for a day, and another one for another secret', async () => {
  const at = (days: number) => () => now() + days * 86_400_000;
  const first = await makeTicket(secret, '203.0.113.77', now);
  expect(await makeTicket(secret, '203.0.113.77', at(0.9))).toBe(first);
  expect(await readTicket(secret, first, at(29.9))).toBe('203.0.113.77');
  const next = await makeTicket(secret, '203.0.113.77', at(1.1));
  expect(next).not.toBe(first);
  expect(await readTicket(secret, next, at(31))).toBe('203.0.113.77');
  expect(await readTicket(secret, await makeTicket(other, '203.0.113.77', now), now)).toBeUndefined();
});
