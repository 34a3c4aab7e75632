/**
 * Actions on their way to the state machine: in order, one at a time, those of one turn together. Events that arrive in
 * one frame become one action, so that a burst costs one transition and one paint.
 */
import type { Action } from '../state/actions.ts';

export class ActionQueue {
  readonly #perform: (actions: readonly Action[]) => void;
  #waiting: Action[] = [];
  #scheduled = false;
  #closed = false;

  constructor(perform: (actions: readonly Action[]) => void) {
    this.#perform = perform;
  }

  /** Adds an action; it is performed before the current turn is over. */
  push(action: Action): void {
    if (this.#closed) return;
    const last = this.#waiting.at(-1);
    if (action.type === 'events' && last?.type === 'events') {
      this.#waiting[this.#waiting.length - 1] = { ...last, events: [...last.events, ...action.events] };
    } else if (action.type === 'rooms' && last?.type === 'rooms') {
      this.#waiting[this.#waiting.length - 1] = action;
    } else {
      this.#waiting.push(action);
    }
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.flush());
  }

  /** Performs what waits, at once. */
  flush(): void {
    this.#scheduled = false;
    const actions = this.#waiting;
    this.#waiting = [];
    if (actions.length > 0 && !this.#closed) this.#perform(actions);
  }

  /** Drops what waits and what still comes. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
  }
}
