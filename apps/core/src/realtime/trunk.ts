/**
 * One WebSocket that carries many connections, a channel each (see trunk of the protocol; a channel's own life is
 * trunk-channel.ts): that of a host of terminals. A frame that several channels get in one turn of the event loop is written
 * once, with their numbers.
 *
 *   open ──close(), terminate(), no frame of a trunk, the socket's end──▶ ended, and all its channels with it
 *
 *   a frame:  send() ──▶ due, more channels may join ──end of the turn, drained(), a close──▶ written, once for all of them
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
  MAX_TRUNK_RECIPIENTS,
} from '@parley/protocol';
import type { WebSocket } from 'ws';
import { binaryFrameHead, payloadOf } from './frames.ts';
import type { Watched } from './heartbeat.ts';
import { type Transport, type TransportListener, SocketTransport } from './transport.ts';
import { type ChannelCarrier, TrunkChannel } from './trunk-channel.ts';

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

export class Trunk implements ChannelCarrier, Watched, TransportListener {
  readonly openedAt = performance.now();
  readonly isAwaitingHello = false;
  readonly #transport: SocketTransport;
  readonly #options: TrunkOptions;
  readonly #channels = new Map<number, TrunkChannel>();
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

  /** For a channel. */
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

  /** For a channel. */
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
        const opened = new TrunkChannel(this, channel);
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
