/**
 * One host process: many terminal clients, spoken to over its IPC channel. Knows nothing of their bytes.
 *
 *   starting ──ready──▶ ready ──end()──▶ ending ──channel closed, host exits (or is killed)──▶ gone
 *       └──────────────────┴── it exits, or hangs and is killed ──▶ gone
 *
 * A host hangs when it gives no sign of life while it burns CPU or is stopped, or for long: a busy one says between two
 * clients that it is alive. Silence alone is no proof: on a
 * machine with more to do than it can, everyone is slow.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { decodeFromHost, type HostedClient, type ToHost } from '@parley/protocol';
import type { Logger } from '@parley/service';
import type { LaunchCommand } from './launch-command.ts';
import { HANGING_CPU_MS, processState } from './process-state.ts';
import { openPtyDescriptors } from './pty-pair.ts';

/** A terminal of a host, as far as the host tells of it. */
export interface HostTerminal {
  opened(): void;
  exited(failed: boolean): void;
  hostGone(): void;
}

export interface TerminalHostOptions {
  readonly command: LaunchCommand;
  readonly log: Logger;
  readonly pingIntervalMs: number;
  onGone(this: void, host: TerminalHost): void;
}

/**
 * Silence after which it hangs whatever it does. Counted in ticks of our own timer, so that a machine that slept is not
 * taken for a host that did.
 */
const SILENT_MS = 12_000;
const START_TIMEOUT_MS = 20_000;
const END_GRACE_MS = 1000;
/** Of what a host says on stderr, which is a trace when it fails. */
const MAX_REPORT_CHARACTERS = 4000;

type State = 'starting' | 'ready' | 'ending' | 'gone';

export class TerminalHost {
  /** Resolves when it can take terminals; rejects when it never will. */
  readonly ready: Promise<void>;
  readonly gone: Promise<void>;
  readonly #options: TerminalHostOptions;
  readonly #process: ChildProcess;
  readonly #terminals = new Map<number, HostTerminal>();
  #state: State = 'starting';
  #nextId = 1;
  #unanswered = 0;
  /** CPU used when it gave its last sign of life, as far as we looked. Where it is not told, silence alone counts. */
  #cpuMs = 0;
  #pings: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #settleReady: { resolve: () => void; reject: (error: Error) => void } = { resolve() {}, reject() {} };
  #settleGone: () => void = () => {};

  constructor(options: TerminalHostOptions) {
    const { command } = options;
    this.#options = options;
    this.ready = new Promise((resolve, reject) => (this.#settleReady = { resolve, reject }));
    // Whoever opens a terminal hears of it; a spare that fails is only logged.
    this.ready.catch(() => {});
    this.gone = new Promise((resolve) => (this.#settleGone = resolve));
    this.#process = spawn(command.file, [...command.args, JSON.stringify(openPtyDescriptors())], {
      cwd: '/',
      env: command.environment,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#process.on('message', (message) => this.#receive(message));
    this.#process.on('error', (error) => this.#fail(error.message));
    this.#process.on('exit', (code, signal) => this.#fail(`it ended with ${signal ?? code}`));
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => this.#report(text));
    this.#deadline = setTimeout(() => this.#kill('did not start in time'), START_TIMEOUT_MS);
  }

  get state(): State {
    return this.#state;
  }

  /** Terminals that it holds or is about to. */
  get size(): number {
    return this.#terminals.size;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Hands it a terminal; answers the id to speak of it by. The host must be ready. */
  open(terminal: HostTerminal, order: { path: string; cols: number; rows: number; client: HostedClient }): number {
    const id = this.#nextId++;
    this.#terminals.set(id, terminal);
    const { path, cols, rows, client } = order;
    this.tell({ type: 'open', id, path, cols, rows, client });
    return id;
  }

  /** What the host says of this terminal from now on does not matter. */
  forget(id: number): void {
    this.#terminals.delete(id);
  }

  tell(message: ToHost): void {
    // A failure to send means that the host is gone, which its exit tells.
    if (this.#process.connected) this.#process.send(message, () => {});
  }

  /** Ends it; its clients save their places. Resolves when it is gone. May be called twice. */
  end(): Promise<void> {
    if (this.#state === 'starting' || this.#state === 'ready') {
      this.#state = 'ending';
      clearInterval(this.#pings);
      clearTimeout(this.#deadline);
      this.#deadline = setTimeout(() => this.#process.kill('SIGKILL'), END_GRACE_MS);
      if (this.#process.connected) this.#process.disconnect();
    }
    return this.gone;
  }

  #receive(value: unknown): void {
    const message = decodeFromHost(value);
    if (message === undefined) return this.#kill('sent what is no message');
    this.#unanswered = 0;
    switch (message.type) {
      case 'ready':
        return this.#started();
      case 'opened':
        return this.#terminals.get(message.id)?.opened();
      case 'exited': {
        const terminal = this.#terminals.get(message.id);
        this.#terminals.delete(message.id);
        return terminal?.exited(message.failed);
      }
      case 'pong':
    }
  }

  #started(): void {
    if (this.#state !== 'starting') return;
    this.#state = 'ready';
    clearTimeout(this.#deadline);
    this.#pings = setInterval(() => this.#ping(), this.#options.pingIntervalMs);
    this.#pings.unref();
    this.#settleReady.resolve();
  }

  #ping(): void {
    // An empty one keeps nobody waiting.
    if (this.size === 0) return;
    if (this.#unanswered === 0) {
      this.#cpuMs = processState(this.pid).cpuMs;
      this.tell({ type: 'ping' });
    } else {
      // Once what it has said is read: a gateway that was held up itself has not looked for as long.
      setImmediate(() => this.#judge());
    }
    this.#unanswered += 1;
  }

  #judge(): void {
    if (this.#unanswered === 0 || this.#state !== 'ready') return;
    const { cpuMs, isStopped } = processState(this.pid);
    if (isStopped) this.#kill('is stopped');
    else if (cpuMs - this.#cpuMs >= HANGING_CPU_MS) this.#kill('hangs');
    else if (this.#unanswered * this.#options.pingIntervalMs >= SILENT_MS) this.#kill('is silent');
  }

  #kill(reason: string): void {
    if (this.#state === 'gone') return;
    this.#options.log.error({ reason, pid: this.pid, sessions: this.size }, 'a terminal host is ended');
    clearInterval(this.#pings);
    this.#process.kill('SIGKILL');
  }

  #fail(reason: string): void {
    const state = this.#state;
    if (state === 'gone') return;
    this.#state = 'gone';
    clearInterval(this.#pings);
    clearTimeout(this.#deadline);
    if (state !== 'ending') {
      this.#options.log.error({ reason, pid: this.pid, sessions: this.size }, 'a terminal host failed');
    }
    this.#settleReady.reject(new Error(`The terminal host failed: ${reason}.`));
    this.#settleGone();
    // The pool first: terminals that come back at once must not find this host in it.
    this.#options.onGone(this);
    const terminals = [...this.#terminals.values()];
    this.#terminals.clear();
    for (const terminal of terminals) terminal.hostGone();
  }

  #report(text: string): void {
    this.#options.log.error({ pid: this.pid, trace: text.slice(0, MAX_REPORT_CHARACTERS) }, 'a terminal host says');
  }
}
