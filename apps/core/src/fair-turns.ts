/**
 * Lets a few jobs run at a time. Who waits stands in the line of their source, and the sources take turns: one that has many
 * jobs keeps nobody else waiting for more than one of them.
 *
 *   run ──▶ running, while fewer than `width` do
 *     └───▶ waiting, in the line of its source ──the source's turn, its first──▶ running
 *               ├── room is wanted, and this line is the longest: its last ──▶ refused
 *               └── refuseWaiting ──▶ refused
 *
 * Invariants: nobody waits while fewer than `width` jobs run; a line is as long as `maxWaitingPerSource` at most, and all of
 * them together as `maxWaiting`. When those are reached, a source that has fewer waiting than another gets a place of it.
 */
export interface FairTurnsOptions {
  readonly width: number;
  readonly maxWaiting: number;
  readonly maxWaitingPerSource: number;
  /** What a job is refused with. */
  readonly refusal: () => Error;
}

interface Waiting {
  readonly begin: () => void;
  readonly refuse: (error: Error) => void;
}

export class FairTurns {
  readonly #options: FairTurnsOptions;
  /** By source, in the order of their turns; none is empty. */
  readonly #lines = new Map<string, Waiting[]>();
  #waiting = 0;
  #running = 0;

  constructor(options: FairTurnsOptions) {
    this.#options = options;
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#waiting;
  }

  async run<Result>(source: string, job: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#options.width) await this.#turnOf(source);
    else this.#running += 1;
    try {
      return await job();
    } finally {
      this.#handOn();
    }
  }

  /** Sends all who wait away: what a job has just found out holds for them too. */
  refuseWaiting(error: Error): void {
    const lines = [...this.#lines.values()];
    this.#lines.clear();
    this.#waiting = 0;
    for (const line of lines) for (const { refuse } of line) refuse(error);
  }

  #turnOf(source: string): Promise<void> {
    const { maxWaiting, maxWaitingPerSource, refusal } = this.#options;
    const line = this.#lines.get(source) ?? [];
    if (line.length >= maxWaitingPerSource) throw refusal();
    if (this.#waiting >= maxWaiting) this.#makeRoomBeside(line.length);
    return new Promise((begin, refuse) => {
      line.push({ begin, refuse });
      this.#lines.set(source, line);
      this.#waiting += 1;
    });
  }

  /** The last of the longest line gives its place to a source with so many waiting. Throws where that has not fewer. */
  #makeRoomBeside(waiting: number): void {
    const { refusal } = this.#options;
    let longest: Waiting[] = [];
    for (const line of this.#lines.values()) if (line.length > longest.length) longest = line;
    const last = longest.length > waiting + 1 ? longest.pop() : undefined;
    if (last === undefined) throw refusal();
    this.#waiting -= 1;
    last.refuse(refusal());
  }

  /** A turn is handed on, not freed, when someone waits. */
  #handOn(): void {
    const first = this.#lines.entries().next().value;
    if (first === undefined) {
      this.#running -= 1;
      return;
    }
    const [source, line] = first;
    const next = line.shift();
    this.#lines.delete(source);
    if (line.length > 0) this.#lines.set(source, line);
    this.#waiting -= 1;
    next?.begin();
  }
}
