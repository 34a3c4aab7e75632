/** The limit that replicas count together, on a real Redis. */
import { createLogger } from '@parley/service';
import { pollFor } from '@parley/testkit';
import { createClient } from 'redis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RedisLink } from '../src/redis/redis-link.ts';
import { SharedRateLimit } from '../src/redis/shared-rate-limit.ts';
import { LocalRedis, replicasMissing } from './local-redis.ts';

let redis: LocalRedis;
const closers: (() => unknown)[] = [];

beforeEach(async (ctx) => {
  if (replicasMissing !== undefined) ctx.skip(replicasMissing);
  redis = await LocalRedis.start();
});
afterEach(async () => {
  for (const close of closers.splice(0)) close();
  await redis?.close();
});

async function openLink(): Promise<RedisLink> {
  const link = new RedisLink(redis.url, createLogger('test', 'silent'));
  closers.push(() => link.close());
  await pollFor(() => link.isReady, true);
  return link;
}

async function openClient() {
  const client = createClient({ url: redis.url });
  closers.push(() => client.destroy());
  return client.connect();
}

test('counts what three replicas take together, exactly', async () => {
  // One an hour: nothing is given back meanwhile.
  const rate = { perSecond: 1 / 3600, burst: 60 };
  const limits = await Promise.all(
    Array.from({ length: 3 }, async () => new SharedRateLimit(patient(await openLink()), 'rate', rate)),
  );
  const waits = await Promise.all(limits.flatMap((limit) => Array.from({ length: 30 }, async () => limit.take('ada'))));
  expect(waits.filter((wait) => wait === 0)).toHaveLength(60);
});

test('does not count here what Redis refuses', async () => {
  const client = await openClient();
  const limit = new SharedRateLimit(patient(await openLink()), 'rate', { perSecond: 1 / 3600, burst: 3 });
  await client.set('rate:ada', String(Date.now() + 86_400_000));
  for (let attempt = 0; attempt < 4; attempt += 1) expect(await limit.take('ada')).toBeGreaterThan(0);
  await client.del('rate:ada');
  expect(await limit.take('ada')).toBe(0);
});

test('makes nobody wait for a Redis that does not answer', async () => {
  const link = await openLink();
  const limit = new SharedRateLimit(link, 'rate', { perSecond: 1, burst: 3 });
  redis.pause();
  await pollFor(() => link.isReady, false);
  // A number, not the promise of one.
  expect(limit.take('ada')).toBe(0);
  redis.resume();
});

test('locks nobody out when the clock of Redis is set back', async () => {
  const client = await openClient();
  const limit = new SharedRateLimit(patient(await openLink()), 'rate', { perSecond: 1, burst: 3 });
  // As if it had been stored before the clock went back by an hour.
  await client.set('rate:ada', String(Date.now() + 3_600_000));
  const waitMs = await limit.take('ada');
  expect(waitMs).toBeGreaterThan(0);
  expect(waitMs).toBeLessThan(1100);
  await pollFor(() => limit.take('ada'), 0);
  // What is stored now is of the new time.
  expect(Number(await client.get('rate:ada'))).toBeLessThan(Date.now() + 60_000);
});

/** A link that gives Redis all the time that a busy machine needs. */
const patient = (link: RedisLink): RedisLink =>
  ({
    get isReady() {
      return link.isReady;
    },
    script: (...[script, keys, args]: Parameters<RedisLink['script']>) => link.script(script, keys, args, 60_000),
  }) as RedisLink;
