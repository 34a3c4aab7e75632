/**
 * A program that a bench starts: ended by its own pid when asked to, and in any case when the bench ends. Knows nothing of
 * what the program does.
 */
import { type ChildProcess, spawn } from 'node:child_process';

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly uid?: number;
  readonly gid?: number;
  /** How it is asked to end; SIGKILL follows after five seconds. */
  readonly endSignal?: NodeJS.Signals;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

/** The program is ended with the bench, however the bench ends short of SIGKILL. */
export function endWithBench(child: ChildProcess): void {
  running.add(child);
  child.once('exit', () => running.delete(child));
}

export class Program {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #endSignal: NodeJS.Signals;
  #output = '';

  constructor(name: string, file: string, args: readonly string[], options: ProgramOptions = {}) {
    const { cwd, env = { PATH: process.env.PATH }, uid, gid, endSignal = 'SIGTERM' } = options;
    this.#name = name;
    this.#endSignal = endSignal;
    this.#child = spawn(file, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
    endWithBench(this.#child);
    const collect = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-20_000);
    };
    this.#child.stdout?.on('data', collect);
    this.#child.stderr?.on('data', collect);
    this.pid = this.#child.pid ?? 0;
  }

  /** The end of what it wrote. */
  get output(): string {
    return this.#output;
  }

  /** Polls until `check` answers something; throws with the program's output when it ends before or never does. */
  async ready<Value>(check: () => Value | undefined | Promise<Value | undefined>, timeoutMs = 30_000): Promise<Value> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const value = await check();
      if (value !== undefined) return value;
      const ended = this.#child.exitCode ?? this.#child.signalCode;
      if (ended !== null) throw new Error(`${this.#name} ended with ${ended}:\n${this.#output}`);
      if (performance.now() > deadline) throw new Error(`${this.#name} was not ready in time:\n${this.#output}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** Ends it and waits for that. May be called twice. */
  async end(signal: NodeJS.Signals = this.#endSignal): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
    await exited;
    clearTimeout(timer);
  }
}
