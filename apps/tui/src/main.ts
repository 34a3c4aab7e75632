/** The program: one client on this process's terminal. Wires arguments, signals and the exit, nothing else. */
import { constants } from 'node:os';
import { readTuiConfig } from './config.ts';
import { createTui, type Tui } from './tui.ts';

/** How long saving and disconnecting may take once the terminal is given back. */
const CLOSE_TIMEOUT_MS = 2000;

function main(): void {
  const read = readTuiConfig(process.argv.slice(2), process.env);
  if (read.kind !== 'config') {
    (read.kind === 'help' ? process.stdout : process.stderr).write(`${read.words}\n`);
    process.exit(read.kind === 'help' ? 0 : 2);
  }
  const { stdin, stdout } = process;
  const { hosted } = read.config;
  const plain = read.config.plain || !stdin.isTTY || !stdout.isTTY || process.env.TERM === 'dumb';
  let tui: Tui | undefined;
  const crash = (error: unknown): void => {
    // The terminal first, or the words would vanish with the alternate screen.
    tui?.close();
    // A visitor of a page can do nothing with a trace, and the page has words of its own.
    if (!hosted) process.stderr.write(`Parley stopped because of a fault of its own:\n${describe(error)}\n`);
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  // Before the first byte is out: whoever sees it may send a signal.
  stdout.on('resize', () => tui?.resize(stdout.columns, stdout.rows));
  // Back in the foreground, or attached to another screen: what the terminal shows and which modes it has is unknown.
  const takeAgain = (): void => {
    // Off and on: what is on already, as far as libuv knows, would not reach the terminal.
    stdin.setRawMode(false);
    stdin.setRawMode(true);
    // Who stands in the background is told of no other size. With this Node reads it again, and tells of it above.
    process.emit('SIGWINCH', 'SIGWINCH');
    tui?.repaint();
  };
  /**
   * Gives the terminal to the shell and stops, with all that was started with it (npm). The signal's own action does that:
   * unlike SIGSTOP it stops nobody whom no shell would continue, as in a window of its own, and the client goes on there.
   */
  const stop = (): void => {
    // Continued, it goes on below.
    process.off('SIGTSTP', stop).off('SIGCONT', takeAgain);
    tui?.suspend();
    stdin.setRawMode(false);
    process.kill(0, 'SIGTSTP');
    process.on('SIGTSTP', stop).on('SIGCONT', takeAgain);
    takeAgain();
  };
  const hasJobs = !plain && !hosted && 'SIGTSTP' in constants.signals;
  if (!plain) process.on('SIGCONT', takeAgain);
  if (hasJobs) process.on('SIGTSTP', stop);
  let signalCode: number | undefined;
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) {
    process.on(signal, () => {
      // A script has to know that not all of its lines were sent. Whoever looks at a screen has just closed it.
      signalCode ??= plain ? codeOf(signal) : 0;
      tui?.close();
      setTimeout(() => process.exit(signalCode), CLOSE_TIMEOUT_MS).unref();
    });
  }
  tui = createTui({
    ...read.config,
    lines: plain ? stdin : undefined,
    input: stdin,
    output: stdout,
    size: sizeOf(stdout),
    term: process.env.TERM,
    onSuspend: hasJobs ? stop : undefined,
  });
  void tui.done.then((exit) => {
    const codes = { left: 0, gone: 0, failed: 1, interrupted: codeOf('SIGINT'), closed: signalCode };
    process.exit(codes[exit]);
  });
}

/** What a shell takes for the end by a signal. */
const codeOf = (signal: 'SIGTERM' | 'SIGHUP' | 'SIGINT'): number => 128 + constants.signals[signal];

const sizeOf = (stream: NodeJS.WriteStream): { cols: number; rows: number } => ({
  cols: stream.columns || 80,
  rows: stream.rows || 24,
});

const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

main();
