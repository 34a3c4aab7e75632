/** A client's WebSocket frames: masked, as servers demand. The mask isn't zero: servers skip the work for that one. */

const MASK_BYTE = 0x5a;
const MASK = Buffer.alloc(4, MASK_BYTE);

export function clientFrame(payload: string | Buffer, opcode = 1): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const header = bytes.length < 126 ? 2 : bytes.length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(header + 4 + bytes.length);
  frame[0] = 0x80 | opcode;
  if (header === 2) {
    frame[1] = 0x80 | bytes.length;
  } else if (header === 4) {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(bytes.length, 2);
  } else {
    frame[1] = 0x80 | 127;
    frame.writeBigUInt64BE(BigInt(bytes.length), 2);
  }
  MASK.copy(frame, header);
  for (let at = 0; at < bytes.length; at++) frame[header + 4 + at] = (bytes[at] ?? 0) ^ MASK_BYTE;
  return frame;
}

/**
 * A frame that is sent again and again with other numbers in it: each `#######…` of the payload is a counter of that many
 * decimal digits, zeros in front. A copy and a few bytes instead of building, encoding and masking each time.
 */
export class FrameTemplate {
  readonly size: number;
  readonly #frame: Buffer;
  readonly #counters: readonly { at: number; digits: number }[];

  constructor(payload: string) {
    this.#frame = clientFrame(payload.replaceAll('#', '0'));
    this.size = this.#frame.length;
    const from = this.size - Buffer.byteLength(payload);
    this.#counters = [...payload.matchAll(/#+/g)].map(({ index, 0: digits }) => ({
      at: from + Buffer.byteLength(payload.slice(0, index)),
      digits: digits.length,
    }));
  }

  /** Writes one frame into the target, every counter set to `value`; answers where it ends. */
  write(target: Buffer, at: number, value: number): number {
    this.#frame.copy(target, at);
    for (const counter of this.#counters) {
      let rest = value;
      for (let digit = counter.digits - 1; digit >= 0; digit--) {
        target[at + counter.at + digit] = (0x30 + (rest % 10)) ^ MASK_BYTE;
        rest = Math.floor(rest / 10);
      }
    }
    return at + this.size;
  }

  /** Frames for the values from `first` on, in one buffer for one write. */
  frames(first: number, count: number): Buffer {
    const target = Buffer.allocUnsafe(this.size * count);
    let at = 0;
    for (let value = first; value < first + count; value++) at = this.write(target, at, value);
    return target;
  }
}
