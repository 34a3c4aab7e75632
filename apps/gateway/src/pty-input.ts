/**
 * Writes into a PTY whose program may read slowly or not at all: at once while it takes bytes, else a bounded queue and a
 * slow retry. node-pty's own writer goes through the thread pool and spins while the PTY is full.
 *
 *   direct ──more than MAX_WRITES in one turn──▶ until the turn ends ──▶ direct
 *      └──the PTY is full──▶ until it has room: tried again each RETRY_MS ──▶ direct
 *
 * In `direct` nothing waits. The caller is asked to rest while a turn has brought too many writes or too many bytes wait, so
 * that one who sends thousands of frames a turn shares the event loop with everyone else.
 */
import { writeSync } from 'node:fs';

/** Waiting bytes at which `write` asks for a rest. What the caller has read by then may come on top of it. */
const HIGH_WATER_BYTES = 128 * 1024;
/** A person's keys come one in a turn, a paste in a few: those of a busy second come together, and wait a turn at most. */
const MAX_WRITES = 64;
export const RETRY_MS = 10;
const NO_BYTES = new Uint8Array(0);

export class PtyInput {
  readonly #fd: number;
  readonly #onTaken: () => void;
  readonly #waiting = new ByteRun();
  /** Writes in this turn of the event loop. */
  #writes = 0;
  #turn: NodeJS.Immediate | undefined;
  #retry: NodeJS.Timeout | undefined;
  #callerRests = false;
  #closed = false;

  constructor(fd: number, onTaken: () => void) {
    this.#fd = fd;
    this.#onTaken = onTaken;
  }

  /** False when the caller should hold back until `onTaken`. Bytes after `close` are dropped. */
  write(bytes: Uint8Array): boolean {
    if (this.#closed || bytes.length === 0) return true;
    this.#turn ??= setImmediate(() => this.#endTurn());
    this.#writes += 1;
    const isDirect = this.#retry === undefined && this.#writes <= MAX_WRITES;
    const taken = isDirect ? this.#offer(bytes) : 0;
    if (!this.#closed) this.#waiting.push(bytes.subarray(taken));
    this.#callerRests = !this.#hasRoom;
    return !this.#callerRests;
  }

  /** Must be called before the descriptor is closed: its number may be another file's afterwards. */
  close(): void {
    this.#closed = true;
    clearImmediate(this.#turn);
    clearTimeout(this.#retry);
    this.#waiting.clear();
  }

  get #hasRoom(): boolean {
    return this.#writes <= MAX_WRITES && this.#waiting.length < HIGH_WATER_BYTES;
  }

  #endTurn(): void {
    this.#turn = undefined;
    this.#writes = 0;
    if (this.#retry === undefined) this.#drain();
    this.#tellRoom();
  }

  #drain(): void {
    if (this.#waiting.length > 0) this.#waiting.drop(this.#offer(this.#waiting.bytes));
  }

  #tellRoom(): void {
    if (!this.#callerRests || this.#closed || !this.#hasRoom) return;
    this.#callerRests = false;
    this.#onTaken();
  }

  /** How many bytes the PTY took. When that is not all, it is tried again later. */
  #offer(bytes: Uint8Array): number {
    const taken = this.#writeSome(bytes);
    if (taken < bytes.length && !this.#closed) {
      this.#retry = setTimeout(() => {
        this.#retry = undefined;
        this.#drain();
        this.#tellRoom();
      }, RETRY_MS);
    }
    return taken;
  }

  #writeSome(bytes: Uint8Array): number {
    try {
      return writeSync(this.#fd, bytes);
    } catch (error) {
      // EAGAIN: the program is not reading. Anything else (EIO) means it is gone, which its exit reports.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') this.close();
      return 0;
    }
  }
}

/** Bytes one after the other, in memory that goes by how many they are and not by the pieces they came in. */
class ByteRun {
  #buffer = NO_BYTES;
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** Until the next call. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  push(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#buffer.length) this.#makeRoom(bytes.length);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  drop(count: number): void {
    this.#start += count;
    if (this.#start >= this.#end) this.clear();
  }

  clear(): void {
    this.#buffer = NO_BYTES;
    this.#start = 0;
    this.#end = 0;
  }

  /** As much again is free afterwards, so that each byte is moved a few times at most. */
  #makeRoom(count: number): void {
    const { bytes } = this;
    const capacity = 2 * (bytes.length + count);
    if (capacity <= this.#buffer.length) this.#buffer.copyWithin(0, this.#start, this.#end);
    else {
      this.#buffer = new Uint8Array(capacity);
      this.#buffer.set(bytes);
    }
    this.#end = bytes.length;
    this.#start = 0;
  }
}
