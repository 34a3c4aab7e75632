import { expect, it } from 'vitest';
import { LocalRateLimit } from './rate-limit.ts';

const limit = () => {
  const clock = { ms: 1000 };
  return { clock, messages: new LocalRateLimit({ perSecond: 10, burst: 60 }, () => clock.ms) };
};
const takeAll = (messages: LocalRateLimit, key: string): number => {
  let taken = 0;
  while (messages.take(key) === 0) taken += 1;
  return taken;
};

it('lets a burst through, then says when the next one may come', () => {
  const { messages } = limit();
  expect(takeAll(messages, 'ada')).toBe(60);
  expect(messages.take('ada')).toBe(100);
});

it('lets no more than its rate through over time', () => {
  const { clock, messages } = limit();
  let taken = 0;
  for (; clock.ms < 101_000; clock.ms += 1) if (messages.take('ada') === 0) taken += 1;
  expect(taken).toBe(60 + 1000 - 1);
});

it('does not count what it refuses', () => {
  const { clock, messages } = limit();
  takeAll(messages, 'ada');
  for (let refused = 0; refused < 100; refused += 1) expect(messages.take('ada')).toBe(100);
  clock.ms += 100;
  expect(messages.take('ada')).toBe(0);
});

it('is back to a full burst after the time that takes', () => {
  const { clock, messages } = limit();
  takeAll(messages, 'ada');
  clock.ms += 6000;
  expect(takeAll(messages, 'ada')).toBe(60);
});

it('counts each key for itself', () => {
  const { messages } = limit();
  takeAll(messages, 'ada');
  expect(messages.take('bob')).toBe(0);
});
