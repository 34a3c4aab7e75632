/**
 * Thousands of members who do nothing: the server's memory for each, and how long it takes until all of them are back
 * after every connection was cut at once. One server at a time.
 */
import { type Bench, type BenchOptions, isWanted, type Releases, tell } from '../bench.ts';
import { startNgircd } from '../processes/ngircd.ts';
import { openFilesLimit } from '../processes/open-files-limit.ts';
import { startParley } from '../processes/parley-server.ts';
import { openBenchDatabase } from '../processes/postgres.ts';
import { cpuSeconds, type Memory, memoryOf } from '../processes/process-usage.ts';
import { RoleProcess } from '../processes/role-process.ts';
import { settledMemory } from '../processes/settled-memory.ts';
import { target } from '../report.ts';
import type { CrowdKind, role as idleLoad } from '../roles/idle-load.ts';
import type { role as wsBroadcast } from '../roles/ws-broadcast.ts';
import { percentile } from '../statistics.ts';

const ROOMS = 200;
const STORM_TIMEOUT_MS = 60_000;
/** Descriptors that a process needs besides its connections. */
const SPARE_FILES = 200;

interface Subject {
  readonly kind: CrowdKind;
  readonly pid: number;
  readonly port: number;
}

interface Found {
  readonly kind: CrowdKind;
  readonly empty: Memory;
  readonly half: Memory;
  readonly full: Memory;
  readonly afterStorm: Memory;
  readonly enterSeconds: number;
  /** CPU while everyone is idle, in milliseconds a second. */
  readonly idleCpu: number;
  readonly heard: { seen: number; of: number } | undefined;
  readonly latencies: readonly number[];
  readonly missing: number;
  readonly problemCount: number;
  readonly problems: readonly string[];
}

export const idle: Bench = async (options, releases) => {
  const wanted = options.count ?? (options.quick ? 1000 : 10_000);
  const limit = openFilesLimit();
  const members = Math.min(wanted, limit - SPARE_FILES);
  const notes: string[] = [];
  if (members < wanted) notes.push(`Only ${members} members: a process may open ${limit} files (ulimit -n).`);

  const found: Found[] = [];
  for (const [name, start] of Object.entries({ parley: startCore, ngircd: startPeerNgircd, ws: startPeerWs })) {
    if (!isWanted(options, name)) continue;
    const subject = await start(options, releases, notes);
    if (subject === undefined) continue;
    try {
      found.push(await measure(subject, members, options.quick));
    } catch (error) {
      if (subject.kind === 'parley') throw error;
      notes.push(`${subject.kind} could not take ${members} members: ${String(error).split('\n', 1)[0]}`);
    }
    // The next one gets the machine for itself.
    await releases.release();
  }

  const each = (memory: Memory, empty: Memory, count: number, kind: keyof Memory): number =>
    (memory[kind] - empty[kind]) / count / 1024;
  const parley = found.find(({ kind }) => kind === 'parley');
  for (const { kind, problemCount, problems, heard } of found) {
    if (heard !== undefined)
      notes.push(`${kind}: ${heard.seen} of ${heard.of} members heard a message after the storm.`);
    notes.push(`${kind}: ${problemCount} errors.`, ...problems);
  }
  return {
    settings: { members, rooms: ROOMS },
    tables: [
      {
        title: 'memory of the server process, KB a member',
        columns: ['PSS', 'private', 'PSS, 2nd half', 'PSS after storm', 'empty server MB', 'idle CPU ms/s'],
        rows: found.map(({ kind, empty, half, full, afterStorm, idleCpu }) => ({
          name: kind,
          values: [
            each(full, empty, members, 'pssBytes'),
            each(full, empty, members, 'privateBytes'),
            each(full, half, members / 2, 'pssBytes'),
            each(afterStorm, empty, members, 'pssBytes'),
            empty.pssBytes / 2 ** 20,
            idleCpu,
          ],
        })),
      },
      {
        title:
          'everyone cut at once, and back at once (parley: signed in again, with what was said meanwhile); seconds',
        columns: ['first entry', 'p50', 'p99', 'last', 'missing', 'errors'],
        rows: found.map(({ kind, enterSeconds, latencies, missing, problemCount }) => ({
          name: kind,
          values: [
            enterSeconds,
            percentile(latencies, 0.5) / 1000,
            percentile(latencies, 0.99) / 1000,
            percentile(latencies, 1) / 1000,
            missing,
            problemCount,
          ],
        })),
      },
    ],
    targets: parley === undefined ? [] : targetsOf(parley, each(parley.full, parley.empty, members, 'pssBytes')),
    notes,
  };
};

