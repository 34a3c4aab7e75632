/**
 * Rows made once for all screens of a process that show the same thing at the same width: the sessions of a room. What
 * "the same" means the caller says with its key, which must name everything that the rows depend on: the message, its
 * edition, how it stands to the one above it, the theme, what the reader sees otherwise than others. Width is added here.
 *
 * Bounded by rows: a key that was not asked for since half as many rows were made is forgotten. Rows that somebody still
 * shows live on with whoever shows them; they are only made anew for the next.
 */
import type { StyledRow } from './styled-row.ts';

export interface SharedRowsOptions {
  /** The most rows kept. Default 16,384, about 10 MB of messages of all kinds. */
  maxRows?: number | undefined;
}

type Generation = Map<string, readonly StyledRow[]>;

export class SharedRows {
  readonly #maxRows: number;
  /** Two generations: what is asked for goes into the young one, and when that is half of all, the old one is forgotten. */
  #young: Generation = new Map();
  #old: Generation = new Map();
  #youngRows = 0;

  constructor(options: SharedRowsOptions = {}) {
    this.#maxRows = options.maxRows ?? 16_384;
  }

  /** The rows of a key at a width; `make` makes them when they are not there. They must not be changed. */
  get(key: string, width: number, make: () => readonly StyledRow[]): readonly StyledRow[] {
    const full = `${width} ${key}`;
    const known = this.#young.get(full);
    if (known !== undefined) return known;
    const rows = this.#old.get(full) ?? make();
    this.#young.set(full, rows);
    this.#youngRows += rows.length;
    if (this.#youngRows > this.#maxRows / 2) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngRows = 0;
    }
    return rows;
  }
}
