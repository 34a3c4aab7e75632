/**
 * The proof that counting is right: a few readers parse everything. Message n was sent by sender n modulo the senders, so
 * the numbers of one sender must come in steps of exactly that; Parley's `seq` must come in steps of one.
 */

export class OrderCheck {
  readonly problems: string[] = [];
  checked = 0;
  /** Frames that brought them. */
  frames = 0;
  readonly #senders: number;
  readonly #lastOfSender = new Map<number, number>();
  #lastSeq: number | undefined;

  constructor(senders: number) {
    this.#senders = senders;
  }

  /** A message's text begins with its number in eight digits. */
  take(text: string, seq?: number): void {
    const number = Number(text.slice(0, 8));
    const sender = number % this.#senders;
    const last = this.#lastOfSender.get(sender);
    if (last !== undefined && number !== last + this.#senders) this.#report(`${number} follows ${last} of one sender`);
    this.#lastOfSender.set(sender, number);
    if (seq !== undefined) this.takeSeq(seq);
    this.checked += 1;
  }

  takeSeq(seq: number): void {
    if (this.#lastSeq !== undefined && seq !== this.#lastSeq + 1) this.#report(`seq ${seq} follows ${this.#lastSeq}`);
    this.#lastSeq = seq;
  }

  #report(problem: string): void {
    if (this.problems.length < 10) this.problems.push(problem);
  }
}
