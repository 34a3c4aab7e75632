/** A Postgres that crashes, is stopped, or loses a process, under a core that goes on. */
import { failOnLeaks, findPostgresBinaries, pollFor, startPostgresCluster } from '@parley/testkit';
import { expect, it } from 'vitest';
import { count, seed, timeoutFor } from './counts.ts';
import { Crowd } from './crowd.ts';
import { closeAfterEach, startCore } from './opened.ts';
import { SeededRandom } from './seeded-random.ts';

failOnLeaks();
const keep = closeAfterEach();
const kills = count('postgresKills');
const WAYS = ['killed', 'stopped', 'robbed of a process', 'away for longer'] as const;

async function someoneIsToldToWait({ ledger }: Crowd): Promise<void> {
  const { refusals } = ledger;
  const more = (): number => ledger.refusals - refusals;
  await pollFor(more, (count) => count > 0, { what: 'someone to be told to wait' });
}

it(
  `a Postgres that is killed or stopped ${kills} times under load loses and doubles nothing`,
  { timeout: timeoutFor(kills) },
  async (ctx) => {
    const binaries = findPostgresBinaries() ?? ctx.skip('no local Postgres binaries');
    const cluster = await startPostgresCluster(binaries);
    keep({ close: () => cluster.stop() });
    const core = keep(await startCore(cluster.url));
    const crowd = keep(await Crowd.gather({ url: core.url, seed }));
    const random = new SeededRandom(seed);
    for (let kill = 0; kill < kills; kill += 1) {
      await crowd.writes(random.between(50, 500));
      const way = WAYS[kill % WAYS.length];
      // Every other round of the ways, nothing comes after what was under way.
      const isLast = way !== 'away for longer' && Math.floor(kill / WAYS.length) % 2 === 0;
      if (isLast) crowd.hush();
      switch (way) {
        case 'killed':
          await cluster.kill();
          await cluster.restart();
          break;
        case 'stopped':
          await cluster.shutDown();
          await cluster.restart();
          break;
        case 'away for longer':
          await cluster.kill();
          await someoneIsToldToWait(crowd);
          await cluster.restart();
          break;
        default:
          await cluster.killBackend();
      }
      if (isLast) await crowd.settle();
      crowd.goOn();
    }
    await crowd.writes(100);
    const report = await crowd.finish(`Postgres ${WAYS.join(', ')} in turns, ${kills} times`);
    expect(report.problems).toEqual([]);
    // Nobody's connection is the database's business.
    expect(crowd.returns).toBe(0);
  },
);
