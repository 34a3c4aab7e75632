/**
 * Who is in a room, as it is to be painted: in a room with many people somebody always comes or goes, and each would cost
 * a pane. Another room's people are shown at once, changes among the same ones no more than twice a second.
 */
import type { MonotonicClock } from '@parley/terminal';
import type { OpenRoom } from '../state/state.ts';

const PACE_MS = 500;

/** What is shown of a room's people. */
type People = { readonly [Name in 'room' | 'load' | 'members' | 'total' | 'online']: OpenRoom[Name] | undefined };

const NOBODY: People = { room: undefined, load: undefined, members: undefined, total: undefined, online: undefined };

export class PeoplePace {
  readonly #clock: MonotonicClock;
  readonly #onDue: () => void;
  #people: People = NOBODY;
  #shownAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;

  /** `onDue` is called when what was held back may be shown. */
  constructor(clock: MonotonicClock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** What the panes with people are painted from: the same object while that stays as it is. */
  of(open: OpenRoom | undefined): People {
    const people = open ?? NOBODY;
    const before = this.#people;
    const isElsewhere = people.room !== before.room || people.load !== before.load;
    const isSame =
      people.members === before.members && people.total === before.total && people.online === before.online;
    if (isSame && !isElsewhere) return before;
    const left = this.#shownAt + PACE_MS - this.#clock.now();
    if (left > 0 && !isElsewhere) {
      this.#cancel ??= this.#clock.after(left, () => {
        this.#cancel = undefined;
        this.#onDue();
      });
      return before;
    }
    this.#shownAt = this.#clock.now();
    const { room, load, members, total, online } = people;
    this.#people = { room, load, members, total, online };
    return this.#people;
  }

  close(): void {
    this.#cancel?.();
  }
}
