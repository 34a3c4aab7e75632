/** Three cores behind a round-robin proxy, of which one is killed, and their Redis, which is restarted and paused. */
import { failOnLeaks, type TestServer } from '@parley/testkit';
import { describe, expect, it } from 'vitest';
import { LocalRedis, replicasMissing } from '../../apps/core/test/local-redis.ts';
import { count, seed, timeoutFor } from './counts.ts';
import { Crowd } from './crowd.ts';
import { closeAfterEach, openDatabase, startCore } from './opened.ts';
import { Proxy } from './proxy.ts';
import { SeededRandom } from './seeded-random.ts';

const CORES = 3;
const kills = count('replicaKills');
const restarts = count('redisRestarts');
const pauses = count('redisPauses');
const pauseMs = count('redisPauseMs');

describe('three cores behind a proxy that hands connections round', () => {
  failOnLeaks();
  const keep = closeAfterEach();

  async function start(): Promise<{ redis: LocalRedis; cores: TestServer[]; proxy: Proxy; crowd: Crowd }> {
    const { url } = keep(await openDatabase());
    const redis = keep(await LocalRedis.start());
    const cores = await Promise.all(
      Array.from({ length: CORES }, async () => keep(await startCore(url, { REDIS_URL: redis.url }))),
    );
    const proxy = keep(await Proxy.start({ ports: () => cores.map((core) => Number(new URL(core.url).port)) }));
    const crowd = keep(await Crowd.gather({ url: proxy.url, seed, people: 6, programs: 6 }));
    expect(proxy.taken.size).toBe(CORES);
    return { redis, cores, proxy, crowd };
  }

  it(
    `lose and double nothing when one of them is killed, ${kills} times under load`,
    { timeout: timeoutFor(kills) },
    async (ctx) => {
      if (replicasMissing !== undefined) ctx.skip(replicasMissing);
      const { cores, crowd } = await start();
      const random = new SeededRandom(seed);
      for (let kill = 0; kill < kills; kill += 1) {
        const victim = cores[random.between(0, CORES - 1)];
        await crowd.writes(random.between(50, 500));
        // Every other time, nothing comes after what was under way: the others have to find it.
        const isLast = kill % 2 === 0;
        if (isLast) crowd.hush();
        await victim?.kill('SIGKILL');
        // The others take its people in.
        await crowd.allAreIn();
        if (isLast) await crowd.settle();
        crowd.goOn();
        await crowd.writes(random.between(50, 200));
        await victim?.restart();
      }
      const report = await crowd.finish(`one core of ${CORES} killed ${kills} times`);
      expect(report.problems).toEqual([]);
    },
  );

  it(
    `lose and double nothing when Redis is restarted ${restarts} times and paused ${pauses} times for ${pauseMs} ms`,
    { timeout: timeoutFor(restarts + pauses * 2) },
    async (ctx) => {
      if (replicasMissing !== undefined) ctx.skip(replicasMissing);
      const { redis, crowd } = await start();
      const random = new SeededRandom(seed);
      for (let restart = 0; restart < restarts; restart += 1) {
        await crowd.writes(random.between(50, 500));
        await redis.kill();
        await crowd.writes(random.between(50, 500));
        // Without Redis, and with nothing that follows: late, and not lost.
        crowd.hush();
        await crowd.settle();
        crowd.goOn();
        await redis.restart();
      }
      for (let pause = 0; pause < pauses; pause += 1) {
        await crowd.writes(random.between(50, 500));
        redis.pause();
        const until = performance.now() + pauseMs;
        crowd.hush();
        await crowd.settle();
        crowd.goOn();
        while (performance.now() < until) await crowd.writes(10);
        redis.resume();
        await crowd.writes(random.between(50, 500));
      }
      const report = await crowd.finish(`Redis restarted ${restarts} times, paused ${pauses} times for ${pauseMs} ms`);
      expect(report.problems).toEqual([]);
      expect(crowd.returns).toBe(0);
    },
  );
});
