/**
 * One room, many readers: deliveries a second and CPU a delivery while 50 messages are on the way, then the delay to the
 * last reader of one message at a time. Parley commits each message to Postgres before anyone sees it; its peers store
 * nothing, but for one: a bare `ws` server that commits each message as a row and then hands it on.
 */
import { type Bench, type BenchOptions, isWanted, type Releases, tell } from '../bench.ts';
import { startNgircd } from '../processes/ngircd.ts';
import { startParley } from '../processes/parley-server.ts';
import { openBenchDatabase } from '../processes/postgres.ts';
import { cpuSeconds } from '../processes/process-usage.ts';
import { RoleProcess } from '../processes/role-process.ts';
import { type Table, type Target, target } from '../report.ts';
import type { role as insertLoad } from '../roles/insert-load.ts';
import type { role as roomLoad, RoomKind } from '../roles/room-load.ts';
import type { role as socketIoBroadcast } from '../roles/socketio-broadcast.ts';
import type { role as wsBroadcast } from '../roles/ws-broadcast.ts';
import { median, percentile, spread } from '../statistics.ts';

const SENDERS = 10;
const OUTSTANDING = 50;

interface Subject {
  readonly kind: RoomKind;
  readonly pid: number;
  readonly port: number;
  /** What else works for it: Postgres. */
  readonly otherCpu: () => number | undefined;
}

interface Contender extends Subject {
  readonly load: RoleProcess<typeof roomLoad>;
  readonly rates: number[];
  readonly cpus: number[];
  readonly otherCpus: number[];
  readonly lonelyCpus: number[];
  readonly lonelyFirstP50s: number[];
  readonly lonelyP50s: number[];
  readonly lonelyP99s: number[];
}

export const fanOut: Bench = async (options, releases) => {
  const readers = options.count ?? 500;
  const rounds = options.rounds ?? (options.quick ? 2 : 5);
  const seconds = options.quick ? 1.5 : 4;
  const lonely = options.quick ? 150 : 500;
  const notes: string[] = [];

  const database = releases.keep(await openBenchDatabase(), (each) => each.drop());
  const contenders: Contender[] = [];
  for (const subject of await startSubjects(options, releases, database.url, () => database.cpuSeconds(), notes)) {
    tell(`Connecting ${readers} readers to ${subject.kind}…`);
    const load = releases.keep(new RoleProcess<typeof roomLoad>('room-load'), (each) => each.end());
    await load.call.open({ kind: subject.kind, port: subject.port, readers, senders: SENDERS });
    const figures = {
      rates: [],
      cpus: [],
      otherCpus: [],
      lonelyCpus: [],
      lonelyFirstP50s: [],
      lonelyP50s: [],
      lonelyP99s: [],
    };
    contenders.push({ ...subject, load, ...figures });
  }
  const commits = releases.keep(new RoleProcess<typeof insertLoad>('insert-load'), (each) => each.end());
  await commits.call.open({ url: database.url, connections: 1 });

  const commitP50s: number[] = [];
  // What no round counts: the first seconds of each, in which code is compiled and buffers grow.
  for (const contender of contenders) await contender.load.call.pipelined({ seconds: 2, outstanding: OUTSTANDING });
  for (let round = 0; round < rounds; round++) {
    tell(`Round ${round + 1} of ${rounds}…`);
    for (const contender of contenders) await measurePipelined(contender, seconds);
    for (const contender of contenders) await measureOneByOne(contender, lonely);
    commitP50s.push(percentile((await commits.call.commit({ times: lonely })).latencies, 0.5));
  }

  for (const { kind, load } of contenders) {
    const { checked, frames, problems } = await load.call.verdict();
    // IRC has no frames.
    const batching = frames === 0 ? '' : ` ${(checked / frames).toFixed(1)} messages a frame;`;
    notes.push(
      `${kind}: ${checked.toLocaleString('en-GB')} deliveries parsed;${batching} ${problems.length} problems.`,
    );
    notes.push(...problems);
  }
  const commitP50 = median(commitP50s);
  return {
    settings: {
      readers,
      senders: SENDERS,
      outstanding: OUTSTANDING,
      bytes: 100,
      rounds,
      database: database.description,
    },
    tables: tablesOf(contenders, commitP50),
    targets: targetsOf(contenders, commitP50),
    notes,
  };
};

async function measurePipelined(contender: Contender, seconds: number): Promise<void> {
  const cpuBefore = cpuSeconds(contender.pid);
  const otherBefore = contender.otherCpu();
  const result = await contender.load.call.pipelined({ seconds, outstanding: OUTSTANDING });
  contender.rates.push(result.deliveries / result.seconds);
  contender.cpus.push(((cpuSeconds(contender.pid) - cpuBefore) / result.deliveries) * 1e6);
  const other = contender.otherCpu();
  if (other !== undefined && otherBefore !== undefined) {
    contender.otherCpus.push(((other - otherBefore) / result.deliveries) * 1e6);
  }
}

async function measureOneByOne(contender: Contender, messages: number): Promise<void> {
  const cpuBefore = cpuSeconds(contender.pid);
  const { firsts, latencies, deliveries } = await contender.load.call.oneByOne({ messages });
  contender.lonelyCpus.push(((cpuSeconds(contender.pid) - cpuBefore) / deliveries) * 1e6);
  contender.lonelyFirstP50s.push(percentile(firsts, 0.5));
  contender.lonelyP50s.push(percentile(latencies, 0.5));
  contender.lonelyP99s.push(percentile(latencies, 0.99));
}

