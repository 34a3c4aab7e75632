/**
 * From a program to the one who watches it: what a turn of the event loop brings goes out as one frame, and the program is
 * paused while the watcher has too much on the way. A page that acknowledges what it never got is caught by the
 * socket's own buffer. Without a watcher, output is dropped: a full-screen program repaints when one comes.
 */
import { TERMINAL_HIGH_WATER_BYTES, TERMINAL_LOW_WATER_BYTES } from '@parley/protocol';
import type { TerminalSession } from './terminal-session.ts';

/** Where the bytes go. */
export interface Watcher {
  /** Bytes handed over that have not left this machine's process. */
  readonly bufferedBytes: number;
  /** `onSent` is called when they have, or never will. */
  sendBytes(bytes: Uint8Array, onSent: () => void): void;
}

export class OutputFlow {
  readonly #source: Pick<TerminalSession, 'pause' | 'resume'>;
  #watcher: Watcher | undefined;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #unackedBytes = 0;
  #paused = false;
  #turnEnd: NodeJS.Immediate | undefined;

  constructor(source: Pick<TerminalSession, 'pause' | 'resume'>) {
    this.#source = source;
  }

  /** The next bytes go to this watcher, or nowhere; what the last one did not acknowledge is forgotten. */
  watch(watcher: Watcher | undefined): void {
    this.#watcher = watcher;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#unackedBytes = 0;
    this.#regulate();
  }

  push(bytes: Uint8Array): void {
    if (this.#watcher === undefined) return;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    this.#turnEnd ??= setImmediate(() => this.flush());
    this.#regulate();
  }

  acknowledge(bytes: number): void {
    this.#unackedBytes = Math.max(0, this.#unackedBytes - bytes);
    this.#regulate();
  }

  /** Sends what has gathered without waiting for the turn's end. */
  flush(): void {
    clearImmediate(this.#turnEnd);
    this.#turnEnd = undefined;
    const watcher = this.#watcher;
    const [first] = this.#pending;
    if (watcher === undefined || first === undefined) return;
    const bytes = this.#pending.length === 1 ? first : Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#unackedBytes += bytes.length;
    watcher.sendBytes(bytes, () => this.#regulate());
  }

  #regulate(): void {
    const onTheWay = this.#pendingBytes + Math.max(this.#unackedBytes, this.#watcher?.bufferedBytes ?? 0);
    if (!this.#paused && onTheWay >= TERMINAL_HIGH_WATER_BYTES) {
      this.#paused = true;
      this.#source.pause();
    } else if (this.#paused && onTheWay <= TERMINAL_LOW_WATER_BYTES) {
      this.#paused = false;
      this.#source.resume();
    }
  }
}
