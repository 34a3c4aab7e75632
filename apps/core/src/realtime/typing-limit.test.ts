import { expect, test } from 'vitest';
import { TypingLimit } from './typing-limit.ts';

test('once a second in each room', () => {
  const limit = new TypingLimit();
  expect([limit.take('a', 0), limit.take('b', 500), limit.take('a', 999)]).toEqual([true, true, false]);
  expect([limit.take('a', 1000), limit.take('b', 1000), limit.take('b', 1500)]).toEqual([true, false, true]);
});

test('in at most 16 rooms a second', () => {
  const limit = new TypingLimit();
  const taken = (now: number): number =>
    Array.from({ length: 50 }, (_, room) => limit.take(`${now}-${room}`, now)).filter(Boolean).length;
  expect([taken(0), taken(999), taken(1000)]).toEqual([16, 0, 16]);
});
