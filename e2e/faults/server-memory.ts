/** What a server takes of this machine's memory. Linux only. */
import { readFileSync } from 'node:fs';

const MB = 1024;

/** Megabytes of a process, shared pages divided among those who share them. */
export function memoryOf(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1]) / MB;
}

/** Looks again and again, until it is closed, at what a server takes at most. */
export class MemoryWatch {
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;
  #most = 0;

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#look(), 50);
    this.#look();
  }

  /** Ends the watch, and answers the most that was seen. */
  stop(): number {
    this.#look();
    this.close();
    return this.#most;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    this.#most = Math.max(this.#most, memoryOf(this.#pid));
  }
}
