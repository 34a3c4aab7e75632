/**
 * What came over a trunk for channels that look at it later: one list for all of them, in order. Each knows from which place
 * on it has not looked.
 */

interface Entry<Reader> {
  readonly text: string;
  readonly readers: readonly Reader[];
}

export class NewsLog<Reader> {
  /** The place of the first that is kept. */
  #start = 0;
  #entries: Entry<Reader>[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** The place of what comes next. */
  get end(): number {
    return this.#start + this.#entries.length;
  }

  /** Whoever is among `readers` gets the text; lists that are the same object cost less to look at. */
  add(text: string, readers: readonly Reader[]): void {
    this.#entries.push({ text, readers });
  }

  /** What came for a reader from a place on. */
  since(place: number, reader: Reader): readonly string[] {
    const texts: string[] = [];
    let known: readonly Reader[] | undefined;
    let isIts = false;
    for (let at = Math.max(0, place - this.#start); at < this.#entries.length; at++) {
      const entry = this.#entries[at];
      if (entry === undefined) break;
      if (entry.readers !== known) {
        known = entry.readers;
        isIts = known.includes(reader);
      }
      if (isIts) texts.push(entry.text);
    }
    return texts;
  }

  /** Nobody will ask for what is before that place. */
  forgetBefore(place: number): void {
    if (place <= this.#start) return;
    this.#entries = this.#entries.slice(place - this.#start);
    this.#start = place;
  }
}
