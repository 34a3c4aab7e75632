/** What is counted of a room's readers, be they connections or event streams. */

export interface DeliveryFigures {
  delivered(events: number): void;
  /** A reader has fallen behind, or has caught up or gone. */
  slowReader(change: 1 | -1): void;
}

/** Counts one reader among the slow ones for as long as it is behind. */
export class SlowMark {
  readonly #figures: DeliveryFigures;
  #isBehind = false;

  constructor(figures: DeliveryFigures) {
    this.#figures = figures;
  }

  note(isBehind: boolean): void {
    if (isBehind === this.#isBehind) return;
    this.#isBehind = isBehind;
    this.#figures.slowReader(isBehind ? 1 : -1);
  }
}
