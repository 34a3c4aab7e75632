import { fuzzRuns } from '@parley/testkit';
import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllEnvs();
});

test('a property is tried as often as it says itself when FUZZ_RUNS is not set', () => {
  vi.stubEnv('FUZZ_RUNS', '');
  expect([fuzzRuns(50), fuzzRuns(50, 100)]).toEqual([50, 50]);
});

test('FUZZ_RUNS sets how often, and slow ones take their part of it', () => {
  vi.stubEnv('FUZZ_RUNS', '100000');
  expect([fuzzRuns(50), fuzzRuns(50, 100), fuzzRuns(50, 300_000)]).toEqual([100_000, 1000, 1]);
});

test.each(['0', '-5', '1e5', 'many'])('FUZZ_RUNS that is %s is refused, in words', (value) => {
  vi.stubEnv('FUZZ_RUNS', value);
  expect(() => fuzzRuns(50)).toThrow(`FUZZ_RUNS is ${value}, and should be a whole number above 0.`);
});
