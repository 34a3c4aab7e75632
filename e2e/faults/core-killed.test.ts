/** A core that is killed in the middle of its work, again and again, on both databases. */
import { failOnLeaks } from '@parley/testkit';
import { describe, expect, it } from 'vitest';
import { count, seed, timeoutFor } from './counts.ts';
import { Crowd } from './crowd.ts';
import { closeAfterEach, openDatabase, postgresMissing, startCore } from './opened.ts';
import { SeededRandom } from './seeded-random.ts';

failOnLeaks();
const keep = closeAfterEach();

describe.each([
  { database: 'Postgres', kills: count('coreKills'), missing: postgresMissing },
  { database: 'the embedded database', kills: count('embeddedKills'), missing: undefined },
])('a core on $database', ({ database, kills, missing }) => {
  it(
    `loses and doubles nothing when it is killed ${kills} times under load`,
    { timeout: timeoutFor(kills) },
    async (ctx) => {
      if (missing !== undefined) ctx.skip(missing);
      const url = database === 'Postgres' ? keep(await openDatabase()).url : undefined;
      const core = keep(await startCore(url));
      const crowd = keep(await Crowd.gather({ url: core.url, seed }));
      const random = new SeededRandom(seed);
      for (let kill = 0; kill < kills; kill += 1) {
        await crowd.writes(random.between(50, 500));
        // Every other time, nothing comes after what was under way.
        const isLast = kill % 2 === 0;
        if (isLast) crowd.hush();
        await core.kill('SIGKILL');
        await core.restart();
        await crowd.allAreIn();
        if (isLast) await crowd.settle();
        crowd.goOn();
      }
      await crowd.writes(100);
      const report = await crowd.finish(`core on ${database} killed ${kills} times`);
      expect(report.problems).toEqual([]);
      expect(crowd.returns).toBe(kills * crowd.members.length);
    },
  );
});
