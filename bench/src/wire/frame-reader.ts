/**
 * Splits a stream of bytes into WebSocket frames (RFC 6455, 5.2) without copying what arrives whole. Knows nothing of what
 * frames say. Servers' frames only: unmasked and never fragmented.
 */

export const OPCODE = { text: 1, binary: 2, close: 8, ping: 9 } as const;

/** Gets a payload as a range of a buffer that is only valid during the call. */
export type TakeFrame = (opcode: number, buffer: Buffer, start: number, end: number) => void;

const MAX_HEADER_BYTES = 10;

export class FrameReader {
  readonly #take: TakeFrame;
  /** A frame that has begun and not ended: `#filled` bytes of it are there. */
  #partial: Buffer | undefined;
  #filled = 0;

  constructor(take: TakeFrame) {
    this.#take = take;
  }

  push(chunk: Buffer, length = chunk.length): void {
    let at = 0;
    while (at < length) {
      if (this.#partial !== undefined) {
        at = this.#complete(this.#partial, chunk, at, length);
        continue;
      }
      const size = frameSize(chunk, at, length);
      if (size === 0 || at + size > length) {
        this.#partial = Buffer.allocUnsafe(size === 0 ? MAX_HEADER_BYTES : size);
        this.#filled = chunk.copy(this.#partial, 0, at, length);
        return;
      }
      this.#deliver(chunk, at, size);
      at += size;
    }
  }

  /** Takes what the frame lacks; answers where the chunk goes on. */
  #complete(partial: Buffer, chunk: Buffer, at: number, length: number): number {
    let size = frameSize(partial, 0, this.#filled);
    if (size === 0) {
      // One byte at a time until the header says how long the frame is.
      partial[this.#filled++] = chunk[at] ?? 0;
      size = frameSize(partial, 0, this.#filled);
      if (size > 0) {
        const grown = Buffer.allocUnsafe(size);
        partial.copy(grown, 0, 0, this.#filled);
        this.#partial = grown;
        if (this.#filled === size) this.#finish(grown, size);
      }
      return at + 1;
    }
    const copied = chunk.copy(partial, this.#filled, at, Math.min(length, at + size - this.#filled));
    this.#filled += copied;
    if (this.#filled === size) this.#finish(partial, size);
    return at + copied;
  }

  #finish(partial: Buffer, size: number): void {
    this.#partial = undefined;
    this.#filled = 0;
    this.#deliver(partial, 0, size);
  }

  #deliver(buffer: Buffer, at: number, size: number): void {
    this.#take((buffer[at] ?? 0) & 0x0f, buffer, at + headerSize(buffer[at + 1] ?? 0), at + size);
  }
}

/** Header and payload together, or 0 when the header isn't all there. */
function frameSize(buffer: Buffer, at: number, length: number): number {
  if (length - at < 2) return 0;
  const short = (buffer[at + 1] ?? 0) & 0x7f;
  if (short < 126) return 2 + short;
  if (short === 126) return length - at < 4 ? 0 : 4 + buffer.readUInt16BE(at + 2);
  return length - at < 10 ? 0 : 10 + buffer.readUInt32BE(at + 2) * 2 ** 32 + buffer.readUInt32BE(at + 6);
}

function headerSize(secondByte: number): number {
  const short = secondByte & 0x7f;
  return short < 126 ? 2 : short === 126 ? 4 : 10;
}
