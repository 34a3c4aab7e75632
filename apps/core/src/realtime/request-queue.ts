/**
 * The requests of one connection, begun in the order they came. Knows no request by name.
 *
 *   push ──▶ waiting ──▶ begun ──▶ answered; the next begins
 *                          └ with a promise as its answer (a send): the next begins, the answer follows the commit
 *
 * Invariants: at most `MAX_UNANSWERED` answers are outstanding; while `MAX_WAITING` requests or `MAX_WAITING_BYTES` of them
 * wait, or the client does not read what it is sent, its socket is not read.
 */
import { type Answer, ChatError, type DecodedFrame, type Request } from '@parley/protocol';
import type { Transport } from './transport.ts';
import type { WriteBuffer } from './write-buffer.ts';
import type { Client, Reply, RequestHandlers, Served } from './request-handlers.ts';

const MAX_WAITING = 128;
/** Of the frames that they came in. */
const MAX_WAITING_BYTES = 256 * 1024;
const MAX_UNANSWERED = 128;

/** A frame that gets an answer. */
export type AnswerableFrame = Exclude<DecodedFrame, { kind: 'not_a_message' }>;

interface Waiting {
  readonly frame: AnswerableFrame;
  readonly bytes: number;
}

export interface RequestQueueOptions {
  readonly transport: Pick<Transport, 'isOpen' | 'isPaused' | 'pause' | 'resume'>;
  readonly writeBuffer: WriteBuffer;
  readonly handlers: RequestHandlers;
  /** Answers a request with why it failed. */
  readonly refuse: (error: unknown, re: number | undefined) => void;
}

export class RequestQueue {
  readonly #options: RequestQueueOptions;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** Whose requests these are; nothing begins before it is known, or after the connection's end. */
  #client: Client | undefined;
  #isBusy = false;
  #unanswered = 0;

  constructor(options: RequestQueueOptions) {
    this.#options = options;
  }

  /** `text` is what the frame was read from. */
  push(frame: AnswerableFrame, text: string): void {
    // Most requests never wait: then the queue needs no memory either.
    if (
      this.#client !== undefined &&
      this.#waiting.length === 0 &&
      this.#mayBegin() &&
      !this.#options.writeBuffer.isCongested
    ) {
      this.#take(this.#client, frame);
      return;
    }
    const bytes = Buffer.byteLength(text);
    this.#waiting.push({ frame, bytes });
    this.#waitingBytes += bytes;
    this.#serve();
  }

  start(client: Client): void {
    this.#client = client;
    this.#serve();
  }

  /** Drops what waits; answers that come later are nobody's. */
  stop(): void {
    this.#client = undefined;
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #serve(): void {
    const { transport, writeBuffer } = this.#options;
    while (this.#client !== undefined && this.#mayBegin()) {
      if (writeBuffer.isCongested) {
        this.#wait(writeBuffer.drained());
        break;
      }
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#waitingBytes -= next.bytes;
      this.#take(this.#client, next.frame);
    }
    const isFull = this.#waiting.length >= MAX_WAITING || this.#waitingBytes >= MAX_WAITING_BYTES;
    if (isFull === transport.isPaused) return;
    if (isFull) transport.pause();
    else transport.resume();
  }

  /** Nothing begins whose answer could not leave: on a transport that is going, bytes may stay unsent for ever. */
  #mayBegin(): boolean {
    return !this.#isBusy && this.#unanswered < MAX_UNANSWERED && this.#options.transport.isOpen;
  }

  #take(client: Client, frame: AnswerableFrame): void {
    if (frame.kind === 'refused') this.#options.refuse(new ChatError('bad_request', frame.message), frame.re);
    else this.#begin(client, frame.request);
  }

  #begin(client: Client, request: Request): void {
    const { handlers, refuse } = this.#options;
    const re = request.id;
    if (request.type === 'hello') {
      refuse(new ChatError('bad_request', 'hello has been said.'), re);
      return;
    }
    try {
      // The table has a handler of the request's own type under its type, which TypeScript can't follow through a union.
      const handle = handlers[request.type] as (client: Client, request: Served) => Reply | Promise<Reply>;
      const reply = handle(client, request);
      if (!(reply instanceof Promise)) this.#reply(reply, re);
      else this.#wait(reply.then((each) => this.#reply(each, re)).catch((error: unknown) => refuse(error, re)));
    } catch (error) {
      refuse(error, re);
    }
  }

  /** Nothing else begins until this is over. It never rejects. */
  #wait(over: Promise<void>): void {
    this.#isBusy = true;
    void over.finally(() => {
      this.#isBusy = false;
      this.#serve();
    });
  }

  #reply({ answer, after }: Reply, re: number | undefined): void {
    const { writeBuffer } = this.#options;
    if (answer instanceof Promise) {
      void this.#replyLater(answer, re);
      return;
    }
    if (answer !== undefined) writeBuffer.answer(answer, re);
    after?.();
  }

  /** Never rejects. */
  async #replyLater(answer: Promise<Answer>, re: number | undefined): Promise<void> {
    const { writeBuffer, refuse } = this.#options;
    this.#unanswered += 1;
    writeBuffer.answersDue += 1;
    try {
      writeBuffer.answer(await answer, re);
    } catch (error) {
      refuse(error, re);
    }
    writeBuffer.answersDue -= 1;
    this.#unanswered -= 1;
    if (this.#waiting.length > 0) this.#serve();
  }
}
