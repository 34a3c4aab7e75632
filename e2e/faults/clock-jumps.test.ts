/** Clocks that jump back and forth under load: the core's, and the database's. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failOnLeaks } from '@parley/testkit';
import { Client } from 'pg';
import { expect, it } from 'vitest';
import { count, seed, timeoutFor } from './counts.ts';
import { Crowd } from './crowd.ts';
import { closeAfterEach, openDatabase, postgresMissing, startCore } from './opened.ts';
import { SeededRandom } from './seeded-random.ts';

failOnLeaks();
const keep = closeAfterEach();
const jumps = count('clockJumps');

/** Puts functions in front of Postgres's own, which then tell a time that is off by what a table says. */
const OWN_CLOCK = `
  create table clock_offset (by interval not null);
  insert into clock_offset values ('0');
  create function public.clock_timestamp() returns timestamptz language sql volatile
    as 'select pg_catalog.clock_timestamp() + (select by from public.clock_offset)';
  create function public.now() returns timestamptz language sql volatile
    as 'select pg_catalog.now() + (select by from public.clock_offset)';
  do $$ begin execute format('alter database %I set search_path = public, pg_catalog', current_database()); end $$`;

it(
  `an event’s time never goes back in its room, though the clocks jump ${jumps} times by up to a day`,
  { timeout: timeoutFor(jumps) },
  async (ctx) => {
    if (postgresMissing !== undefined) ctx.skip(postgresMissing);
    const { url } = keep(await openDatabase());
    const database = new Client({ connectionString: url });
    await database.connect();
    keep({ close: () => database.end() });
    await database.query(OWN_CLOCK);
    const core = keep(
      await startCore(url, {
        NODE_OPTIONS: `--import ${fileURLToPath(new URL('./jumping-clock.mjs', import.meta.url))}`,
        FAULT_CLOCK_FILE: 'clock',
      }),
    );
    const crowd = keep(await Crowd.gather({ url: core.url, seed }));
    const random = new SeededRandom(seed);
    const offsets: number[] = [];
    for (let jump = 0; jump < jumps; jump += 1) {
      // Forwards first: what follows lies in the past of events that are stored.
      const seconds = (jump % 2 === 0 ? 1 : -1) * random.between(1, 86_400);
      offsets.push(seconds);
      await crowd.writes(random.between(50, 200));
      await database.query('update clock_offset set by = make_interval(secs => $1)', [seconds]);
      writeFileSync(join(core.folder, 'clock'), String(seconds * 1000));
      process.kill(core.pid, 'SIGUSR2');
      await crowd.writes(200);
    }
    const times = await database.query<{ rooms: number; ahead: number }>(
      `select count(*)::int as rooms, count(*) filter (where last_at > pg_catalog.now() + interval '1 second')::int as ahead
     from rooms where last_seq > 1`,
    );
    const report = await crowd.finish(`clocks off by ${offsets.join(', ')} s in turn`);
    expect(report.problems).toEqual([]);
    // Or else the clocks did not jump at all.
    expect(times.rows[0]).toEqual({ rooms: 3, ahead: 3 });
  },
);
