import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RedisBus } from './redis-bus.ts';
import type { RedisLink } from './redis-link.ts';
import { OtherReplicas } from './other-replicas.ts';

const ADA = { user: { id: '7', nick: 'ada', guest: true }, roomIds: ['1'] };

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

/** Another replica with Ada, in a Redis that has been there for long. */
async function following() {
  const told: string[] = [];
  const redis = { hash: { '': '1', '7': JSON.stringify(ADA) } as Record<string, string> | undefined };
  const client = {
    sMembers: async () => ['other'],
    exists: async () => (redis.hash === undefined ? 0 : 1),
    hGetAll: async () => redis.hash ?? {},
    sRem: async () => 1,
  };
  const link = {
    isReady: true,
    readyForMs: 60_000,
    subscribe: () => () => {},
    onChange: () => () => {},
    run: (command: (each: typeof client) => Promise<unknown>) => command(client),
  } as unknown as RedisLink;
  const bus = { replica: 'own', publishHere: ({ kind }: { kind: string }) => told.push(kind) } as unknown as RedisBus;
  const others = new OtherReplicas({ link, bus, keyPrefix: 'test', report: () => {} });
  await vi.advanceTimersByTimeAsync(1000);
  return { others, redis, told };
}

it('leaves people online whose hash Redis has dropped, and whose replica writes it again', async () => {
  const { others, redis, told } = await following();
  const { hash } = redis;
  for (let round = 0; round < 3; round += 1) {
    redis.hash = undefined;
    await vi.advanceTimersByTimeAsync(5000);
    redis.hash = hash;
    await vi.advanceTimersByTimeAsync(2000);
  }
  expect(told).toEqual(['online']);
  others.close();
});

it('tells that people are offline whose hash stays away', async () => {
  const { others, redis, told } = await following();
  redis.hash = undefined;
  await vi.advanceTimersByTimeAsync(8000);
  expect(told).toEqual(['online', 'offline']);
  others.close();
});
