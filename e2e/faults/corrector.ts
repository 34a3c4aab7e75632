/** Someone who says something, changes it again and again, deletes it, and says something else. Reads nothing. */
import { BusyClient, type BusyClientOptions } from './busy-client.ts';

interface Change {
  readonly cid: string;
  readonly seq: number;
  /** Undefined to delete it. */
  readonly text: string | undefined;
}

/** One change in so many deletes the message. */
const CHANGES = 8;

export class Corrector extends BusyClient {
  #isIn = false;
  #said: { readonly cid: string; readonly seq: number } | undefined;
  /** What it has asked for and has no answer to. */
  #change: Change | undefined;

  constructor(options: BusyClientOptions) {
    super(options);
    const { ledger, nick, room } = options;
    this.client.on('pending', ({ message: { cid, state, seq, error } }) => {
      if (state === 'failed') ledger.problems.push(`${nick} could not write to ${room}: ${error?.message}`);
      if (state !== 'acknowledged' || seq === undefined) return;
      // It is told again once its event is seen, by when the message may be deleted.
      if (!ledger.acknowledged.has(cid)) this.#said = { cid, seq };
      ledger.acknowledge(cid, seq);
    });
  }

  protected get isAnswered(): boolean {
    return this.#change === undefined && this.client.pending(this.options.room).length === 0;
  }

  protected async act(): Promise<void> {
    const { room, ledger, random } = this.options;
    if (!this.#isIn) {
      await this.client.join(room);
      this.#isIn = true;
    }
    if (this.#said === undefined) {
      if (this.client.pending(room).length === 0) {
        ledger.write(this.nick, room, (text) => this.client.send(room, text).cid);
      }
      return;
    }
    const isLast = random.between(1, CHANGES) === CHANGES;
    this.#change ??= { ...this.#said, text: isLast ? undefined : `${this.nick} changed this ${this.deeds}` };
    const { cid, seq, text } = this.#change;
    ledger.changed.set(cid, text);
    if (text === undefined) await this.client.request('message.delete', { room, seq });
    else await this.client.request('message.edit', { room, seq, text });
    if (text === undefined) this.#said = undefined;
    this.#change = undefined;
  }
}
