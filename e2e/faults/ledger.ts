/** What was sent, and what the server said of it. Every writer of a crowd writes in the same ledger. */

export interface Sent {
  readonly cid: string;
  readonly room: string;
  readonly writer: string;
  /** Counts the writer's messages to this room, from 0. */
  readonly index: number;
  readonly text: string;
}

export class Ledger {
  readonly sent = new Map<string, Sent>();
  /** The seq each message was acknowledged with. */
  readonly acknowledged = new Map<string, number>();
  /** What a message was to be changed to last, by its cid: another text, or undefined to be deleted. */
  readonly changed = new Map<string, string | undefined>();
  /** How often a message was refused for the moment (`unavailable`), and sent again. */
  refusals = 0;
  /** What no server should have said. */
  readonly problems: string[] = [];
  readonly #written = new Map<string, number>();

  /** Notes a writer's next message to a room; `send` is given its text, and answers the cid it is sent under. `padding` ends the text. */
  write(writer: string, room: string, send: (text: string) => string, padding = ''): Sent {
    const key = `${room} ${writer}`;
    const index = this.#written.get(key) ?? 0;
    this.#written.set(key, index + 1);
    const text = `${writer} ${index}${padding}`;
    const sent = { cid: send(text), room, writer, index, text };
    this.sent.set(sent.cid, sent);
    return sent;
  }

  acknowledge(cid: string, seq: number): void {
    const before = this.acknowledged.get(cid);
    if (before !== undefined && before !== seq) {
      this.problems.push(`message ${cid} was acknowledged with seq ${before}, later with ${seq}`);
    }
    this.acknowledged.set(cid, seq);
  }
}
