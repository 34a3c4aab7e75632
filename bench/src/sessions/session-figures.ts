/** What was measured of terminal sessions, as tables and targets. */
import type { Memory } from '../processes/process-usage.ts';
import { formatValue, type Report, type Table, type Target, target } from '../report.ts';
import { median } from '../statistics.ts';
import type { PathFigures } from './bare-path.ts';
import type { Return } from './subjects.ts';

export interface Figures {
  readonly kind: string;
  /** Everything running, nobody there. */
  readonly empty: Memory;
  /** Milliseconds, one session after the other. */
  readonly firstByte: number;
  readonly wholeScreen: number;
  /** Milliseconds, the slowest of a burst. */
  readonly burstWorst: number;
  /** By round: CPU of the terminal's side a delivery. */
  readonly cpuMs: number[];
  /** By round: bytes a delivery, at 50 messages a second and at 5. */
  readonly bytesLively: number[];
  readonly bytesAlone: number[];
  readonly echoP50: number[];
  readonly echoP99: number[];
  readonly across: number[];
  /** Memory a session more, drafts included. */
  slope: Memory | undefined;
  sessions: number;
  total: Memory;
  reattach: number | undefined;
  redeploy: Return | undefined;
  hostKilled: Return | undefined;
}

const MB = 2 ** 20;

/**
 * What irssi took on the machine on which the targets were set, in their order: a slower machine is slower for both, so
 * what a target is to that says how far ahead it is to be.
 */
const BESIDE_IRSSI: readonly {
  readonly what: string;
  readonly of: (figures: Figures) => number;
  readonly wanted: number;
  readonly irssiThen: number;
}[] = [
  { what: 'memory', of: ({ slope }) => slope?.pssBytes ?? Number.NaN, wanted: 0.3, irssiThen: 3.2 },
  { what: 'first screen p50', of: ({ wholeScreen }) => wholeScreen, wanted: 5, irssiThen: 11 },
  { what: 'key → echo p50', of: ({ echoP50 }) => median(echoP50), wanted: 0.4, irssiThen: 0.3 },
  { what: 'key → echo p99', of: ({ echoP99 }) => median(echoP99), wanted: 3, irssiThen: 2.7 },
  { what: 'CPU a delivery', of: ({ cpuMs }) => median(cpuMs), wanted: 0.03, irssiThen: 0.095 },
];

export function describeSessions(
  all: readonly Figures[],
  path: PathFigures,
  commitP50: number,
  lively: number,
): Pick<Report, 'tables' | 'targets'> {
  return {
    tables: [...tablesOf(all, commitP50), tableOfPath(path), ...tablesBesideIrssi(all)],
    targets: targetsOf(all, path, commitP50, lively),
  };
}

function tableOfPath({ firstByte, echoP50, echoP99 }: PathFigures): Table {
  return {
    title: 'the path alone, ms: `cat` under the same bridge, nobody else there',
    columns: ['socket open → first byte p50', 'key → echo p50', 'p99'],
    rows: [{ name: 'cat', values: [firstByte, echoP50, echoP99] }],
  };
}

function tablesBesideIrssi(all: readonly Figures[]): Table[] {
  const parley = all.find(({ kind }) => kind === 'parley');
  const irssi = all.find(({ kind }) => kind === 'irssi');
  if (parley === undefined || irssi === undefined) return [];
  return [
    {
      title: 'beside irssi in this run, and what was to be reached beside irssi as it was when the targets were set',
      columns: ['parley ÷ irssi', 'target ÷ irssi then', ''],
      rows: BESIDE_IRSSI.map(({ what, of, wanted, irssiThen }) => {
        const ratio = of(parley) / of(irssi);
        const allowed = wanted / irssiThen;
        return { name: what, values: [ratio, allowed, ratio <= allowed ? 'as far ahead' : 'not as far ahead'] };
      }),
    },
  ];
}

