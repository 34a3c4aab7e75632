import { expect, test } from 'vitest';
import { pollFor } from '@parley/testkit';

test('answers the value once it equals the expected one', async () => {
  let reads = 0;
  expect(await pollFor(() => ({ reads: (reads += 1) }), { reads: 3 })).toEqual({ reads: 3 });
});

test('answers the value that fulfils the predicate', async () => {
  let reads = 0;
  expect(
    await pollFor(
      () => (reads += 1),
      (value) => value > 4,
    ),
  ).toBe(5);
});

test('fails with the last value seen', async () => {
  await expect(pollFor(() => 'blue', 'red', { timeoutMs: 20 })).rejects.toThrow(
    "'red'; the last value seen was 'blue'",
  );
});

test('fails with the error of the last read', async () => {
  const read = (): string => {
    throw new Error('not open yet');
  };
  await expect(pollFor(read, 'red', { timeoutMs: 20 })).rejects.toThrow('not open yet');
});
