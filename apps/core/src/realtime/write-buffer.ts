/**
 * What one connection is sent, in order: answers collected over a turn of the event loop and written together, and frames
 * that it shares with others.
 */
import { type Answer, encodeMessage, type ServerMessage } from '@parley/protocol';
import { framesOf } from './frames.ts';
import { type Transport, MAX_UNSENT_BYTES } from './transport.ts';

/** Unsent bytes past which hints are dropped. */
const MAX_UNSENT_FOR_HINTS = 64 * 1024;

export class WriteBuffer {
  readonly #transport: Transport;
  /**
   * Answers that a commit will bring. While there are any, frames wait for the end of the turn: a sender's own event and the
   * answer to it leave in one write.
   */
  answersDue = 0;
  #answers: string[] = [];
  /** Of the answers that have not been written. */
  #answerCharacters = 0;
  #isEndScheduled = false;
  #isCorked = false;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Bytes that the kernel has not taken, answers that have yet to be written included: by their characters. */
  get unsentBytes(): number {
    return this.#transport.unsentBytes + this.#answerCharacters;
  }

  get isCongested(): boolean {
    return this.unsentBytes > MAX_UNSENT_BYTES;
  }

  /** Sends a message of this connection's own, with whatever else this turn of the event loop brings. */
  send(message: ServerMessage): void {
    const answer = encodeMessage(message);
    this.#answers.push(answer);
    this.#answerCharacters += answer.length;
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
    if (this.#transport.isOpen) this.#transport.write(frame);
  }

  /** Writes what `send` has collected. */
  flush(): void {
    if (this.#answers.length === 0) return;
    const answers = this.#answers;
    this.#answers = [];
    this.#answerCharacters = 0;
    this.#write(framesOf(answers));
  }

  /** Resolves when what was written has been taken, or the connection is gone. */
  drained(): Promise<void> {
    this.flush();
    return this.#transport.drained();
  }

  #cork(): void {
    if (this.#isCorked || !this.#transport.isOpen) return;
    this.#isCorked = true;
    this.#transport.cork();
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
    this.#transport.uncork();
  }

  #write(frames: readonly Buffer[]): void {
    if (!this.#transport.isOpen) return;
    for (const frame of frames) this.#transport.write(frame);
  }
}

const endTurn = (writeBuffer: WriteBuffer): void => writeBuffer.endTurn();
