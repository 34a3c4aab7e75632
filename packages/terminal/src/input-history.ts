/** What was sent before, to step through; the unsent draft waits at the end and is given back. */

export class InputHistory {
  readonly #maxEntries: number;
  #entries: string[] = [];
  /** Where stepping stands; the number of entries is the draft's place. */
  #at = 0;
  #draft = '';

  constructor(entries: readonly string[] = [], maxEntries = 100) {
    this.#maxEntries = maxEntries;
    this.#entries = entries.slice(-maxEntries);
    this.#at = this.#entries.length;
  }

  get entries(): readonly string[] {
    return this.#entries;
  }

  /** Adds a sent text unless it is empty or what was sent last, and stands at the draft again. */
  add(text: string): void {
    if (text.trim() !== '' && text !== this.#entries.at(-1)) this.#entries.push(text);
    if (this.#entries.length > this.#maxEntries) this.#entries.shift();
    this.#at = this.#entries.length;
    this.#draft = '';
  }

  /** The text one step back (-1) or forth (1); undefined at either end. `current` is kept when it is the draft. */
  step(direction: -1 | 1, current: string): string | undefined {
    const at = this.#at + direction;
    if (at < 0 || at > this.#entries.length) return undefined;
    if (this.#at === this.#entries.length) this.#draft = current;
    this.#at = at;
    return at === this.#entries.length ? this.#draft : this.#entries[at];
  }
}
