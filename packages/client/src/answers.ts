/** Matches answers to requests by id. Knows no sockets: what is lost with a connection is rejected by `abandon`. */
import { type Answer, ChatError, type Request, type RequestType } from '@parley/protocol';
import type { Clock } from './clock.ts';

/** The type of the answer to each request that has one. */
const ANSWER_TYPES = {
  'room.list': 'room.list',
  'room.create': 'room.joined',
  'room.join': 'room.joined',
  'room.close': 'ok',
  'room.leave': 'ok',
  'room.members': 'room.members',
  'room.topic': 'ok',
  'room.invite': 'ok',
  'message.send': 'ok',
  'message.edit': 'ok',
  'message.delete': 'ok',
  'message.react': 'ok',
  history: 'history',
  search: 'search.results',
  'direct.open': 'room.joined',
  'read.mark': 'ok',
  'user.list': 'user.list',
  ping: 'pong',
} as const satisfies Partial<Record<RequestType, Answer['type']>>;

export type AnsweredType = keyof typeof ANSWER_TYPES;
export type AnswerTo<Type extends AnsweredType> = Extract<Answer, { type: (typeof ANSWER_TYPES)[Type] }>;
/** What a request takes besides its type and id. */
export type Fields<Type extends RequestType> = Omit<Request<Type>, 'type' | 'id'>;

interface Waiting {
  type: AnsweredType;
  resolve(answer: Answer): void;
  reject(error: ChatError): void;
  cancelTimeout: () => void;
}

const REQUEST_TIMEOUT_MS = 10_000;

export class Answers {
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A new request's id and the promise of its answer, which rejects with a ChatError. */
  expect<Type extends AnsweredType>(type: Type): { id: number; answer: Promise<AnswerTo<Type>> } {
    const id = (this.#lastId += 1);
    const answer = new Promise<AnswerTo<Type>>((resolve, reject) => {
      const cancelTimeout = this.#clock.after(REQUEST_TIMEOUT_MS, () => {
        this.#waiting.delete(id);
        reject(new ChatError('unavailable', 'The server did not answer in time.'));
      });
      this.#waiting.set(id, { type, resolve: resolve as (answer: Answer) => void, reject, cancelTimeout });
    });
    return { id, answer };
  }

  settle(id: number, answer: Answer): void {
    const waiting = this.#take(id);
    if (waiting === undefined) return;
    if (answer.type === 'error') waiting.reject(toError(answer));
    else if (answer.type === ANSWER_TYPES[waiting.type]) waiting.resolve(answer);
    else waiting.reject(new ChatError('unavailable', `The server answered ${waiting.type} with ${answer.type}.`));
  }

  /** Rejects one request that could not be written. */
  fail(id: number, error: ChatError): void {
    this.#take(id)?.reject(error);
  }

  /** Rejects everything that waits: its connection is gone. */
  abandon(error: ChatError): void {
    for (const id of this.#waiting.keys()) this.fail(id, error);
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.cancelTimeout();
    return waiting;
  }
}

export function toError(message: Extract<Answer, { type: 'error' }>): ChatError {
  return new ChatError(message.code, message.message, { retryAfterMs: message.retryAfterMs });
}
