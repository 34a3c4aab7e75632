/** How many passwords of a room may be tried: by a guest, by those of one address, and of one room. */
import { ChatError } from '@parley/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestApi, type TestApi } from './start-test-api.ts';
import { storeOfFile } from './store-of-file.ts';

const opened = storeOfFile();
let api: TestApi;
let made = 0;
const fresh = (what: string): string => `${what}-${(made += 1)}`;

beforeEach(async () => {
  api = await startTestApi(opened.store, { rateLimits: true });
  // As good as the real thing, and sooner.
  api.hasher.hash = (password) => Promise.resolve(password);
  api.hasher.verify = (encoded, password) => Promise.resolve(encoded === password);
});
afterEach(() => api.close());

const newGuest = async () => (await api.accounts.guest(fresh('guest'))).principal;

async function newVault(): Promise<string> {
  const room = fresh('vault');
  await api.chat.rooms.create(await newGuest(), { room, password: 'opensesame' });
  return room;
}

/** What so many guests, ten guesses each, hear. */
async function codesOf(
  guests: number,
  room: string,
  sourceOf: (guest: number) => string,
): Promise<Map<string, number>> {
  const codes = new Map<string, number>();
  for (let guest = 0; guest < guests; guest += 1) {
    const principal = await newGuest();
    for (let guess = 0; guess < 10; guess += 1) {
      const code = await api.chat.rooms.join(principal, room, 'wrong', sourceOf(guest)).then(
        () => 'joined',
        (error: unknown) => (error instanceof ChatError ? error.code : String(error)),
      );
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
  }
  return codes;
}

test('guests of one address run out of guesses together; another address goes on', async () => {
  const room = await newVault();
  expect(await codesOf(31, room, () => 'office')).toEqual(
    new Map([
      ['wrong_password', 300],
      ['rate_limited', 10],
    ]),
  );
  expect((await api.chat.rooms.join(await newGuest(), room, 'opensesame', 'home')).joined).toBe(true);
});

test('guests of many addresses run out of guesses at one room; they may try another', async () => {
  const [room, other] = [await newVault(), await newVault()];
  expect(await codesOf(61, room, (guest) => `address-${guest}`)).toEqual(
    new Map([
      ['wrong_password', 600],
      ['rate_limited', 10],
    ]),
  );
  expect(await codesOf(1, other, () => 'address-0')).toEqual(new Map([['wrong_password', 10]]));
});