async function startSubjects(
  options: BenchOptions,
  releases: Releases,
  databaseUrl: string,
  postgresCpu: () => number | undefined,
  notes: string[],
): Promise<Subject[]> {
  const { dist, nodeFlags, profile } = options;
  const none = (): undefined => undefined;
  const subjects: Subject[] = [];
  if (isWanted(options, 'parley')) {
    const parley = releases.keep(
      await startParley({ program: 'core', dist, databaseUrl, nodeFlags, profile }),
      (each) => each.end(),
    );
    subjects.push({ kind: 'parley', pid: parley.pid, port: parley.port, otherCpu: postgresCpu });
  }
  const ngircd = isWanted(options, 'ngircd') ? await startNgircd() : 'unwanted';
  if (ngircd === undefined) {
    notes.push('ngircd: not installed.');
  } else if (ngircd !== 'unwanted') {
    releases.keep(ngircd, (each) => each.end());
    subjects.push({ kind: 'ngircd', pid: ngircd.pid, port: ngircd.port, otherCpu: none });
  }
  if (isWanted(options, 'ws')) {
    for (const [kind, listen] of [
      ['ws', {}],
      ['ws + commit', { databaseUrl }],
    ] as const) {
      const ws = releases.keep(new RoleProcess<typeof wsBroadcast>('ws-broadcast'), (each) => each.end());
      subjects.push({ kind, pid: ws.pid, port: (await ws.call.listen(listen)).port, otherCpu: none });
    }
  }
  if (isWanted(options, 'socket.io')) {
    const socketIo = releases.keep(new RoleProcess<typeof socketIoBroadcast>('socketio-broadcast'), (each) =>
      each.end(),
    );
    const listening = await socketIo.call.listen().catch(() => undefined);
    if (listening === undefined) notes.push('socket.io: not installed.');
    else subjects.push({ kind: 'socket.io', pid: socketIo.pid, port: listening.port, otherCpu: none });
  }
  return subjects;
}

function tablesOf(contenders: readonly Contender[], commitP50: number): Table[] {
  const parley = contenders.find(({ kind }) => kind === 'parley');
  const rate = median(parley?.rates ?? []);
  const cpu = median(parley?.cpus ?? []);
  return [
    {
      title: `${OUTSTANDING} messages on the way, medians of the rounds`,
      columns: ['deliveries/s', 'parley ÷ it', 'CPU µs each', 'parley ÷ it', 'Postgres µs each', 'spread of rates'],
      rows: contenders.map(({ kind, rates, cpus, otherCpus }) => ({
        name: kind,
        values: [
          median(rates),
          rate / median(rates),
          median(cpus),
          cpu / median(cpus),
          otherCpus.length === 0 ? undefined : median(otherCpus),
          `${Math.round(spread(rates) * 100)} %`,
        ],
      })),
    },
    {
      title: `one message at a time (a commit of one row takes ${commitP50.toFixed(2)} ms, p50, one right after the other)`,
      columns: ['CPU µs each', 'parley ÷ it', 'send → first p50 ms', '→ last p50 ms', '→ last p99 ms'],
      rows: contenders.map(({ kind, lonelyCpus, lonelyFirstP50s, lonelyP50s, lonelyP99s }) => ({
        name: kind,
        values: [
          median(lonelyCpus),
          median(parley?.lonelyCpus ?? []) / median(lonelyCpus),
          median(lonelyFirstP50s),
          median(lonelyP50s),
          median(lonelyP99s),
        ],
      })),
    },
  ];
}

function targetsOf(contenders: readonly Contender[], commitP50: number): Target[] {
  const find = (kind: RoomKind): Contender | undefined => contenders.find((each) => each.kind === kind);
  const [parley, ngircd, ws, wsCommit] = [find('parley'), find('ngircd'), find('ws'), find('ws + commit')];
  if (parley === undefined) return [];
  const rate = ngircd === undefined ? undefined : median(parley.rates) / median(ngircd.rates);
  const cpu = ngircd === undefined ? undefined : median(parley.cpus) / median(ngircd.cpus);
  const lonelyCpu = ws === undefined ? undefined : median(parley.lonelyCpus) / median(ws.lonelyCpus);
  const delay = median(parley.lonelyP50s);
  const allowed = wsCommit === undefined ? undefined : median(wsCommit.lonelyP50s);
  const apart = ws === undefined ? 0 : median(ws.lonelyP50s) + commitP50;
  const times = (ratio: number | undefined, of: string): string =>
    ratio === undefined ? '–' : `${ratio.toFixed(2)} × ${of}`;
  return [
    target('deliveries/s', times(rate, 'ngircd'), '≥ 2 × ngircd', rate === undefined ? undefined : rate >= 2),
    target('CPU a delivery', times(cpu, 'ngircd'), '≤ 0.6 × ngircd', cpu === undefined ? undefined : cpu <= 0.6),
    target(
      'one at a time: CPU a delivery',
      times(lonelyCpu, 'ws'),
      '≤ 1.2 × ws',
      lonelyCpu === undefined ? undefined : lonelyCpu <= 1.2,
    ),
    target(
      'one at a time: send → last reader p50',
      `${delay.toFixed(2)} ms`,
      allowed === undefined
        ? '≤ ws + one commit'
        : `≤ ${allowed.toFixed(2)} ms (ws + one commit; ${apart.toFixed(2)} measured apart)`,
      allowed === undefined ? undefined : delay <= allowed,
    ),
  ];
}
