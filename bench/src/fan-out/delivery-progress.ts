/** How far each reader of a room is, and how far the slowest: constant work a step, whatever the number of readers. */

/** More than any run keeps outstanding: the distance between the fastest reader and the slowest stays below. */
const SPAN = 1 << 14;

export class DeliveryProgress {
  /** Called when the slowest reader has got further, with its count. */
  onSlowest: (count: number) => void = () => {};
  /** When the fastest reader last got further, on `performance.now`'s clock. */
  fastestAt = 0;
  readonly #counts: Int32Array;
  /** How many readers stand at each count, modulo SPAN. */
  readonly #standing = new Int32Array(SPAN);
  #slowest = 0;
  #fastest = 0;

  constructor(readers: number) {
    this.#counts = new Int32Array(readers);
    this.#standing[0] = readers;
  }

  /** Messages that every reader has. */
  get slowest(): number {
    return this.#slowest;
  }

  /** Messages delivered to all readers together. */
  get total(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  countOf(reader: number): number {
    return this.#counts[reader] ?? 0;
  }

  /** The reader has `count` messages now. */
  reach(reader: number, count: number): void {
    const before = this.#counts[reader] ?? 0;
    if (count === before) return;
    if (count - this.#slowest >= SPAN) throw new Error(`A reader is ${SPAN} messages ahead of the slowest.`);
    this.#counts[reader] = count;
    if (count > this.#fastest) {
      this.#fastest = count;
      this.fastestAt = performance.now();
    }
    this.#step(before, -1);
    this.#step(count, 1);
    if (before !== this.#slowest || this.#standing[before & (SPAN - 1)] !== 0) return;
    while (this.#standing[this.#slowest & (SPAN - 1)] === 0) this.#slowest += 1;
    this.onSlowest(this.#slowest);
  }

  #step(count: number, by: number): void {
    const at = count & (SPAN - 1);
    this.#standing[at] = (this.#standing[at] ?? 0) + by;
  }
}
