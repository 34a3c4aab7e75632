/** Someone who enters and leaves a room all the time, and asks again when there is no answer. Reads nothing. */
import { ChatClient } from '@parley/client';
import { ChatError } from '@parley/protocol';
import type { Ledger } from './ledger.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface WandererOptions {
  readonly url: string;
  readonly nick: string;
  readonly room: string;
  readonly ledger: Ledger;
  readonly random: SeededRandom;
}

export class Wanderer {
  readonly nick: string;
  /** How often an entering or leaving was answered. */
  moves = 0;
  readonly #options: WandererOptions;
  readonly #client: ChatClient;
  #timer: NodeJS.Timeout | undefined;
  #isIn = false;
  #isMoving = false;
  #isResting = true;

  constructor(options: WandererOptions) {
    const { url, nick, random } = options;
    this.#options = options;
    this.nick = nick;
    this.#client = new ChatClient({
      url: `${url.replace(/^http/, 'ws')}/ws`,
      credentials: { nick },
      random: () => random.next(),
    });
    this.#client.connect();
  }

  /** Whether it rests, and its last move has been answered. */
  get isDone(): boolean {
    return this.#isResting && !this.#isMoving;
  }

  toString(): string {
    return `${this.nick} ${JSON.stringify(this.#client.state)}, ${this.moves} moves`;
  }

  wander(): void {
    if (!this.#isResting) return;
    this.#isResting = false;
    if (!this.#isMoving) this.#wait();
  }

  rest(): void {
    this.#isResting = true;
    clearTimeout(this.#timer);
  }

  close(): void {
    this.rest();
    this.#client.close();
  }

  #wait(): void {
    this.#timer = setTimeout(() => void this.#move(), this.#options.random.between(5, 50));
  }

  async #move(): Promise<void> {
    const { room, ledger } = this.#options;
    this.#isMoving = true;
    try {
      if (this.#isIn) await this.#client.leave(room);
      else await this.#client.join(room);
      this.#isIn = !this.#isIn;
      this.moves += 1;
    } catch (error) {
      // It may have happened all the same, and is asked for again: leaving twice is refused then.
      const isDone = error instanceof ChatError && error.code === 'not_a_member';
      if (isDone) this.#isIn = false;
      else if (!(error instanceof ChatError) || error.code !== 'unavailable') {
        ledger.problems.push(`${this.nick} could not ${this.#isIn ? 'leave' : 'enter'}: ${String(error)}`);
      }
    }
    this.#isMoving = false;
    if (!this.#isResting) this.#wait();
  }
}
