import { createLogger } from '@parley/service';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Revocations } from './revocations.ts';

let revocations: Revocations;
/** What the database says has been revoked. */
let stored: string[];
let told: string[];

beforeEach(() => {
  vi.useFakeTimers();
  stored = [];
  told = [];
  const sessions = { revokedWithin: async () => stored };
  revocations = new Revocations({ sessions, log: createLogger('test', 'silent'), now: Date.now });
  revocations.on((id) => told.push(id));
});
afterEach(async () => {
  await revocations.close();
  vi.useRealTimers();
});

it('tells of what is revoked here before the announcement returns, and once', async () => {
  revocations.announce('laptop');
  expect(told).toEqual(['laptop']);
  stored = ['laptop'];
  await vi.advanceTimersByTimeAsync(2000);
  expect(told).toEqual(['laptop']);
});

it('asks every half second what is revoked on other replicas', async () => {
  stored = ['phone'];
  await vi.advanceTimersByTimeAsync(499);
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(told).toEqual(['phone']);
  stored = ['phone', 'tablet'];
  await vi.advanceTimersByTimeAsync(500);
  expect(told).toEqual(['phone', 'tablet']);
});
