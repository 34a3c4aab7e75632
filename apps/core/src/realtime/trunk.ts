/**
 * One WebSocket that carries many connections, a channel each (see trunk of the protocol): that of a host of terminals. A
 * frame that several channels get in one turn of the event loop is written once, with their numbers.
 *
 *   a channel:  open frame ──▶ its transport is handed out ──listen()──▶ frames go to and fro
 *                                    └────────────┴──either side closes it, or the trunk ends──▶ over
 *
 * Invariants: what one channel is sent leaves in the order in which it was written. Whoever waits for the socket to drain
 * has what this turn has brought written first: else bytes that count as unsent could be in nobody's hands. What is wrong
 * with a channel ends that channel; what is wrong with the trunk ends all of them, and their clients come back on another.
 */
import type { Duplex } from 'node:stream';
import {
  CLOSE,
  decodeTrunkRequest,
  encodeTrunkClosed,
  encodeTrunkTextHead,
  MAX_CLIENT_FRAME_BYTES,
  MAX_TRUNK_RECIPIENTS,
} from '@parley/protocol';
import type { WebSocket } from 'ws';
import { binaryFrameHead, payloadOf } from './frames.ts';
import type { Watched } from './heartbeat.ts';
import { type Transport, type TransportListener, SocketTransport } from './transport.ts';

/** Frames, and bytes of them, that a channel may have waiting while its connection does not read. */
const MAX_WAITING_FRAMES = 1024;
const MAX_WAITING_BYTES = 256 * 1024;

export interface TrunkOptions {
  /** A channel has been opened, with the ticket that it showed. */
  readonly opened: (transport: Transport, ticket: string) => void;
  /** The trunk is gone, and its channels with it. Told once. */
  readonly ended: (trunk: Trunk) => void;
}

/** A frame and whom it is for. */
interface Delivery {
  readonly frame: Buffer;
  readonly channels: number[];
}

export class Trunk implements Watched, TransportListener {
  readonly openedAt = performance.now();
  readonly isAwaitingHello = false;
  readonly #transport: SocketTransport;
  readonly #options: TrunkOptions;
  readonly #channels = new Map<number, TrunkLine>();
  #hasEnded = false;
  /** What this turn has brought, in order. */
  #due: Delivery[] = [];
  /** Of each frame of `#due`, which more channels may yet get: its number among all deliveries of the trunk. */
  readonly #numbers = new Map<Buffer, number>();
  /** The number of the first of `#due`. */
  #firstDue = 0;

  constructor(ws: WebSocket, socket: Duplex, options: TrunkOptions) {
    this.#transport = new SocketTransport(ws, socket);
    this.#options = options;
    this.#transport.listen(this);
  }

  get heardAt(): number {
    return this.#transport.heardAt;
  }
  set heardAt(at: number) {
    this.#transport.heardAt = at;
  }

  get isOpen(): boolean {
    return this.#transport.isOpen;
  }

  /** Bytes that the kernel has not taken, as many for each channel. */
  get unsentBytes(): number {
    return Math.ceil(this.#transport.unsentBytes / Math.max(1, this.#channels.size));
  }

  ping(): void {
    this.#transport.ping();
  }

  isStalled(now: number, stallMs: number): boolean {
    return this.#transport.isStalled(now, stallMs);
  }

  drained(): Promise<void> {
    this.#flush();
    return this.#transport.drained();
  }

  /** Ends the trunk; its channels hear of it in words only if they were closed before. */
  close(code: number, reason: string): void {
    this.#flush();
    this.#transport.close(code, reason);
    this.#end();
  }

  terminate(): void {
    this.#transport.terminate();
    this.#end();
  }

  /**
   * For a channel: sends it a frame with whatever else this turn brings, in a delivery after that of number `last`. Answers the
   * number of the one that it takes.
   */
  send(channel: number, frame: Buffer, last: number): number {
    const known = this.#numbers.get(frame) ?? -1;
    const delivery = known > last ? this.#due[known - this.#firstDue] : undefined;
    if (delivery !== undefined && delivery.channels.length < MAX_TRUNK_RECIPIENTS) {
      delivery.channels.push(channel);
      return known;
    }
    if (this.#due.length === 0) process.nextTick(() => this.#flush());
    const number = this.#firstDue + this.#due.length;
    this.#due.push({ frame, channels: [channel] });
    this.#numbers.set(frame, number);
    return number;
  }

  /** For a channel: it is over, for a reason that the other side does not know yet. */
  closeChannel(channel: number, code: number, reason: string): void {
    if (!this.#channels.delete(channel) || !this.isOpen) return;
    this.#flush();
    this.#transport.write(binaryFrameHead(encodeTrunkClosed(channel, code, reason), 0));
  }

  #flush(): void {
    const due = this.#due;
    if (due.length === 0) return;
    this.#due = [];
    this.#numbers.clear();
    this.#firstDue += due.length;
    if (!this.isOpen) return;
    this.#transport.cork();
    for (const { frame, channels } of due) {
      const payload = payloadOf(frame);
      this.#transport.write(binaryFrameHead(encodeTrunkTextHead(channels), payload.length));
      this.#transport.write(payload);
    }
    this.#transport.uncork();
  }

  /** For the transport: a frame of text, of which a trunk has none. */
  received(): void {
    this.#refuse();
  }

  /** For the transport. */
  receivedBinary(bytes: Buffer): void {
    const request = decodeTrunkRequest(bytes);
    if (request === undefined) return this.#refuse();
    const { channel } = request;
    const transport = this.#channels.get(channel);
    switch (request.kind) {
      case 'open': {
        if (transport !== undefined) return this.#refuse();
        const opened = new TrunkLine(this, channel);
        this.#channels.set(channel, opened);
        return this.#options.opened(opened, request.ticket);
      }
      case 'text':
        return transport?.receive(request.text);
      case 'close':
        this.#channels.delete(channel);
        return transport?.end();
    }
  }

  /** What came is no frame of a trunk. */
  #refuse(): void {
    this.close(CLOSE.protocolError, 'This is no frame of a trunk.');
  }

  /** For the transport: it is gone. */
  ended(): void {
    this.#end();
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const transports = [...this.#channels.values()];
    this.#channels.clear();
    for (const transport of transports) transport.end();
    this.#options.ended(this);
  }
}

/** A channel, as the transport of one connection. */
class TrunkLine implements Transport {
  readonly #trunk: Trunk;
  readonly #channel: number;
  #listener: TransportListener | undefined;
  #isOver = false;
  #isPaused = false;
  /** What came before somebody listened, or while nothing was read. */
  #waiting: { readonly text: string; readonly bytes: number }[] = [];
  #waitingBytes = 0;
  /** The number of its last delivery. */
  #last = -1;

  constructor(trunk: Trunk, channel: number) {
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
    // The trunk is.
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

  #giveUp(code: number, reason: string): void {
    this.close(code, reason);
    this.#listener?.ended();
  }
}
