/**
 * Which messages of a room were changed last, as its readers here were told: whoever has read the log before that holds what
 * they said then. Knows no events.
 */

/** What is changed while someone reads a page; past that, it may have been any. */
const KEPT_TARGETS = 64;

export class ChangedMessages {
  /** Seqs of messages, the last change at the end. */
  #targets: number[] = [];
  #changes = 0;

  /** How many changes there were: to be asked for what has come since. */
  get mark(): number {
    return this.#changes;
  }

  /** These messages were changed; undefined: there may have been changes, and nobody here was told. */
  note(targets: readonly number[] | undefined): void {
    this.#changes += targets?.length ?? KEPT_TARGETS + 1;
    this.#targets = targets === undefined ? [] : [...this.#targets, ...targets].slice(-KEPT_TARGETS);
  }

  /** The messages that were changed since the mark, which may be from before all of this; undefined: nobody knows which. */
  since(mark: number): readonly number[] | undefined {
    const count = this.#changes - mark;
    if (count <= 0) return [];
    return count > this.#targets.length ? undefined : this.#targets.slice(-count);
  }
}
