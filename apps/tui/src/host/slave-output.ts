/**
 * Writes frames to a PTY's slave without ever waiting for it: what does not fit is kept, and `false` asks for a rest until
 * `drain`. All slaves of the process share one buffer to encode texts in; one that is full has a timer that looks whether it
 * drains.
 */
import { writeSync } from 'node:fs';
import type { ScreenOutput } from '@parley/terminal';

const RETRY_MS = 10;
/** A terminal that nobody reads for long is looked at less often. */
const MAX_RETRY_MS = 160;

/** Most texts fit; a longer one is encoded by itself. */
const encoded = Buffer.allocUnsafeSlow(64 * 1024);

export class SlaveOutput implements ScreenOutput {
  readonly #fd: number;
  readonly #onWrite: () => void;
  readonly #listeners = { drain: new Set<() => void>(), error: new Set<(error: Error) => void>() };
  #rest: Buffer | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  /** `onWrite` is called with each frame. */
  constructor(fd: number, onWrite: () => void) {
    this.#fd = fd;
    this.#onWrite = onWrite;
  }

  /** Whether everything has been taken. */
  get isDrained(): boolean {
    return this.#rest === undefined;
  }

  write(text: string): boolean {
    // A unit of UTF-16 takes at most three bytes of UTF-8.
    const fits = text.length * 3 <= encoded.length;
    const bytes = fits ? encoded : Buffer.from(text, 'utf8');
    return this.writeBytes(bytes, fits ? encoded.write(text, 'utf8') : bytes.length);
  }

  writeBytes(bytes: Uint8Array, length: number): boolean {
    if (this.#closed || length === 0) return true;
    this.#onWrite();
    if (this.#rest !== undefined) {
      this.#rest = Buffer.concat([this.#rest, bytes.subarray(0, length)]);
      return false;
    }
    const taken = this.#writeSome(bytes, length);
    if (taken === length) return true;
    // Copied: the bytes are another frame's in a moment.
    this.#rest = Buffer.from(bytes.subarray(taken, length));
    this.#wait(RETRY_MS);
    return false;
  }

  on(event: 'drain' | 'error', listener: (error: Error) => void): this {
    this.#listeners[event].add(listener as () => void);
    return this;
  }

  removeListener(event: 'drain' | 'error', listener: (error: Error) => void): this {
    this.#listeners[event].delete(listener as () => void);
    return this;
  }

  /** Must be called before the descriptor is closed: its number may be another terminal's afterwards. */
  close(): void {
    this.#closed = true;
    this.#rest = undefined;
    clearTimeout(this.#retry);
  }

  #wait(ms: number): void {
    this.#retry = setTimeout(() => {
      if (this.#rest === undefined) return;
      const taken = this.#writeSome(this.#rest, this.#rest.length);
      if (this.#closed) return;
      if (taken < this.#rest.length) {
        this.#rest = this.#rest.subarray(taken);
        return this.#wait(taken > 0 ? RETRY_MS : Math.min(MAX_RETRY_MS, ms * 2));
      }
      this.#rest = undefined;
      for (const listener of this.#listeners.drain) listener();
    }, ms);
  }

  /** How many of the bytes were taken: all of them when there is no terminal any more. */
  #writeSome(bytes: Uint8Array, length: number): number {
    let taken = 0;
    try {
      while (taken < length) taken += writeSync(this.#fd, bytes, taken, length - taken);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return taken;
      // EIO: nobody holds the master any more.
      this.close();
      for (const listener of this.#listeners.error) listener(error as Error);
    }
    return length;
  }
}
