/** Pages of long rooms: the newest, one in the middle, the oldest. A room that is ten times longer must not be slower. */
import { Client } from 'pg';
import { type Bench, tell } from '../bench.ts';
import { startParley } from '../processes/parley-server.ts';
import { openBenchDatabase } from '../processes/postgres.ts';
import { RoleProcess } from '../processes/role-process.ts';
import { target } from '../report.ts';
import type { role as historyLoad, Place } from '../roles/history-load.ts';
import { median, percentile } from '../statistics.ts';

const PLACES: readonly Place[] = ['newest', 'middle', 'oldest'];
const LIMIT = 50;
const FILL_AT_ONCE = 1_000_000;

export const history: Bench = async (
  { quick, full, count, rounds: wantedRounds, dist, nodeFlags, profile },
  releases,
) => {
  const rounds = wantedRounds ?? (quick ? 2 : 5);
  const times = quick ? 50 : 200;
  const first = count ?? 1_000_000;
  const sizes = full ? [first, first * 10] : [first];
  const database = releases.keep(await openBenchDatabase(), (each) => each.drop());
  // It migrates the database; then the rooms are filled behind its back, before it has heard of them.
  const parley = releases.keep(
    await startParley({ program: 'core', dist, databaseUrl: database.url, nodeFlags, profile }),
    (each) => each.end(),
  );
  const fillSeconds: string[] = [];
  for (const size of sizes) {
    tell(`Filling a room with ${size.toLocaleString('en-GB')} events…`);
    const start = performance.now();
    await fillRoom(database.url, roomOf(size), size);
    fillSeconds.push(`${Math.round((performance.now() - start) / 1000)} s`);
  }
  const load = releases.keep(new RoleProcess<typeof historyLoad>('history-load'), (each) => each.end());
  await load.call.open({ port: parley.port });

  const subjects = sizes.flatMap((size) =>
    PLACES.map((place) => ({ size, place, p50s: [] as number[], p99s: [] as number[] })),
  );
  const ask = (size: number, place: Place, asked: number) =>
    load.call.pages({ room: roomOf(size), events: size, place, limit: LIMIT, times: asked });
  for (const { size, place } of subjects) await ask(size, place, 50);
  for (let round = 0; round < rounds; round++) {
    tell(`Round ${round + 1} of ${rounds}…`);
    for (const { size, place, p50s, p99s } of subjects) {
      const { latencies } = await ask(size, place, times);
      p50s.push(percentile(latencies, 0.5));
      p99s.push(percentile(latencies, 0.99));
    }
  }

  const slowest = (size: number): number =>
    Math.max(...subjects.filter((each) => each.size === size).map(({ p50s }) => median(p50s)));
  const flatness = sizes[1] === undefined ? undefined : slowest(sizes[1]) / slowest(first);
  return {
    settings: {
      events: sizes.join(' and '),
      page: LIMIT,
      rounds,
      filled: fillSeconds.join(', '),
      database: database.description,
    },
    tables: [
      {
        title: 'request → page, ms, medians of the rounds',
        columns: ['events', 'p50', 'p99'],
        rows: subjects.map(({ size, place, p50s, p99s }) => ({
          name: place,
          values: [size, median(p50s), median(p99s)],
        })),
      },
    ],
    targets: [
      ...sizes.map((size) =>
        target(
          `slowest page's p50 at ${size.toLocaleString('en-GB')} events`,
          `${slowest(size).toFixed(2)} ms`,
          '≤ 2 ms',
          slowest(size) <= 2,
        ),
      ),
      ...(flatness === undefined
        ? []
        : [target('ten times the events', `${flatness.toFixed(2)} × the time`, 'flat: ≤ 1.25 ×', flatness <= 1.25)]),
    ],
    notes: full ? [] : ['10 million events: with --full.'],
  };
};

const roomOf = (events: number): string => `archive-${events}`;

/** Straight into the tables: a million sends would take the better part of a minute and prove nothing more. */
async function fillRoom(url: string, room: string, events: number): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ id: string }>(
      `INSERT INTO rooms (slug, key, title, topic, kind, last_seq, message_count, last_at)
       VALUES ($1, $1, $1, '', 'public', $2, $2, now()) RETURNING id`,
      [room, events],
    );
    for (let from = 1; from <= events; from += FILL_AT_ONCE) {
      await client.query(
        `INSERT INTO events (room_id, seq, at, sender_id, messages, cid, type, sender_nick, text)
         SELECT $1, n, now() - ($4::bigint - n) * interval '1 second', n % 100 + 1, n, gen_random_uuid(), 'message',
           'sender-' || n % 100 + 1, left(repeat('the quick brown fox jumps over the lazy dog ', 3), 60 + (n % 40)::integer)
         FROM generate_series($2::bigint, $3::bigint) AS n`,
        [rows[0]?.id, from, Math.min(events, from + FILL_AT_ONCE - 1), events],
      );
    }
    await client.query('VACUUM ANALYZE events');
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
}
