import { parseOptions, verify } from '@node-rs/argon2';
import { pollFor } from '@parley/testkit';
import { expect, test } from 'vitest';
import { MAX_RUNNING_HASHES, PasswordHasher } from './password-hasher.ts';

const hasher = new PasswordHasher();

test("hashes are argon2id with OWASP's parameters and a salt of their own", async () => {
  const [one, two] = await Promise.all([hasher.hash('correct horse', 'a'), hasher.hash('correct horse', 'a')]);
  expect(one).toMatch(/^\$argon2id\$/);
  expect(parseOptions(one)).toMatchObject({ memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  expect(one).not.toBe(two);
});

test('only the right password fits', async () => {
  const encoded = await hasher.hash('correct horse', 'a');
  expect(await hasher.verify(encoded, 'correct horse', 'a')).toBe(true);
  expect(await hasher.verify(encoded, 'Correct horse', 'a')).toBe(false);
  expect(await hasher.verify(undefined, 'correct horse', 'a')).toBe(false);
});

test('a password fits however its accents were typed', async () => {
  const encoded = await hasher.hash('caf\u00e9 noir', 'a');
  expect(await hasher.verify(encoded, 'cafe\u0301 noir', 'a')).toBe(true);
});

test('no hash costs as much as a wrong password: one is checked that is as dear', async () => {
  const checked: string[] = [];
  const watched = new PasswordHasher((encoded, typed) => {
    checked.push(String(encoded));
    return verify(encoded, typed);
  });
  const encoded = await watched.hash('correct horse', 'a');
  expect(await watched.verify(undefined, 'wrong horse', 'a')).toBe(false);
  const [decoy = ''] = checked;
  expect(checked).toHaveLength(1);
  expect(decoy).not.toBe(encoded);
  expect(parseOptions(decoy)).toMatchObject({ memoryCost: 19_456, timeCost: 2, parallelism: 1 });
});

test('one source can fill its part of the queue, and no more of it', async () => {
  const busy = new PasswordHasher();
  const jobs = Array.from({ length: 80 }, () => busy.hash('correct horse', 'flooder'));
  const outcomes = Promise.allSettled(jobs);
  expect(busy.waiting).toBe(64);
  const someoneElse = busy.hash('correct horse', 'someone else');
  const refused = (await outcomes).filter((outcome) => outcome.status === 'rejected');
  expect(refused).toHaveLength(80 - 64 - MAX_RUNNING_HASHES);
  expect(refused[0]).toMatchObject({ reason: { code: 'unavailable', retryAfterMs: 2000 } });
  expect(await someoneElse).toMatch(/^\$argon2id\$/);
  expect(busy.waiting).toBe(0);
});

/** A hasher that only notes whose turn it is, and ends a job when it is told to. */
function watchedHasher() {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const hasher = new PasswordHasher((_, password) => {
    begun.push(String(password));
    return new Promise((resolve) => ends.push(() => resolve(true)));
  });
  return {
    hasher,
    begun,
    /** A job of a source, or why it was refused. */
    check: (source: string) => hasher.verify('hash', source, source).catch((error: unknown) => error),
    /** Ends the job that has run longest. */
    endOne: () => ends.shift()?.(),
  };
}

test('sources take turns: who comes after a flood waits for one job of each other source', async () => {
  const { hasher: busy, begun, check, endOne } = watchedHasher();
  const flood = Array.from({ length: MAX_RUNNING_HASHES + 20 }, () => check('flooder'));
  const others = [check('ada'), check('bob')];
  await pollFor(() => begun.length, MAX_RUNNING_HASHES);
  while (busy.waiting > 0) {
    const before = begun.length;
    endOne();
    await pollFor(() => begun.length, before + 1);
  }
  expect(begun.slice(MAX_RUNNING_HASHES, MAX_RUNNING_HASHES + 5)).toEqual([
    'flooder',
    'ada',
    'bob',
    'flooder',
    'flooder',
  ]);
  for (let running = 0; running < MAX_RUNNING_HASHES; running += 1) endOne();
  expect(new Set(await Promise.all([...flood, ...others]))).toEqual(new Set([true]));
});
