/**
 * The bytes of the frame that is being made, as UTF-8. Frames are made one after the other, so all screens of the process
 * write into one buffer, from `begin` on: strings that grow by single characters would leave an object for each of them
 * behind, and have to be encoded in the end.
 */

/** Grows to the longest frame. */
let bytes = Buffer.allocUnsafeSlow(16 * 1024);
let length = 0;

export const frame = {
  /** Begins with nothing, whatever another frame has left after a fault. */
  begin(): void {
    length = 0;
  },

  get length(): number {
    return length;
  },

  /** The buffer that the first `length` bytes are in, until more is written. */
  get bytes(): Uint8Array {
    return bytes;
  },

  write(text: string): void {
    reserve(text.length * MAX_BYTES);
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      if (unit < 0x80) bytes[length++] = unit;
      else {
        length += bytes.write(text.slice(index), length, 'utf8');
        return;
      }
    }
  },

  /** One ASCII character. */
  ascii(code: number): void {
    reserve(1);
    bytes[length++] = code;
  },

  /** A whole number from 0 to 9999, in decimals. */
  number(value: number): void {
    reserve(4);
    if (value >= 1000) bytes[length++] = 0x30 + ((value / 1000) | 0);
    if (value >= 100) bytes[length++] = 0x30 + (((value / 100) | 0) % 10);
    if (value >= 10) bytes[length++] = 0x30 + (((value / 10) | 0) % 10);
    bytes[length++] = 0x30 + (value % 10);
  },

  /** Puts text before all that was written. */
  prepend(text: string): void {
    if (text === '') return;
    const before = Buffer.from(text);
    reserve(before.length);
    bytes.copyWithin(before.length, 0, length);
    bytes.set(before);
    length += before.length;
  },

  /** What was written from `start` on, as text. */
  since(start: number): string {
    return bytes.toString('utf8', start, length);
  },
};

/** How many decimals a whole number from 0 to 9999 has. */
export const digits = (value: number): number => (value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : 4);

/** A unit of UTF-16 takes at most so many bytes of UTF-8. */
const MAX_BYTES = 3;

function reserve(count: number): void {
  if (length + count <= bytes.length) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(length + count, bytes.length * 2));
  larger.set(bytes.subarray(0, length));
  bytes = larger;
}
