import { expect, test } from 'vitest';
import { VerifiedTokens } from './verified-tokens.ts';

test('a verified token is known until it runs out', () => {
  const tokens = new VerifiedTokens<string>(10);
  expect(tokens.get('a', 0)).toBeUndefined();
  tokens.add('a', 'ada', 1000);
  expect(tokens.get('a', 999)).toBe('ada');
  expect(tokens.get('a', 1000)).toBeUndefined();
  expect(tokens.get('A', 0)).toBeUndefined();
});

test('no more than the limit are known, and the oldest go first', () => {
  const tokens = new VerifiedTokens<string>(2);
  for (const token of ['a', 'b', 'a', 'c']) tokens.add(token, token, 1000);
  expect(['a', 'b', 'c'].map((token) => tokens.get(token, 0))).toEqual(['a', undefined, 'c']);
});
