/**
 * Writes into a PTY whose program may read slowly or not at all: at once while it takes bytes, else a bounded queue and a
 * slow retry. node-pty's own writer goes through the thread pool and spins while the PTY is full.
 */
import { writeSync } from 'node:fs';

/** Queued bytes at which `write` asks for a rest. One frame may come on top of it. */
const HIGH_WATER_BYTES = 128 * 1024;
export const RETRY_MS = 10;

export class PtyInput {
  readonly #fd: number;
  readonly #onTaken: () => void;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(fd: number, onTaken: () => void) {
    this.#fd = fd;
    this.#onTaken = onTaken;
  }

  /** False when the caller should hold back until `onTaken`. Bytes after `close` are dropped. */
  write(bytes: Uint8Array): boolean {
    if (this.#closed || bytes.length === 0) return true;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    if (this.#retry === undefined) this.#drain();
    return this.#queuedBytes < HIGH_WATER_BYTES;
  }

  /** Must be called before the descriptor is closed: its number may be another file's afterwards. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#queue = [];
    this.#queuedBytes = 0;
  }

  #drain(): void {
    this.#retry = undefined;
    for (let chunk = this.#queue[0]; chunk !== undefined; chunk = this.#queue[0]) {
      const written = this.#writeSome(chunk);
      this.#queuedBytes -= written;
      if (written === chunk.length) {
        this.#queue.shift();
        continue;
      }
      if (this.#closed) return;
      this.#queue[0] = chunk.subarray(written);
      this.#retry = setTimeout(() => {
        const wasFull = this.#queuedBytes >= HIGH_WATER_BYTES;
        this.#drain();
        if (wasFull && !this.#closed && this.#queuedBytes < HIGH_WATER_BYTES) this.#onTaken();
      }, RETRY_MS);
      return;
    }
  }

  #writeSome(chunk: Uint8Array): number {
    try {
      return writeSync(this.#fd, chunk);
    } catch (error) {
      // EAGAIN: the program is not reading. Anything else (EIO) means it is gone, which its exit reports.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') this.close();
      return 0;
    }
  }
}
