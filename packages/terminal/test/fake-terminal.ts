/** The two streams of a terminal in a test, and a clock that stands until it is turned. */
import { EventEmitter } from 'node:events';
import type { MonotonicClock } from '../src/index.ts';

export class FakeInput extends EventEmitter {
  isRaw = false;
  flowing = false;

  setRawMode(raw: boolean): void {
    this.isRaw = raw;
  }
  resume(): void {
    this.flowing = true;
  }
  pause(): void {
    this.flowing = false;
  }
  type(text: string): void {
    this.emit('data', Buffer.from(text));
  }
}

export class FakeOutput extends EventEmitter {
  /** Everything written since it was taken last. */
  #written: string[] = [];
  /** A full output takes what is written and says so. */
  full = false;

  write(text: string): boolean {
    this.#written.push(text);
    return !this.full;
  }
  take(): string {
    const text = this.#written.join('');
    this.#written = [];
    return text;
  }
  get frames(): number {
    return this.#written.length;
  }
  drain(): void {
    this.full = false;
    this.emit('drain');
  }
}

export class FakeClock implements MonotonicClock {
  #now = 0;
  #due: { at: number; run: () => void }[] = [];

  now(): number {
    return this.#now;
  }
  after(ms: number, run: () => void): () => void {
    const entry = { at: this.#now + Math.max(0, ms), run };
    this.#due.push(entry);
    return () => {
      this.#due = this.#due.filter((other) => other !== entry);
    };
  }
  /** Lets time pass; what is due runs in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#due.filter((entry) => entry.at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#due = this.#due.filter((entry) => entry !== next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = end;
  }
  get pending(): number {
    return this.#due.length;
  }
}
