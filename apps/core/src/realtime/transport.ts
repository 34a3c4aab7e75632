/**
 * What carries the frames of one connection: a WebSocket of its own, or a channel of a trunk (trunk.ts). Knows bytes and
 * times, no messages.
 *
 * A socket's transport writes to the socket itself: with permessage-deflate off `ws` queues nothing of its own, so whole frames
 * written between its close and control frames keep the stream in order, at one `write` each.
 */
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { PING_FRAME, pongFrame } from './frames.ts';

/** Unsent bytes of a connection past which live events stop, and requests wait. */
export const MAX_UNSENT_BYTES = 256 * 1024;

/** Socket events after which pending writes are flushed or never will be. */
const TAKEN = ['drain', 'finish', 'close'] as const;

export interface TransportListener {
  received(text: string): void;
  receivedBinary(bytes: Buffer): void;
  /** The other side is gone, or has sent what no WebSocket may. May be told more than once. */
  ended(): void;
}

export interface Transport {
  /** Whether what is written can still arrive. */
  readonly isOpen: boolean;
  /** Bytes that the kernel has not taken. */
  readonly unsentBytes: number;
  /** When something last came in, or a reason was found to wait for it anew; on `performance.now`'s clock. */
  heardAt: number;
  /** Tells the listener of all that comes, what has come already included. */
  listen(listener: TransportListener): void;
  /** Sends a WebSocket frame: of text, as `textFrame` makes it, where others than sockets take it. */
  write(frame: Buffer): void;
  /** What is written from now on leaves together, with `uncork`. */
  cork(): void;
  uncork(): void;
  /** Resolves when what was written has been taken, or the transport is gone. */
  drained(): Promise<void>;
  /** Whether nothing is read for now. */
  readonly isPaused: boolean;
  pause(): void;
  resume(): void;
  ping(): void;
  /** Whether bytes have been waiting for `stallMs` without the kernel taking any. */
  isStalled(now: number, stallMs: number): boolean;
  /** Closes in words, once what was written is on its way. */
  close(code: number, reason: string): void;
  terminate(): void;
}

export class SocketTransport implements Transport {
  heardAt = performance.now();
  readonly #ws: WebSocket;
  readonly #socket: Duplex & { readonly bytesWritten?: number };
  /** Bytes that the kernel had taken when they last changed, and when that was; only while some are unsent. */
  #stall: { taken: number; since: number } | undefined;
  #drained: Promise<void> | undefined;

  constructor(ws: WebSocket, socket: Duplex) {
    this.#ws = ws;
    this.#socket = socket;
  }

  get isOpen(): boolean {
    return this.#ws.readyState === WebSocket.OPEN;
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  get isPaused(): boolean {
    return this.#ws.isPaused;
  }

  listen(listener: TransportListener): void {
    const ws = this.#ws;
    // With the default `binaryType` a message is one Buffer.
    ws.on('message', (data: Buffer, isBinary: boolean) => {
      this.heardAt = performance.now();
      if (isBinary) listener.receivedBinary(data);
      else listener.received(data.toString());
    });
    ws.on('ping', (payload) => this.#pong(payload));
    ws.on('pong', () => (this.heardAt = performance.now()));
    ws.on('close', () => listener.ended());
    // A frame too large, invalid UTF-8, garbage: `ws` has sent the close code; here the connection is over.
    ws.on('error', () => listener.ended());
  }

  write(frame: Buffer): void {
    this.#socket.write(frame);
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  drained(): Promise<void> {
    if (!this.#hasToDrain()) return Promise.resolve();
    this.#drained ??= new Promise((resolve) => {
      const done = (): void => {
        for (const event of TAKEN) this.#socket.off(event, done);
        this.#drained = undefined;
        resolve();
      };
      for (const event of TAKEN) this.#socket.on(event, done);
    });
    return this.#drained;
  }

  /**
   * Whether one of `TAKEN` is still to come. A stream that is ending, as after the peer's FIN, or destroyed never needs to drain
   * by its own account, while what it has not sent still counts as unsent: who waits for that must not be called back at once.
   */
  #hasToDrain(): boolean {
    const socket = this.#socket;
    if (socket.writableEnded || socket.destroyed) return socket.writableLength > 0 && !socket.closed;
    return socket.writableNeedDrain;
  }

  pause(): void {
    this.#ws.pause();
  }

  resume(): void {
    this.#ws.resume();
  }

  ping(): void {
    if (this.isOpen && this.unsentBytes === 0) this.write(PING_FRAME);
  }

  isStalled(now: number, stallMs: number): boolean {
    const unsent = this.unsentBytes;
    // Its pongs may be stuck behind what it does not read, or what is not read of it: then silence says nothing.
    if (unsent > 0 || this.#ws.isPaused) this.heardAt = now;
    if (unsent === 0) {
      this.#stall = undefined;
      return false;
    }
    const taken = (this.#socket.bytesWritten ?? 0) - unsent;
    if (this.#stall?.taken !== taken) this.#stall = { taken, since: now };
    return now - this.#stall.since >= stallMs;
  }

  close(code: number, reason: string): void {
    this.#ws.close(code, reason);
    // After the peer's FIN nothing can be said any more, and `ws` sets no deadline for what the peer has not read.
    if (this.#socket.readableEnded) this.#ws.terminate();
  }

  terminate(): void {
    this.#ws.terminate();
  }

  /** By hand, because `ws` would queue pongs without bound for a client that does not read them. */
  #pong(payload: Buffer): void {
    this.heardAt = performance.now();
    if (this.isOpen && this.unsentBytes <= MAX_UNSENT_BYTES) this.write(pongFrame(payload));
  }
}
