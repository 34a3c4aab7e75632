/** Many rooms, many senders: messages acknowledged, which is committed, beside one INSERT a message; then the delay at a fixed rate. */
import { Client } from 'pg';
import { type Bench, tell } from '../bench.ts';
import { startParley } from '../processes/parley-server.ts';
import { openBenchDatabase } from '../processes/postgres.ts';
import { cpuSeconds } from '../processes/process-usage.ts';
import { RoleProcess } from '../processes/role-process.ts';
import { target } from '../report.ts';
import type { role as ingestLoad } from '../roles/ingest-load.ts';
import type { role as insertLoad } from '../roles/insert-load.ts';
import { median, percentile, spread } from '../statistics.ts';

const ROOMS = 50;
const SENDERS = 64;
/** Messages a sender has on the way. */
const WINDOW = 50;
const INSERT_CONNECTIONS = 16;
const STEADY_PER_SECOND = 5000;

interface InsertFigures {
  readonly rates: number[];
  readonly postgres: number[];
  readonly load: number[];
}

export const ingest: Bench = async ({ quick, rounds: wantedRounds, dist, nodeFlags, profile }, releases) => {
  const rounds = wantedRounds ?? (quick ? 2 : 5);
  const seconds = quick ? 2 : 5;
  const database = releases.keep(await openBenchDatabase(), (each) => each.drop());
  const parley = releases.keep(
    await startParley({ program: 'core', dist, databaseUrl: database.url, nodeFlags, profile }),
    (each) => each.end(),
  );
  const load = releases.keep(new RoleProcess<typeof ingestLoad>('ingest-load'), (each) => each.end());
  const inserts = releases.keep(new RoleProcess<typeof insertLoad>('insert-load'), (each) => each.end());
  tell(`Connecting ${SENDERS} senders to ${ROOMS} rooms…`);
  await load.call.open({ port: parley.port, rooms: ROOMS, senders: SENDERS });
  await inserts.call.open({ url: database.url, connections: INSERT_CONNECTIONS });

  const ours = { rates: [] as number[], cpus: [] as number[], postgres: [] as number[], load: [] as number[] };
  const plain: InsertFigures = { rates: [], postgres: [], load: [] };
  const prepared: InsertFigures = { rates: [], postgres: [], load: [] };
  const steady = { p50: [] as number[], p99: [] as number[], max: [] as number[] };
  const postgresCpu = (): number => database.cpuSeconds() ?? Number.NaN;

  // What no round counts: the first seconds, in which code is compiled.
  await load.call.flood({ seconds: 2, window: WINDOW });
  for (let round = 0; round < rounds; round++) {
    tell(`Round ${round + 1} of ${rounds}…`);
    let before = { core: cpuSeconds(parley.pid), postgres: postgresCpu(), load: cpuSeconds(load.pid) };
    const flood = await load.call.flood({ seconds, window: WINDOW });
    ours.rates.push(flood.messages / flood.seconds);
    ours.cpus.push(((cpuSeconds(parley.pid) - before.core) / flood.messages) * 1e6);
    ours.postgres.push(((postgresCpu() - before.postgres) / flood.messages) * 1e6);
    ours.load.push(((cpuSeconds(load.pid) - before.load) / flood.messages) * 1e6);

    for (const figures of [plain, prepared]) {
      before = { core: 0, postgres: postgresCpu(), load: cpuSeconds(inserts.pid) };
      const single = await inserts.call.insert({ seconds, rooms: ROOMS, prepared: figures === prepared });
      figures.rates.push(single.messages / single.seconds);
      figures.postgres.push(((postgresCpu() - before.postgres) / single.messages) * 1e6);
      figures.load.push(((cpuSeconds(inserts.pid) - before.load) / single.messages) * 1e6);
    }

    const { latencies } = await load.call.steady({ seconds, perSecond: STEADY_PER_SECOND });
    steady.p50.push(percentile(latencies, 0.5));
    steady.p99.push(percentile(latencies, 0.99));
    steady.max.push(percentile(latencies, 1));
  }

  const { sent, acknowledged, problems } = await load.call.verdict();
  await inserts.call.close();
  const stored = await countStored(database.url);
  const ratio = median(ours.rates) / median(plain.rates);
  const percent = (values: readonly number[]): string => `${Math.round(spread(values) * 100)} %`;
  const insertRow = (name: string, { rates, postgres, load: client }: InsertFigures) => ({
    name: `${name}, ${INSERT_CONNECTIONS} connections`,
    values: [
      median(rates),
      median(ours.rates) / median(rates),
      undefined,
      median(postgres),
      median(client),
      percent(rates),
    ],
  });
  return {
    settings: { rooms: ROOMS, senders: SENDERS, window: WINDOW, bytes: 100, rounds, database: database.description },
    tables: [
      {
        title: 'as fast as it goes, medians of the rounds; CPU in µs a message',
        columns: ['messages/s', 'parley ÷ it', 'server', 'Postgres', 'load', 'spread of rates'],
        rows: [
          {
            name: 'parley',
            values: [
              median(ours.rates),
              1,
              median(ours.cpus),
              median(ours.postgres),
              median(ours.load),
              percent(ours.rates),
            ],
          },
          insertRow('one INSERT a message', plain),
          insertRow('… as a prepared statement', prepared),
        ],
      },
      {
        title: `at ${STEADY_PER_SECOND.toLocaleString('en-GB')} messages a second: due → acknowledged, ms, medians of the rounds`,
        columns: ['p50', 'p99', 'max'],
        rows: [{ name: 'parley', values: [median(steady.p50), median(steady.p99), median(steady.max)] }],
      },
    ],
    targets: [
      target(
        'acknowledged a second',
        Math.round(median(ours.rates)).toLocaleString('en-GB'),
        '≥ 30,000',
        median(ours.rates) >= 30_000,
      ),
      target('… against one INSERT a message', `${ratio.toFixed(2)} ×`, '≥ 3 ×', ratio >= 3),
      target(
        `ack p99 at ${STEADY_PER_SECOND.toLocaleString('en-GB')}/s`,
        `${median(steady.p99).toFixed(1)} ms`,
        '≤ 20 ms',
        median(steady.p99) <= 20,
      ),
    ],
    notes: [
      `${sent} sent, ${acknowledged} acknowledged, ${stored.messages} stored; ${stored.gaps} rooms with a gap or a double.`,
      ...problems,
      ...(sent === acknowledged && sent === stored.messages ? [] : ['SOMETHING WAS LOST OR DOUBLED.']),
    ],
  };
};

/** What the log holds, straight from the tables. */
async function countStored(url: string): Promise<{ messages: number; gaps: number }> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ messages: string; gaps: string }>(
      `SELECT coalesce(sum(messages), 0) AS messages, count(*) FILTER (WHERE events <> last) AS gaps FROM (
         SELECT count(*) FILTER (WHERE type = 'message') AS messages, count(DISTINCT seq) AS events, max(seq) AS last
         FROM events GROUP BY room_id) AS rooms`,
    );
    return { messages: Number(rows[0]?.messages), gaps: Number(rows[0]?.gaps) };
  } finally {
    await client.end();
  }
}
