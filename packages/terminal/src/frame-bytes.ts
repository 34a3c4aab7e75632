/**
 * The bytes of the frame that is being made, as UTF-8. Frames are made one after the other, so all screens of the process
 * write into one buffer, from `begin` on: strings that grow by single characters would leave an object for each of them
 * behind, and have to be encoded in the end.
 *
 * A class: V8 keeps an object literal with getters as a dictionary, in which each call looks its method up.
 */
import { BLANK, codeOf } from './cell-tables.ts';

/** A unit of UTF-16 takes at most so many bytes of UTF-8. */
const MAX_BYTES = 3;

class FrameBytes {
  /** Grows to the longest frame. */
  #bytes = Buffer.allocUnsafeSlow(16 * 1024);
  #length = 0;

  /** Begins with nothing, whatever another frame has left after a fault. */
  begin(): void {
    this.#length = 0;
  }

  get length(): number {
    return this.#length;
  }

  /** The buffer that the first `length` bytes are in, until more is written. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  write(text: string): void {
    this.#reserve(text.length * MAX_BYTES);
    const bytes = this.#bytes;
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      if (unit < 0x80) bytes[this.#length++] = unit;
      else {
        this.#length += bytes.write(text.slice(index), this.#length, 'utf8');
        return;
      }
    }
  }

  /** One ASCII character. */
  ascii(code: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = code;
  }

  /** The ASCII characters that the cells from `from` up to `to` hold. */
  codes(cells: Uint32Array, from: number, to: number): void {
    this.#reserve(to - from);
    const bytes = this.#bytes;
    let length = this.#length;
    for (let at = from; at < to; at++) bytes[length++] = codeOf(cells[at] ?? BLANK);
    this.#length = length;
  }

  /** A whole number from 0 to 9999, in decimals. */
  number(value: number): void {
    this.#reserve(4);
    const bytes = this.#bytes;
    if (value >= 1000) bytes[this.#length++] = 0x30 + ((value / 1000) | 0);
    if (value >= 100) bytes[this.#length++] = 0x30 + (((value / 100) | 0) % 10);
    if (value >= 10) bytes[this.#length++] = 0x30 + (((value / 10) | 0) % 10);
    bytes[this.#length++] = 0x30 + (value % 10);
  }

  /** Puts text before all that was written. */
  prepend(text: string): void {
    if (text === '') return;
    const before = Buffer.from(text);
    this.#reserve(before.length);
    this.#bytes.copyWithin(before.length, 0, this.#length);
    this.#bytes.set(before);
    this.#length += before.length;
  }

  /** What was written from `start` on, as text. */
  since(start: number): string {
    return this.#bytes.toString('utf8', start, this.#length);
  }

  #reserve(count: number): void {
    const wanted = this.#length + count;
    if (wanted <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(wanted, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

export const frame = new FrameBytes();

/** How many decimals a whole number from 0 to 9999 has. */
export const digits = (value: number): number => (value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : 4);
