/**
 * Job control: gives the terminal to the shell and takes it again. Knows the signals and the terminal's raw mode; what is
 * painted is the client's.
 *
 *   running ──SIGTSTP, asked by the client──▶ stopped (the terminal is the shell's) ──SIGCONT──▶ repainted ──▶ running
 *      └──SIGCONT alone: attached to another screen, or stopped by others──▶ repainted ──▶ running
 */
import { constants } from 'node:os';

export interface SuspensionOptions {
  /** The client, once there is one: whoever sees its first byte may send a signal. */
  tui(this: void): { suspend(): void; repaint(): void } | undefined;
  readonly stdin: { setRawMode(mode: boolean): unknown };
  /** Whether a shell may be there to go back to; otherwise the terminal is only taken again. */
  readonly mayStop: boolean;
}

/** Follows the signals from now on. Answers what stops the program, or undefined where it can't be. */
export function suspendOnRequest({ tui, stdin, mayStop }: SuspensionOptions): (() => void) | undefined {
  // Back in the foreground, or attached to another screen: what the terminal shows and which modes it has is unknown.
  const takeAgain = (): void => {
    // Off and on: what is on already, as far as libuv knows, would not reach the terminal.
    stdin.setRawMode(false);
    stdin.setRawMode(true);
    // Who stands in the background is told of no other size. With this Node reads it again, and tells of it by `resize`.
    process.emit('SIGWINCH', 'SIGWINCH');
    tui()?.repaint();
  };
  /**
   * Gives the terminal to the shell and stops, with all that was started with it (npm). The signal's own action does that:
   * unlike SIGSTOP it stops nobody whom no shell would continue, as in a window of its own, and the client goes on there.
   */
  const stop = (): void => {
    // Continued, it goes on below.
    process.off('SIGTSTP', stop).off('SIGCONT', takeAgain);
    tui()?.suspend();
    stdin.setRawMode(false);
    process.kill(0, 'SIGTSTP');
    process.on('SIGTSTP', stop).on('SIGCONT', takeAgain);
    takeAgain();
  };
  process.on('SIGCONT', takeAgain);
  const hasJobs = mayStop && 'SIGTSTP' in constants.signals;
  if (!hasJobs) return undefined;
  process.on('SIGTSTP', stop);
  return stop;
}
