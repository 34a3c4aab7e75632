/**
 * A channel of a trunk (trunk.ts), as the transport of one connection. Knows no other channels, and of its trunk what it
 * takes to be carried by it.
 *
 *   handed out ──listen()──▶ frames go to and fro ◀──pause(), resume()──▶ paused
 *       └───────────────────────────┴──either side closes it, or the trunk ends──┴──▶ over
 *
 * What comes before somebody listens, or while paused, waits, within bounds past which the channel is closed. So does a frame
 * for it that is too large: the client's WebSocket would refuse it, and end the trunk for all.
 */
import { CLOSE, MAX_CLIENT_FRAME_BYTES } from '@parley/protocol';
import type { Transport, TransportListener } from './transport.ts';

/** Frames, and bytes of them, that a channel may have waiting while its connection does not read. */
const MAX_WAITING_FRAMES = 1024;
const MAX_WAITING_BYTES = 256 * 1024;
/** A frame for one channel, in bytes: more than any answer takes, and half of what clients take at most. */
const MAX_SENT_BYTES = 8 * 1024 * 1024;

/** What a channel needs of its trunk. */
export interface ChannelCarrier {
  readonly isOpen: boolean;
  /** Bytes that the kernel has not taken, as many for each channel. */
  readonly unsentBytes: number;
  readonly heardAt: number;
  /** Resolves when what was sent has been taken, or the trunk is gone. */
  drained(): Promise<void>;
  /**
   * Sends a channel a frame with whatever else this turn of the event loop brings, in a delivery after that of number `last`.
   * Answers the number of the one that it takes.
   */
  send(channel: number, frame: Buffer, last: number): number;
  /** The channel is over, for a reason that the other side does not know yet. */
  closeChannel(channel: number, code: number, reason: string): void;
}

export class TrunkChannel implements Transport {
  readonly #trunk: ChannelCarrier;
  readonly #channel: number;
  #listener: TransportListener | undefined;
  #isOver = false;
  #isPaused = false;
  /** What came before somebody listened, or while nothing was read. */
  #waiting: { readonly text: string; readonly bytes: number }[] = [];
  #waitingBytes = 0;
  /** The number of its last delivery. */
  #last = -1;

  constructor(trunk: ChannelCarrier, channel: number) {
    this.#trunk = trunk;
    this.#channel = channel;
  }

  get isOpen(): boolean {
    return !this.#isOver && this.#trunk.isOpen;
  }

  get unsentBytes(): number {
    return this.#trunk.unsentBytes;
  }

  /** Whether the other side lives is seen of its trunk. */
  get heardAt(): number {
    return this.#trunk.heardAt;
  }
  set heardAt(_at: number) {}

  get isPaused(): boolean {
    return this.#isPaused;
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    if (this.#isOver) queueMicrotask(() => listener.ended());
    else this.resume();
  }

  write(frame: Buffer): void {
    if (this.#isOver) return;
    if (frame.length > MAX_SENT_BYTES) return this.#refuse(frame.length);
    this.#last = this.#trunk.send(this.#channel, frame, this.#last);
  }

  cork(): void {
    // Whatever a turn brings leaves together anyway.
  }

  uncork(): void {}

  drained(): Promise<void> {
    return this.#isOver ? Promise.resolve() : this.#trunk.drained();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    const listener = this.#listener;
    if (listener === undefined) return;
    while (!this.#isPaused) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#waitingBytes -= next.bytes;
      listener.received(next.text);
    }
  }

  ping(): void {
    // The trunk is pinged.
  }

  isStalled(): boolean {
    return false;
  }

  close(code: number, reason: string): void {
    this.#setOver();
    this.#trunk.closeChannel(this.#channel, code, reason);
  }

  terminate(): void {
    this.close(CLOSE.goingAway, '');
  }

  /** For the trunk: a frame came. */
  receive(bytes: Uint8Array): void {
    if (bytes.length > MAX_CLIENT_FRAME_BYTES) return this.#giveUp(CLOSE.frameTooLarge, 'A frame is at most 64 KiB.');
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
    if (this.#listener !== undefined && !this.#isPaused) return this.#listener.received(text);
    const waitingBytes = this.#waitingBytes + bytes.length;
    if (this.#waiting.length >= MAX_WAITING_FRAMES || waitingBytes > MAX_WAITING_BYTES) {
      return this.#giveUp(CLOSE.flooding, 'Too much at once.');
    }
    this.#waiting.push({ text, bytes: bytes.length });
    this.#waitingBytes = waitingBytes;
  }

  /** For the trunk: it is over, and the other side knows. */
  end(): void {
    this.#setOver();
    this.#listener?.ended();
  }

  #setOver(): void {
    this.#isOver = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #refuse(bytes: number): void {
    this.close(CLOSE.frameTooLarge, `An answer takes ${bytes} bytes, too many for one frame.`);
    // Later, as of a socket: whoever writes does not expect to end by it.
    queueMicrotask(() => this.#listener?.ended());
  }

  #giveUp(code: number, reason: string): void {
    this.close(code, reason);
    this.#listener?.ended();
  }
}
