import { setImmediate as turn } from 'node:timers/promises';
import { ChatError } from '@parley/protocol';
import { FakeClock } from '@parley/testkit';
import { beforeEach, expect, test } from 'vitest';
import { ReadMarks } from './read-marks.ts';

let clock: FakeClock;
let sent: string[];
let answers: (ChatError | undefined)[];
let marks: ReadMarks;

const pass = (ms: number): Promise<void> => {
  clock.advance(ms);
  return turn();
};

beforeEach(() => {
  clock = new FakeClock();
  [sent, answers] = [[], []];
  marks = new ReadMarks({
    clock,
    random: () => 0,
    deliver(room, seq) {
      sent.push(`${room} ${seq}`);
      const error = answers.shift();
      return error === undefined ? Promise.resolve() : Promise.reject(error);
    },
  });
});

for (const code of ['unavailable', 'rate_limited'] as const) {
  test(`go out again in the server's time when they were refused as ${code}`, async () => {
    answers = [new ChatError(code, 'Not now.', { retryAfterMs: 8000 })];
    marks.start();
    marks.mark('dev', 7);
    await pass(500);
    expect(sent).toEqual(['dev 7']);
    expect([...marks.wanted]).toEqual([['dev', 7]]);
    await pass(8000);
    marks.mark('ops', 3);
    await pass(499);
    expect(sent).toEqual(['dev 7']);
    await pass(1);
    expect(sent).toEqual(['dev 7', 'dev 7', 'ops 3']);
    expect(marks.wanted.size).toBe(0);
    expect(clock.timers).toBe(0);
  });
}

test('go out on the next connection when they were refused for a while on this one', async () => {
  answers = [new ChatError('unavailable', 'Not now.', { retryAfterMs: 60_000 })];
  marks.start();
  marks.mark('dev', 7);
  await pass(500);
  marks.stop();
  expect(clock.timers).toBe(0);
  marks.start();
  await pass(10_000);
  expect(sent).toEqual(['dev 7', 'dev 7']);
});

test('are dropped when they were refused for good', async () => {
  answers = [new ChatError('not_a_member', 'You are not in dev.')];
  marks.start();
  marks.mark('dev', 7);
  await pass(500);
  expect(marks.wanted.size).toBe(0);
  expect(clock.timers).toBe(0);
});
