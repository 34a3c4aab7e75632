/** Someone who enters and leaves a room all the time. Reads nothing. */
import { ChatError } from '@parley/protocol';
import { BusyClient } from './busy-client.ts';

export class Wanderer extends BusyClient {
  #isIn = false;

  /** Whether it is inside counts for nothing: an entering without an answer is not asked for again. */
  protected readonly isAnswered = true;

  protected async act(): Promise<void> {
    const { room } = this.options;
    try {
      if (this.#isIn) await this.client.leave(room);
      else await this.client.join(room);
    } catch (error) {
      // A leaving that was asked for twice.
      if (!(error instanceof ChatError) || error.code !== 'not_a_member') throw error;
    }
    this.#isIn = !this.#isIn;
  }
}