function tablesOf(all: readonly Figures[], commitP50: number): Table[] {
  return [
    {
      title: 'memory, all processes, MB',
      columns: ['empty PSS', 'sessions', 'PSS', 'private', 'a session more: PSS', 'private'],
      rows: all.map(({ kind, empty, sessions, total, slope }) => ({
        name: kind,
        values: [
          empty.pssBytes / MB,
          sessions,
          total.pssBytes / MB,
          total.privateBytes / MB,
          (slope?.pssBytes ?? Number.NaN) / MB,
          (slope?.privateBytes ?? Number.NaN) / MB,
        ],
      })),
    },
    {
      title: 'socket open → screen, ms (irssi: its prompt, without a history)',
      columns: [
        'first byte p50',
        'whole screen p50',
        'slowest of a burst',
        'reattach p50',
        'host killed: last back, s',
        'redeploy: last back, s',
      ],
      rows: all.map(({ kind, firstByte, wholeScreen, burstWorst, reattach, hostKilled, redeploy }) => ({
        name: kind,
        values: [firstByte, wholeScreen, burstWorst, reattach, hostKilled?.last, redeploy?.last],
      })),
    },
    {
      title: `in a room with 50 messages a second, medians of the rounds (a commit after a pause like theirs takes ${commitP50.toFixed(2)} ms, p50)`,
      columns: ['CPU ms a delivery', 'bytes', 'bytes at 5/s', 'key → echo p50 ms', 'p99 ms', 'Enter → other p50 ms'],
      rows: all.map(({ kind, cpuMs, bytesLively, bytesAlone, echoP50, echoP99, across }) => ({
        name: kind,
        values: [cpuMs, bytesLively, bytesAlone, echoP50, echoP99, across].map(median),
      })),
    },
  ];
}

function targetsOf(all: readonly Figures[], path: PathFigures, commitP50: number, lively: number): Target[] {
  const parley = all.find(({ kind }) => kind === 'parley');
  const irssi = all.find(({ kind }) => kind === 'irssi');
  if (parley === undefined) return [];
  const at = (values: readonly number[], unit: string): string => `${formatValue(median(values))} ${unit}`;
  const below = (what: string, value: number, limit: number, unit: string, pathAlone?: number): Target => {
    const beside = pathAlone === undefined ? '' : ` (the path alone: ${formatValue(pathAlone)})`;
    return target(what, `${formatValue(value)} ${unit}`, `≤ ${limit} ${unit}${beside}`, value <= limit);
  };
  const slope = (parley.slope?.pssBytes ?? Number.NaN) / MB;
  const fitting = Math.floor((512 - parley.empty.pssBytes / MB) / slope);
  const allowed = irssi === undefined ? undefined : median(irssi.across) + commitP50;
  return [
    below('memory a session more (PSS)', slope, 0.3, 'MB'),
    target('sessions in 512 MB, by that slope', String(fitting), '≥ 1,000', fitting >= 1000),
    below('first screen p50', parley.wholeScreen, 5, 'ms'),
    below(`first screen, slowest of ${lively} at once`, parley.burstWorst, 200, 'ms'),
    below('key → echo p50', median(parley.echoP50), 0.4, 'ms', path.echoP50),
    below('key → echo p99', median(parley.echoP99), 3, 'ms', path.echoP99),
    below('CPU a delivered message', median(parley.cpuMs), 0.03, 'ms'),
    below('bytes a delivered message, one at a time', median(parley.bytesAlone), 500, 'bytes'),
    below('bytes a delivered message at 50/s', median(parley.bytesLively), 200, 'bytes'),
    target(
      'Enter → other screen p50',
      at(parley.across, 'ms'),
      allowed === undefined ? '≤ irssi + one commit' : `≤ ${allowed.toPrecision(3)} ms (irssi + one commit)`,
      allowed === undefined ? undefined : median(parley.across) <= allowed,
    ),
    below('reattach p50', parley.reattach ?? Number.NaN, 20, 'ms'),
    back(`a host of ${lively} killed: all back with their drafts`, parley.hostKilled, 1),
    back('gateway redeployed: all back with their drafts', parley.redeploy, 5),
  ];
}

function back(what: string, measured: Return | undefined, seconds: number): Target {
  const isReached = measured !== undefined && measured.last <= seconds && measured.missing === 0;
  return target(what, `${measured?.last.toFixed(2)} s, ${measured?.missing} missing`, `≤ ${seconds} s`, isReached);
}
