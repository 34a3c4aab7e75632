/** The program: one client on this process's terminal. Wires arguments, signals and the exit, nothing else. */
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { readTuiConfig } from './config.ts';
import { suspendOnRequest } from './runtime/job-control.ts';
import { createTui, type Tui, type TuiExit } from './tui.ts';

/** How long saving and disconnecting may take once the terminal is given back. */
const CLOSE_TIMEOUT_MS = 2000;

/** Descriptors that Node gives back as it found them when it exits. */
const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));

function main(): void {
  const read = readTuiConfig(process.argv.slice(2), process.env);
  if (read.kind !== 'config') {
    (read.kind === 'help' ? process.stdout : process.stderr).write(`${read.words}\n`);
    exit(read.kind === 'help' ? 0 : 2);
  }
  const { stdin, stdout } = process;
  const { hosted } = read.config;
  const { TERM: term } = process.env;
  const isTerminal = stdin.isTTY && stdout.isTTY;
  const plain = read.config.plain || !isTerminal || term === 'dumb';
  // Of a terminal that does not say what it is, only lines can be expected.
  const editsLines = plain && isTerminal && term !== undefined && term !== '' && term !== 'dumb';
  let tui: Tui | undefined;
  const crash = (error: unknown): void => {
    // The terminal first, or the words would vanish with the alternate screen.
    tui?.close();
    // A visitor of a page can do nothing with a trace, and the page has words of its own.
    if (!hosted) process.stderr.write(`Parley stopped because of a fault of its own:\n${describe(error)}\n`);
    exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  // Before the first byte is out: whoever sees it may send a signal.
  stdout.on('resize', () => tui?.resize(stdout.columns, stdout.rows));
  const isRaw = !plain || editsLines;
  const suspend = isRaw ? suspendOnRequest({ tui: () => tui, stdin, mayStop: !hosted }) : undefined;
  let signalCode: number | undefined;
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) {
    process.on(signal, () => {
      // A script has to know that not all of its lines were sent. Whoever looks at a screen has just closed it.
      signalCode ??= plain ? codeOf(signal) : 0;
      tui?.close();
      setTimeout(() => exit(signalCode), CLOSE_TIMEOUT_MS).unref();
    });
  }
  tui = createTui({
    ...read.config,
    lines: plain ? stdin : undefined,
    terminal: editsLines ? { input: stdin, output: stdout, onSuspend: suspend } : undefined,
    input: stdin,
    output: stdout,
    size: sizeOf(stdout),
    term,
    onSuspend: suspend,
  });
  const codeOfEnd = (how: TuiExit): number | undefined =>
    ({ left: 0, gone: 0, failed: 1, interrupted: codeOf('SIGINT'), closed: signalCode })[how];
  void tui.done.then((how) => exit(codeOfEnd(how)));
}

/** Ends the program. With a terminal that has hung up Node would abort (`ResetStdio`), so that ends as a hangup does. */
function exit(code: number | undefined): never {
  if (terminals.some((descriptor) => !isatty(descriptor))) {
    process.removeAllListeners('SIGHUP');
    process.kill(process.pid, 'SIGHUP');
  }
  process.exit(code);
}

/** What a shell takes for the end by a signal. */
const codeOf = (signal: 'SIGTERM' | 'SIGHUP' | 'SIGINT'): number => 128 + constants.signals[signal];

const sizeOf = (stream: NodeJS.WriteStream): { cols: number; rows: number } => ({
  cols: stream.columns || 80,
  rows: stream.rows || 24,
});

const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

main();
