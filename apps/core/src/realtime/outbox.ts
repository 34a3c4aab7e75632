/**
 * What one connection is sent, in order: answers collected over a turn of the event loop and written together, and frames
 * that it shares with others. It writes to the socket itself: with permessage-deflate off `ws` queues nothing of its own, so
 * whole frames written between its close and control frames keep the stream in order, at one `write` each.
 */
import type { Duplex } from 'node:stream';
import { type Answer, encodeMessage, type ServerMessage } from '@parley/protocol';
import { WebSocket } from 'ws';
import { framesOf } from './frames.ts';

/** Unsent bytes of a connection past which live events stop, and requests wait. */
export const MAX_UNSENT_BYTES = 256 * 1024;
/** Unsent bytes past which hints are dropped. */
const MAX_UNSENT_FOR_HINTS = 64 * 1024;

export class Outbox {
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  /**
   * Answers that a commit will bring. While there are any, frames wait for the end of the turn: a sender's own event and the
   * answer to it leave in one write.
   */
  answersDue = 0;
  #answers: string[] = [];
  #isEndScheduled = false;
  #isCorked = false;
  #drained: Promise<void> | undefined;

  constructor(ws: WebSocket, socket: Duplex) {
    this.#ws = ws;
    this.#socket = socket;
  }

  /** Bytes that the kernel has not taken. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  get isCongested(): boolean {
    return this.#socket.writableLength > MAX_UNSENT_BYTES;
  }

  /** Sends a message of this connection's own, with whatever else this turn of the event loop brings. */
  send(message: ServerMessage): void {
    this.#answers.push(encodeMessage(message));
    this.#scheduleEnd();
  }

  /** Sends an answer to the request with the `id` that `re` is. */
  answer(answer: Answer, re: number | undefined): void {
    this.send(re === undefined ? answer : { ...answer, re });
  }

  /** Sends frames that others may share, after what was sent before. */
  write(frames: readonly Buffer[]): void {
    this.flush();
    if (this.answersDue > 0) this.#cork();
    this.#write(frames);
  }

  /** Sends a hint's frame unless the connection is behind: hints are safe to lose. */
  writeHint(frame: Buffer): void {
    if (this.unsentBytes > MAX_UNSENT_FOR_HINTS) return;
    this.flush();
    if (this.#isOpen()) this.#socket.write(frame);
  }

  /** Writes what `send` has collected. */
  flush(): void {
    if (this.#answers.length === 0) return;
    const answers = this.#answers;
    this.#answers = [];
    this.#write(framesOf(answers));
  }

  /** Resolves when the socket has taken what was written, or is gone. */
  drained(): Promise<void> {
    if (!this.#socket.writableNeedDrain || this.#socket.destroyed) return Promise.resolve();
    this.#drained ??= new Promise((resolve) => {
      const done = (): void => {
        this.#socket.off('drain', done);
        this.#socket.off('close', done);
        this.#drained = undefined;
        resolve();
      };
      this.#socket.on('drain', done);
      this.#socket.on('close', done);
    });
    return this.#drained;
  }

  #cork(): void {
    if (this.#isCorked || !this.#isOpen()) return;
    this.#isCorked = true;
    this.#socket.cork();
    this.#scheduleEnd();
  }

  #scheduleEnd(): void {
    if (this.#isEndScheduled) return;
    this.#isEndScheduled = true;
    process.nextTick(endTurn, this);
  }

  /** For `endTurn`: what this turn of the event loop has brought leaves. */
  endTurn(): void {
    this.#isEndScheduled = false;
    this.flush();
    if (!this.#isCorked) return;
    this.#isCorked = false;
    this.#socket.uncork();
  }

  #write(frames: readonly Buffer[]): void {
    if (!this.#isOpen()) return;
    for (const frame of frames) this.#socket.write(frame);
  }

  #isOpen(): boolean {
    return this.#ws.readyState === WebSocket.OPEN;
  }
}

const endTurn = (outbox: Outbox): void => outbox.endTurn();
