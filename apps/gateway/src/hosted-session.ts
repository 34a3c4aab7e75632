/**
 * A terminal session in a host: a PTY pair whose master is here and whose slave the host opens.
 *
 *   opening ──opened──▶ running ──close()──▶ closing ──CLOSE_GRACE_MS──▶ cut (the master is closed)
 *      └───────────────────┴───────────────────┴── the host says it has ended, or is gone ──▶ over
 *
 * The slave is kept open here until the host has it, since a master without a slave ends. An exit is reported when it is
 * known and the master has been read to its end.
 */
import { ReadStream } from 'node:tty';
import type { HostedClient } from '@parley/protocol';
import type { HostTerminal, TerminalHost } from './terminal-host.ts';
import { PtyInput } from './pty-input.ts';
import type { PtyPair } from './pty-pair.ts';
import {
  CLOSE_GRACE_MS,
  type TerminalExit,
  TerminalListeners,
  type TerminalSession,
  type TerminalSize,
} from './terminal-session.ts';

type State = 'opening' | 'running' | 'closing' | 'cut' | 'over';

export class HostedSession extends TerminalListeners implements TerminalSession, HostTerminal {
  readonly #pair: PtyPair;
  readonly #host: TerminalHost;
  readonly #id: number;
  readonly #master: ReadStream;
  readonly #input: PtyInput;
  #state: State = 'opening';
  #exit: TerminalExit | undefined;
  #isRead = false;
  #cutTimer: NodeJS.Timeout | undefined;

  constructor(pair: PtyPair, host: TerminalHost, client: HostedClient, size: TerminalSize) {
    super();
    this.#pair = pair;
    this.#host = host;
    this.#master = new ReadStream(pair.master);
    this.#input = new PtyInput(pair.master, () => this.tellInputTaken());
    this.#master.on('data', (bytes: Buffer) => this.tellOutput(bytes));
    // EIO: no slave is open any more. 'close' follows.
    this.#master.on('error', () => this.#input.close());
    this.#master.on('close', () => this.#readOut());
    this.#id = host.open(this, { path: pair.path, ...size, client });
  }

  write(bytes: Uint8Array): boolean {
    return this.#input.write(bytes);
  }

  resize(size: TerminalSize): void {
    this.#tell({ type: 'resize', ...size });
  }

  pause(): void {
    if (this.#isLive) this.#master.pause();
  }

  resume(): void {
    this.#master.resume();
  }

  repaint(): void {
    this.#tell({ type: 'repaint' });
  }

  detach(): void {
    this.#tell({ type: 'detach' });
  }

  close(): void {
    if (!this.#isLive) return;
    this.#state = 'closing';
    // A client that waits for its output to be read could not end.
    this.resume();
    this.#host.tell({ type: 'close', id: this.#id });
    this.#cutTimer = setTimeout(() => {
      this.#state = 'cut';
      // The client sees its terminal hang up. Its host frees it; whether it says so does not matter any more.
      this.#host.forget(this.#id);
      this.#end({ failed: false, shared: false });
      this.#master.destroy();
    }, CLOSE_GRACE_MS);
  }

  /** The host has opened the slave. */
  opened(): void {
    if (this.#state === 'opening') this.#state = 'running';
    this.#pair.releaseSlave();
  }

  exited(failed: boolean): void {
    this.#end({ failed: failed && this.#isLive, shared: false });
  }

  hostGone(): void {
    this.#end({ failed: this.#isLive, shared: true });
  }

  get #isLive(): boolean {
    return this.#state === 'opening' || this.#state === 'running';
  }

  #tell(message: { type: 'resize'; cols: number; rows: number } | { type: 'repaint' | 'detach' }): void {
    if (this.#isLive) this.#host.tell({ ...message, id: this.#id });
  }

  #end(exit: TerminalExit): void {
    if (this.#exit !== undefined) return;
    this.#exit = exit;
    clearTimeout(this.#cutTimer);
    if (this.#isLive) this.#state = 'closing';
    // With the last slave closed the master ends, once someone reads it.
    this.#pair.releaseSlave();
    this.#master.resume();
    this.#finish();
  }

  /** The master is closed. What was read before a pause took hold is still in the stream, which says nothing of it. */
  #readOut(): void {
    this.#input.close();
    this.#pair.masterClosed();
    for (let rest = this.#next(); rest !== null; rest = this.#next()) this.tellOutput(rest);
    this.#isRead = true;
    // The host may yet have to open what is gone.
    this.#pair.releaseSlave();
    this.#finish();
  }

  #next(): Buffer | null {
    return this.#master.read() as Buffer | null;
  }

  #finish(): void {
    if (this.#exit === undefined || !this.#isRead || this.#state === 'over') return;
    this.#state = 'over';
    this.tellExit(this.#exit);
  }
}
