/** Read marks on their way to the server: the newest of each room, one request a room at a time, kept while offline. */

export interface ReadMarksOptions {
  /** Tells the server; a rejection is not tried again on the same connection. */
  deliver(room: string, seq: number): Promise<unknown>;
}

export class ReadMarks {
  readonly #options: ReadMarksOptions;
  readonly #wanted = new Map<string, number>();
  readonly #underWay = new Set<string>();
  #connection: number | undefined;
  #connections = 0;

  constructor(options: ReadMarksOptions) {
    this.#options = options;
  }

  mark(room: string, seq: number): void {
    if (seq <= (this.#wanted.get(room) ?? 0)) return;
    this.#wanted.set(room, seq);
    this.#send(room);
  }

  forget(room: string): void {
    this.#wanted.delete(room);
  }

  start(): void {
    this.#connection = this.#connections += 1;
    for (const room of this.#wanted.keys()) this.#send(room);
  }

  stop(): void {
    this.#connection = undefined;
    this.#underWay.clear();
  }

  #send(room: string): void {
    const connection = this.#connection;
    const seq = this.#wanted.get(room);
    if (connection === undefined || seq === undefined || this.#underWay.has(room)) return;
    this.#underWay.add(room);
    const settle = (): void => {
      // A mark of a lost connection stays wanted: the next one sends it again.
      if (connection !== this.#connection) return;
      this.#underWay.delete(room);
      if (this.#wanted.get(room) === seq) this.#wanted.delete(room);
      this.#send(room);
    };
    // A refused mark is dropped: the next one of the room says all that this one said.
    this.#options.deliver(room, seq).then(settle, settle);
  }
}
