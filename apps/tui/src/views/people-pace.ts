/**
 * Who is in a room, as it is to be painted: in a room with many people somebody always comes or goes, and each would cost
 * a pane. Another room's people are shown at once, changes among the same ones no more than twice a second.
 */
import type { Clock } from '@parley/terminal';
import type { OpenRoom } from '../state/state.ts';
import { isSame } from './is-same.ts';

const PACE_MS = 500;

export class PeoplePace {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  #people: readonly unknown[] = [];
  #shownAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;

  /** `onDue` is called when what was held back may be shown. */
  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** What the panes with people are painted from. */
  of(open: OpenRoom | undefined): readonly unknown[] {
    const people = [open?.room, open?.load, open?.members, open?.total, open?.online];
    const before = this.#people;
    if (isSame(people, before)) return before;
    const left = this.#shownAt + PACE_MS - this.#clock.now();
    if (left > 0 && people[0] === before[0] && people[1] === before[1]) {
      this.#cancel ??= this.#clock.after(left, () => {
        this.#cancel = undefined;
        this.#onDue();
      });
      return before;
    }
    this.#shownAt = this.#clock.now();
    this.#people = people;
    return people;
  }

  close(): void {
    this.#cancel?.();
  }
}
