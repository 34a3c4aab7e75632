/** `npm run bench -- NAME`: runs one bench, prints its tables, and writes them where `--json FILE` says. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Bench, Releases } from './bench.ts';
import { fanOut } from './benches/fan-out.ts';
import { history } from './benches/history.ts';
import { idle } from './benches/idle.ts';
import { ingest } from './benches/ingest.ts';
import { sessions } from './benches/sessions.ts';
import { describeMachine } from './processes/machine.ts';
import { printReport, type Report, writeReport } from './report.ts';

const benches: Readonly<Record<string, Bench>> = { 'fan-out': fanOut, ingest, history, idle, sessions };

const USAGE = `npm run bench -- NAME [--json FILE] [--quick] [--full] [--count N] [--rounds N] [--only NAME,…] [--dist FOLDER] [--profile FOLDER]

  fan-out   500 readers of one room (--count): deliveries, CPU and delay, beside ngircd, ws and socket.io
  ingest    50 rooms, 64 senders: acknowledged messages, beside one INSERT a message
  history   pages of a room with 1 million events (--full: 10 million too)
  idle      10,000 idle members (--count) over 200 rooms: memory, and all of them back at once
  sessions  100 terminal sessions (--count), then 300: memory, delays, bytes, CPU, beside irssi
            (--per-process N: SESSIONS_PER_TUI_PROCESS)

  --quick   short, to see that it works
  --only    these subjects alone: parley, ngircd, ws, socket.io, irssi
  --dist    measures another build
  --profile writes CPU profiles of the server there (its figures are slower then)
  --node-flags='…' for the Node of Parley's servers

A Postgres of this machine is started for the run, with fsync on; BENCH_DATABASE_URL names another one.`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'string' },
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      count: { type: 'string' },
      rounds: { type: 'string' },
      only: { type: 'string' },
      'per-process': { type: 'string' },
      dist: { type: 'string', default: 'dist' },
      profile: { type: 'string' },
      'node-flags': { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  });
  const name = positionals[0] ?? '';
  const bench = benches[name];
  if (values.help || bench === undefined) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const number = (value: string | undefined): number | undefined => (value === undefined ? undefined : Number(value));
  const releases = new Releases();
  try {
    const found = await bench(
      {
        quick: values.quick,
        full: values.full,
        dist: resolve(values.dist),
        nodeFlags: values['node-flags'].split(' ').filter((flag) => flag !== ''),
        profile: values.profile === undefined ? undefined : resolve(values.profile),
        count: number(values.count),
        rounds: number(values.rounds),
        only: values.only?.split(','),
        perProcess: number(values['per-process']),
      },
      releases,
    );
    const report: Report = { bench: name, machine: describeMachine(), at: new Date().toISOString(), ...found };
    printReport(report);
    if (values.json !== undefined) writeReport(report, values.json);
    return 0;
  } finally {
    await releases.release();
  }
}

process.exit(await main());
