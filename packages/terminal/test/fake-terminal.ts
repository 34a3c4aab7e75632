/** The two streams of a terminal in a test. */
import { EventEmitter } from 'node:events';

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