function targetsOf(parley: Found, kilobytes: number) {
  const last = percentile(parley.latencies, 1) / 1000;
  return [
    target('server memory a member', `${kilobytes.toFixed(1)} KB`, '≤ 15 KB', kilobytes <= 15),
    target(
      'reconnect storm: the last one answered',
      `${last.toFixed(1)} s, ${parley.missing} missing, ${parley.problemCount} errors`,
      '≤ 30 s, no errors',
      last <= 30 && parley.missing === 0 && parley.problemCount === 0,
    ),
  ];
}

async function measure({ kind, pid, port }: Subject, members: number, quick: boolean): Promise<Found> {
  const settled = (): Promise<Memory> => settledMemory(() => memoryOf(pid), quick);
  const idleMs = quick ? 3000 : 15_000;
  const load = new RoleProcess<typeof idleLoad>('idle-load');
  try {
    await load.call.open({ kind, port, rooms: ROOMS });
    const empty = await settled();
    tell(`${kind}: ${members} members enter…`);
    const start = performance.now();
    await load.call.add({ count: Math.floor(members / 2) });
    let enterSeconds = (performance.now() - start) / 1000;
    const half = await settled();
    const again = performance.now();
    await load.call.add({ count: Math.ceil(members / 2) });
    enterSeconds += (performance.now() - again) / 1000;
    const full = await settled();
    const cpuBefore = cpuSeconds(pid);
    await new Promise((resolve) => setTimeout(resolve, idleMs));
    const idleCpu = ((cpuSeconds(pid) - cpuBefore) / idleMs) * 1e6;
    tell(`${kind}: everyone is cut, and comes back…`);
    const { latencies, missing } = await load.call.storm({ timeoutMs: STORM_TIMEOUT_MS });
    const heard = await load.call.everyoneHears({ timeoutMs: 15_000 });
    const afterStorm = await settled();
    const { problemCount, problems } = await load.call.verdict();
    return {
      kind,
      empty,
      half,
      full,
      afterStorm,
      enterSeconds,
      idleCpu,
      heard,
      latencies,
      missing,
      problemCount,
      problems,
    };
  } finally {
    await load.end();
  }
}

async function startCore({ dist, nodeFlags, profile }: BenchOptions, releases: Releases): Promise<Subject> {
  const database = releases.keep(await openBenchDatabase(), (each) => each.drop());
  const parley = releases.keep(
    await startParley({ program: 'core', dist, databaseUrl: database.url, nodeFlags, profile }),
    (each) => each.end(),
  );
  return { kind: 'parley', pid: parley.pid, port: parley.port };
}

async function startPeerNgircd(_: BenchOptions, releases: Releases, notes: string[]): Promise<Subject | undefined> {
  const ngircd = await startNgircd();
  if (ngircd === undefined) {
    notes.push('ngircd: not installed.');
    return undefined;
  }
  releases.keep(ngircd, (each) => each.end());
  return { kind: 'ngircd', pid: ngircd.pid, port: ngircd.port };
}

async function startPeerWs(_: BenchOptions, releases: Releases): Promise<Subject> {
  const ws = releases.keep(new RoleProcess<typeof wsBroadcast>('ws-broadcast'), (each) => each.end());
  return { kind: 'ws', pid: ws.pid, port: (await ws.call.listen({})).port };
}
