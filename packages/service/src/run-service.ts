/**
 * A program's life: start, run until a signal, close, exit. `main.ts` files call this and nothing else.
 *
 *   starting ──ok──▶ running ──a signal──▶ closing ──▶ exit 0
 *      │ a signal: exit 0, once the start has ended; ConfigError: exit 2, any other error: exit 1, both in words
 *
 * The signals are SIGTERM, SIGINT (Ctrl-C) and SIGHUP (the terminal was closed). While closing, another SIGINT ends the
 * process at once and the others change nothing. A promise that was left alone is logged, and ends nothing; nor does it end
 * anything that nobody reads what is said here.
 */
import { ConfigError } from './environment.ts';
import { limitHeapGrowth } from './heap-growth.ts';
import { createLogger } from './logger.ts';
import { collectWhenQuiet } from './quiet-collector.ts';

/** How long a close may take before the process ends anyway: what was acknowledged is committed by then. */
const CLOSE_TIMEOUT_MS = 4500;

/**
 * Under npm one Ctrl-C comes twice, from the terminal and from npm that hands it on: for so long they are the same. A
 * person's second Ctrl-C comes later.
 */
const SAME_CTRL_C_MS = process.env['npm_lifecycle_event'] === undefined ? 0 : 500;

export interface RunningService {
  /** Stops accepting, finishes, releases. May be called twice. */
  close(): Promise<void>;
}

/**
 * Runs `start` and keeps the process until a signal. An error that carries no words of ours is printed with its stack.
 * `stopping` is aborted when a signal comes: a start that waits for something need not wait on, and may throw.
 */
export async function runService(start: (stopping: AbortSignal) => Promise<RunningService>): Promise<void> {
  // Every promise is looked after where it is made; should one slip through, it must not end everyone's chat.
  const log = createLogger('service', 'error');
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a promise was left alone'));
  // A Ctrl-C also ends the reader of `npm start | tee log`, before what is said about the closing.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

  const stopping = new AbortController();
  let closingSince: number | undefined;
  let started: RunningService | undefined;
  let releaseStart: (service: RunningService) => void = () => {};
  const service = new Promise<RunningService>((resolve) => (releaseStart = resolve));

  const stop = (signal: NodeJS.Signals): void => {
    if (closingSince !== undefined) {
      if (signal === 'SIGINT' && performance.now() - closingSince >= SAME_CTRL_C_MS) process.exit(130);
      return;
    }
    closingSince = performance.now();
    setTimeout(() => process.exit(1), CLOSE_TIMEOUT_MS).unref();
    stopping.abort();
    // A signal that comes while starting waits for the start's end: half-open things can't be closed.
    void service
      .then((running) => running.close())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error);
          process.exit(1);
        },
      );
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);

  limitHeapGrowth();
  try {
    started = await start(stopping.signal);
    releaseStart(started);
    collectWhenQuiet();
  } catch (error) {
    if (stopping.signal.aborted) process.exit(0);
    if (error instanceof ConfigError) {
      console.error(error.message);
      process.exit(2);
    }
    console.error(error instanceof StartError ? error.message : error);
    process.exit(1);
  }
}

/** A start that failed for a reason that the words explain in full: printed without a stack, exit code 1. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
