/** A client of Parley's wire protocol for load: signs in, asks and waits; everything else goes to the bench as raw text. */
import type { ServerMessage } from '@parley/protocol';
import { type TakePayload, WireSocket } from './web-socket.ts';

export interface ParleyOptions {
  readonly port: number;
  /** `{nick}` or `{token}`, and `resume`. */
  readonly hello: Readonly<Record<string, unknown>>;
  readonly onClose?: (reason: string) => void;
}

type Answer = Extract<ServerMessage, { re?: number | undefined }>;

export class ParleyConnection {
  readonly welcome: Extract<Answer, { type: 'welcome' }>;
  readonly #socket: WireSocket;
  readonly #waiting: Map<number, (answer: Answer) => void>;
  /** The `seq` of events that came before `handOver`. */
  readonly #early: number[];
  #nextId = 1;

  private constructor(
    socket: WireSocket,
    welcome: Answer,
    waiting: Map<number, (answer: Answer) => void>,
    early: number[],
  ) {
    if (welcome.type !== 'welcome') throw new Error(`Instead of a welcome: ${JSON.stringify(welcome)}`);
    this.#socket = socket;
    this.welcome = welcome;
    this.#waiting = waiting;
    this.#early = early;
  }

  static async open({ port, hello, onClose }: ParleyOptions): Promise<ParleyConnection> {
    const waiting = new Map<number, (answer: Answer) => void>();
    const early: number[] = [];
    const closed = (reason: string): void => {
      onClose?.(reason);
      const answer: Answer = { type: 'error', code: 'unavailable', message: `The connection ended: ${reason}` };
      for (const resolve of waiting.values()) resolve(answer);
      waiting.clear();
    };
    const onText: TakePayload = (buffer, start, end) => {
      const frame = JSON.parse(buffer.toString('utf8', start, end)) as ServerMessage | ServerMessage[];
      for (const message of Array.isArray(frame) ? frame : [frame]) {
        if (isAnswer(message)) {
          // A refused hello carries no `re`: it is the answer to what came first.
          waiting.get(message.re ?? 0)?.(message);
          waiting.delete(message.re ?? 0);
        } else if ('from' in message) {
          early.push(message.seq);
        }
      }
    };
    const socket = await WireSocket.open({ port, path: '/ws', onText, onClose: closed });
    const welcome = await new Promise<Answer>((resolve) => {
      waiting.set(0, resolve);
      socket.sendText(JSON.stringify({ type: 'hello', id: 0, version: 1, ...hello }));
    });
    return new ParleyConnection(socket, welcome, waiting, early);
  }

  /** Sends a request and waits for its answer; an `error` throws. */
  async ask<Type extends Answer['type']>(
    request: Readonly<Record<string, unknown>>,
    wanted: Type,
  ): Promise<Extract<Answer, { type: Type }>> {
    const id = this.#nextId++;
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.sendText(JSON.stringify({ ...request, id }));
    });
    if (answer.type !== wanted) throw new Error(`${JSON.stringify(request)} was answered ${JSON.stringify(answer)}`);
    return answer as Extract<Answer, { type: Type }>;
  }

  /** From here on every text frame goes to `take`, requests are no longer answered. Answers the seqs of the events before. */
  handOver(take: TakePayload): readonly number[] {
    this.#socket.onText = take;
    return this.#early.splice(0);
  }

  /** Frames that are masked already. */
  sendFrames(frames: Buffer): void {
    this.#socket.sendFrames(frames);
  }

  reset(): void {
    this.#socket.reset();
  }
}

function isAnswer(message: ServerMessage): message is Answer {
  return 're' in message || message.type === 'welcome' || message.type === 'error';
}
