/**
 * Calls of one kind, gathered into one statement: a hundred people who come in at once cost a few round trips and not
 * hundreds. Knows no SQL.
 *
 *   idle ──ask──▶ gathering ──each socket that can be read now was, or gatherMs──▶ asking ──answered, others wait──▶ asking
 *                    │ ask: joins the statement                        │ ask: waits for the next statement
 *                                                                      └ nobody waits ──▶ idle
 *
 * Invariants: one statement is under way at a time, and begins after each of its calls was made, so that it sees what was
 * stored before them; calls that share a key go into different statements, in their order. A statement that fails is
 * halved until the call that is to blame stands alone and fails alone; only the database's absence is everyone's, those that
 * wait included: they would find the same, one statement's timeout after the other.
 */
import { StoreUnavailable } from './store-errors.ts';

/** More in one statement gain nothing, and who comes next would wait for all of them. */
const MAX_CALLS = 200;
/** Calls that wait, past which others are refused. */
const MAX_WAITING = 20_000;

export interface BatcherOptions<Request, Answer> {
  /** Answers all of them, in their order. All or nothing: what it rejects with has changed nothing. */
  readonly run: (requests: readonly Request[]) => Promise<readonly Answer[]>;
  /** What no two calls of one statement may share. */
  readonly keysOf?: (request: Request) => readonly string[];
  /** For calls that no person waits for: how long others may join the first. Default: for this turn of the event loop. */
  readonly gatherMs?: number;
}

/** What is read of a room, and how many rows at most. */
export interface ReadRequest {
  readonly roomId: string;
  readonly limit: number;
}

export type BatchedReads<Answer> = Batcher<ReadRequest, Answer>;

/** For reads: everyone who asks for the same shares one answer, which none of them may change. */
export const coalesced = <Answer>(
  read: (request: ReadRequest) => Promise<Answer>,
): BatcherOptions<ReadRequest, Answer> => ({
  run(requests) {
    const answers = new Map<string, Promise<Answer>>();
    return Promise.all(
      requests.map((request) => {
        const key = `${request.roomId} ${request.limit}`;
        const answer = answers.get(key) ?? read(request);
        answers.set(key, answer);
        return answer;
      }),
    );
  },
});

interface Call<Request, Answer> {
  readonly request: Request;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

export class Batcher<Request, Answer> {
  readonly #options: BatcherOptions<Request, Answer>;
  #waiting: Call<Request, Answer>[] = [];
  #isBusy = false;

  constructor(options: BatcherOptions<Request, Answer>) {
    this.#options = options;
  }

  ask(request: Request): Promise<Answer> {
    if (this.#waiting.length >= MAX_WAITING) {
      return Promise.reject(new StoreUnavailable('Too many calls wait for the database.'));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      if (this.#isBusy) return;
      this.#isBusy = true;
      const { gatherMs } = this.#options;
      if (gatherMs !== undefined) setTimeout(() => void this.#work(), gatherMs);
      // No timer: after the sockets that can be read now, and nothing else.
      else setImmediate(() => void this.#work());
    });
  }

  /** Never rejects. */
  async #work(): Promise<void> {
    while (this.#waiting.length > 0) await this.#answer(this.#take());
    this.#isBusy = false;
  }

  #take(): Call<Request, Answer>[] {
    const { keysOf } = this.#options;
    if (keysOf === undefined) return this.#waiting.splice(0, MAX_CALLS);
    const calls: Call<Request, Answer>[] = [];
    const rest: Call<Request, Answer>[] = [];
    const keys = new Set<string>();
    for (const call of this.#waiting) {
      const own = keysOf(call.request);
      const isFree = calls.length < MAX_CALLS && own.every((key) => !keys.has(key));
      // Those of a call that has to wait are taken too: what comes after it must not pass it.
      for (const key of own) keys.add(key);
      (isFree ? calls : rest).push(call);
    }
    this.#waiting = rest;
    return calls;
  }

  async #answer(calls: readonly Call<Request, Answer>[]): Promise<void> {
    try {
      const answers = await this.#options.run(calls.map(({ request }) => request));
      if (answers.length !== calls.length) throw new Error(`${calls.length} calls got ${answers.length} answers.`);
      // As many as there are calls, by the line above; an answer may be undefined.
      calls.forEach(({ resolve }, at) => resolve(answers[at] as Answer));
    } catch (error) {
      if (calls.length === 1 || error instanceof StoreUnavailable) {
        for (const { reject } of calls) reject(error);
        if (error instanceof StoreUnavailable && error.lost) this.#refuseWaiting(error);
        return;
      }
      const half = Math.ceil(calls.length / 2);
      await this.#answer(calls.slice(0, half));
      await this.#answer(calls.slice(half));
    }
  }

  #refuseWaiting(error: StoreUnavailable): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(error);
  }
}
