/** A client that does one thing after another, with a moment between them, until it rests. What it does is for others to say. */
import { ChatClient } from '@parley/client';
import { ChatError } from '@parley/protocol';
import type { Ledger } from './ledger.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface BusyClientOptions {
  readonly url: string;
  readonly nick: string;
  readonly room: string;
  readonly ledger: Ledger;
  readonly random: SeededRandom;
}

export abstract class BusyClient {
  readonly nick: string;
  /** How often it was answered. */
  deeds = 0;
  protected readonly options: BusyClientOptions;
  protected readonly client: ChatClient;
  #timer: NodeJS.Timeout | undefined;
  #isActing = false;
  #isResting = true;

  constructor(options: BusyClientOptions) {
    const { url, nick, random } = options;
    this.options = options;
    this.nick = nick;
    this.client = new ChatClient({
      url: `${url.replace(/^http/, 'ws')}/ws`,
      credentials: { nick },
      random: () => random.next(),
    });
    this.client.connect();
  }

  /** Whether it rests, and has nothing to do again. */
  get isDone(): boolean {
    return this.#isResting && !this.#isActing && this.isAnswered;
  }

  toString(): string {
    return `${this.nick} ${JSON.stringify(this.client.state)}, ${this.deeds} deeds`;
  }

  begin(): void {
    if (!this.#isResting) return;
    this.#isResting = false;
    if (!this.#isActing) this.#wait();
  }

  /** Nothing new; what was begun goes on until it is answered. */
  rest(): void {
    this.#isResting = true;
  }

  close(): void {
    this.rest();
    clearTimeout(this.#timer);
    this.client.close();
  }

  /** Whether what it has asked for last was answered. */
  protected abstract get isAnswered(): boolean;
  /** Does the next thing, or asks for the last one again. What is `unavailable` may reject. */
  protected abstract act(): Promise<void>;

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#act(), this.options.random.between(5, 50));
  }

  async #act(): Promise<void> {
    if (this.#isResting && this.isAnswered) return;
    this.#isActing = true;
    try {
      await this.act();
      this.deeds += 1;
    } catch (error) {
      // It may have happened all the same, and is asked for again.
      if (!(error instanceof ChatError) || error.code !== 'unavailable') {
        this.options.ledger.problems.push(`${this.nick} was refused: ${String(error)}`);
      }
    }
    this.#isActing = false;
    if (this.client.state.name !== 'closed') this.#wait();
  }
}
