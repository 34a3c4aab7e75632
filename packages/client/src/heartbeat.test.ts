import { FakeClock } from '@parley/testkit';
import { beforeEach, expect, test } from 'vitest';
import { Heartbeat } from './heartbeat.ts';

let clock: FakeClock;
let told: string[];
let heartbeat: Heartbeat;
beforeEach(() => {
  clock = new FakeClock();
  told = [];
  heartbeat = new Heartbeat({ clock, ask: () => told.push('ask'), giveUp: () => told.push('give up') });
  heartbeat.start();
});

test('asks after 30 s of silence and gives up 10 s later', () => {
  clock.advance(29_999);
  expect(told).toEqual([]);
  clock.advance(1);
  expect(told).toEqual(['ask']);
  clock.advance(9999);
  expect(told).toEqual(['ask']);
  clock.advance(1);
  expect(told).toEqual(['ask', 'give up']);
  expect(clock.timers).toBe(0);
});

test('never asks a server that keeps talking', () => {
  for (let second = 0; second < 120; second += 20) {
    clock.advance(20_000);
    heartbeat.heard();
  }
  expect(told).toEqual([]);
  expect(clock.timers).toBe(1);
});

test('starts over after an answer', () => {
  clock.advance(35_000);
  heartbeat.heard();
  clock.advance(29_000);
  expect(told).toEqual(['ask']);
  clock.advance(1000);
  expect(told).toEqual(['ask', 'ask']);
});

test('is not fooled by a clock that is set back', () => {
  clock.set(clock.now() - 3_600_000);
  clock.advance(3_700_000);
  expect(told).toEqual(['ask', 'give up']);
});

test('is silent once stopped', () => {
  heartbeat.stop();
  clock.advance(100_000);
  expect(told).toEqual([]);
});
