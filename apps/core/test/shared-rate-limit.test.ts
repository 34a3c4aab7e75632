/** The limit that replicas count together, on a Redis whose clock is set back. */
import { createLogger } from '@parley/service';
import { pollFor } from '@parley/testkit';
import { createClient } from 'redis';
import { expect, test } from 'vitest';
import { RedisLink } from '../src/redis/redis-link.ts';
import { SharedRateLimit } from '../src/redis/shared-rate-limit.ts';
import { LocalRedis, replicasMissing } from './local-redis.ts';

test.skipIf(replicasMissing !== undefined)('locks nobody out when the clock of Redis is set back', async () => {
  const redis = await LocalRedis.start();
  const link = new RedisLink(redis.url, createLogger('test', 'silent'));
  const client = createClient({ url: redis.url });
  try {
    await client.connect();
    await pollFor(() => link.isReady, true);
    const limit = new SharedRateLimit(link, 'rate', { perSecond: 1, burst: 3 });
    // As if it had been stored before the clock went back by an hour.
    await client.set('rate:ada', String(Date.now() + 3_600_000));
    const waitMs = await limit.take('ada');
    expect(waitMs).toBeGreaterThan(0);
    expect(waitMs).toBeLessThan(1100);
    expect(await pollFor(() => limit.take('ada'), 0)).toBe(0);
    // What is stored now is of the new time.
    expect(Number(await client.get('rate:ada'))).toBeLessThanOrEqual(Date.now() + 3000);
  } finally {
    client.destroy();
    link.close();
    await redis.close();
  }
});
