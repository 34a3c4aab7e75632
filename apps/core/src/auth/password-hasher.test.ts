import { parseOptions } from '@node-rs/argon2';
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

test('no hash takes as long as a wrong password', async () => {
  const encoded = await hasher.hash('correct horse', 'a');
  const fastest = async (against: string | undefined): Promise<number> => {
    let least = Infinity;
    for (let run = 0; run < 8; run += 1) {
      const start = performance.now();
      await hasher.verify(against, 'wrong horse', 'a');
      least = Math.min(least, performance.now() - start);
    }
    return least;
  };
  const [known, unknown] = [await fastest(encoded), await fastest(undefined)];
  // One is a lookup away from the other; without the decoy it would be a hundredth.
  expect(unknown).toBeGreaterThan(known / 3);
  expect(unknown).toBeLessThan(known * 3);
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
