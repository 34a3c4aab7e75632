/**
 * A terminal session that is a process of its own on a PTY of its own (node-pty).
 *
 *   running ──close()──▶ hung up (SIGHUP) ──CLOSE_GRACE_MS──▶ killed (SIGKILL)
 *      └──────────────────────┴───────────────────────────────────┴── exit seen ──▶ exited
 *
 * A program that is typed to, or asked to repaint, and burns CPU instead of answering hangs: it is killed, which is a failure
 * of its own.
 */
import { chownSync } from 'node:fs';
import { type IPty, spawn } from 'node-pty';
import type { LaunchCommand } from './launch-command.ts';
import { HANGING_CPU_MS, processState } from './process-state.ts';
import { PtyInput } from './pty-input.ts';
import { CLOSE_GRACE_MS, TerminalListeners, type TerminalSession, type TerminalSize } from './terminal-session.ts';

/**
 * node-pty destroys the PTY 200 ms after the child's exit, read or not, so a paused one must be read again within that
 * time, and nothing tells of an exit before.
 */
const PAUSED_CHECK_MS = 50;

const HANGING_CHECK_MS = 100;
/** Not every key is answered. */
const HANGING_CHECKS = 30;

/** What node-pty 1.2 has on Unix and leaves out of its typings. */
interface UnixPty extends IPty {
  readonly fd: number;
  readonly ptsName: string;
  on(event: 'close', listener: () => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  readonly _socket: { read(): Buffer | null };
}

type State = 'running' | 'hung_up' | 'killed' | 'exited';

export class PtySession extends TerminalListeners implements TerminalSession {
  readonly #pty: UnixPty;
  readonly #input: PtyInput;
  #state: State = 'running';
  #killTimer: NodeJS.Timeout | undefined;
  #pausedCheck: NodeJS.Timeout | undefined;
  #hangingCheck: NodeJS.Timeout | undefined;

  /** Throws when the machine has no PTY or process left. */
  constructor(command: LaunchCommand, environment: Record<string, string>, size: TerminalSize) {
    super();
    this.#pty = spawn(command.file, [...command.args], {
      ...size,
      cwd: '/',
      env: { ...command.environment, ...environment },
      name: 'xterm-256color',
      encoding: null,
    }) as UnixPty;
    this.#input = new PtyInput(this.#pty.fd, () => this.tellInputTaken());
    // Before the program has got as far as opening its terminal by name: libuv does, to make it non-blocking.
    if (command.owner !== undefined) chownSync(this.#pty.ptsName, command.owner.uid, command.owner.gid);
    // With `encoding: null` the data are Buffers; the typings know strings only.
    this.#pty.onData((data: unknown) => {
      this.#stopWatching();
      this.tellOutput(data as Buffer);
    });
    // node-pty throws a read error into the event loop unless someone else listens too; the exit follows anyway.
    this.#pty.on('error', () => this.#closed());
    this.#pty.on('close', () => this.#closed());
    this.#pty.onExit(({ exitCode, signal }) => this.#exited(exitCode !== 0 || (signal ?? 0) !== 0));
  }

  write(bytes: Uint8Array): boolean {
    if (this.#hangingCheck === undefined) this.#watchForAnswer();
    return this.#input.write(bytes);
  }

  resize(size: TerminalSize): void {
    if (this.#state === 'exited') return;
    try {
      this.#pty.resize(size.cols, size.rows);
    } catch {
      // EBADF or ENOTTY: the program has just gone and its exit is on the way.
    }
  }

  pause(): void {
    if (this.#state !== 'running') return;
    this.#pty.pause();
    this.#pausedCheck ??= setInterval(() => {
      if (!this.#signal(0)) this.resume();
    }, PAUSED_CHECK_MS);
  }

  resume(): void {
    clearInterval(this.#pausedCheck);
    this.#pausedCheck = undefined;
    if (this.#state !== 'exited') this.#pty.resume();
  }

  detach(): void {
    // A process of its own is told nothing: what a screen saves does not matter beside it.
  }

  repaint(): void {
    if (this.#state !== 'running') return;
    // The program's sign to repaint; it also wakes one that somebody has stopped.
    this.#signal('SIGCONT');
    this.#watchForAnswer();
  }

  close(): void {
    if (this.#state !== 'running') return;
    this.#state = 'hung_up';
    this.#stopWatching();
    // A program that waits for its output to be read could not end.
    this.resume();
    this.#signal('SIGHUP');
    this.#killTimer = setTimeout(() => {
      this.#state = 'killed';
      this.#signal('SIGKILL');
    }, CLOSE_GRACE_MS);
  }

  /** The descriptor is closed. What was read before a pause took hold is still in the stream, which says nothing of it. */
  #closed(): void {
    this.#input.close();
    for (let rest = this.#pty._socket.read(); rest !== null; rest = this.#pty._socket.read()) this.tellOutput(rest);
  }

  #exited(failed: boolean): void {
    const state = this.#state;
    this.#state = 'exited';
    clearTimeout(this.#killTimer);
    clearInterval(this.#pausedCheck);
    this.#stopWatching();
    // The descriptor is closed: node-pty reports an exit after that only. Its destroy() would signal the pid, which is free.
    this.tellExit({ failed: failed && state === 'running', shared: false });
  }

  #watchForAnswer(): void {
    if (this.#state !== 'running') return;
    this.#stopWatching();
    const { cpuMs: before } = processState(this.#pty.pid);
    let checks = 0;
    this.#hangingCheck = setInterval(() => {
      const { cpuMs, isStopped } = processState(this.#pty.pid);
      checks += 1;
      if (cpuMs - before >= HANGING_CPU_MS || isStopped) this.#signal('SIGKILL');
      else if (checks >= HANGING_CHECKS) this.#stopWatching();
    }, HANGING_CHECK_MS);
  }

  #stopWatching(): void {
    clearInterval(this.#hangingCheck);
    this.#hangingCheck = undefined;
  }

  /** False when there is no such process any more. */
  #signal(signal: NodeJS.Signals | 0): boolean {
    try {
      process.kill(this.#pty.pid, signal);
      return true;
    } catch {
      return false;
    }
  }
}
