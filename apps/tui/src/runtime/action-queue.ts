/**
 * Actions on their way to the state machine: in order, one at a time. Most are performed when the turn is over. What comes
 * in floods (events, and what they change in the list of rooms) waits until the view can take it: a lively room then costs
 * one transition and one paint a frame, however much is said in it. What has a source of its own waits there even, until
 * then: it costs a client nothing but a note.
 *
 *   empty ──a flood's action──▶ waiting ──the view is ready, another action, or `flush`──▶ performing ──▶ empty
 *     └──────`expect`──────▶ (in its source) ──the view is ready──▶ waiting
 *
 * What performing brings at once (reading a message changes its room) is performed with it, and shown with it.
 */
import type { RoomEvent } from '@parley/protocol';
import type { Action } from '../state/actions.ts';

export interface ActionQueueOptions {
  perform(this: void, actions: readonly Action[]): void;
  /** Shows what performing has led to. */
  performed(this: void): void;
  /** Runs it once, as soon as the view can take something new; `patient`: or a moment later. The newest counts. */
  whenReady(this: void, run: () => void, how: { patient: boolean }): void;
}

export class ActionQueue {
  readonly #options: ActionQueueOptions;
  #waiting: Action[] = [];
  /**
   * The list of rooms has changed: that comes after all the rest, since of the lists the newest counts, but before word of
   * what happens in a room that may be new in it.
   */
  #rooms: Action | undefined;
  /** The events that are waiting at the end, which further ones join; the queue's own list. */
  #events: RoomEvent[] | undefined;
  /** What brings what waits elsewhere. */
  readonly #sources = new Set<() => void>();
  #isDue = false;
  #announced: 'not' | 'patiently' | 'promptly' = 'not';
  readonly #onReady = (): void => this.#ready();
  #isPerforming = false;
  #closed = false;

  constructor(options: ActionQueueOptions) {
    this.#options = options;
  }

  push(action: Action): void {
    if (this.#closed) return;
    this.#add(action);
    if (this.#isDue || this.#isPerforming) return;
    if (action.type !== 'events' && action.type !== 'rooms' && action.type !== 'hint') {
      this.#isDue = true;
      queueMicrotask(() => this.flush());
    } else {
      this.#announce(action.type !== 'events');
    }
  }

  /** There is more, which `source` pushes when it is called: once the view can take it. */
  expect(source: () => void, { patient }: { patient: boolean }): void {
    if (this.#closed) return;
    this.#sources.add(source);
    this.#announce(patient);
  }

  /** Performs what waits here, at once. */
  flush(): void {
    if (this.#isPerforming) return;
    this.#isDue = false;
    if (this.#isEmpty) return;
    this.#isPerforming = true;
    try {
      while (!this.#isEmpty) this.#options.perform(this.#take());
    } finally {
      this.#isPerforming = false;
    }
    if (!this.#closed) this.#options.performed();
  }

  /** Drops what waits and what still comes. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#rooms = undefined;
    this.#sources.clear();
  }

  /** For the view: it can take something new. */
  #ready(): void {
    this.#announced = 'not';
    const sources = [...this.#sources];
    this.#sources.clear();
    const wasPerforming = this.#isPerforming;
    this.#isPerforming = true;
    try {
      for (const source of sources) source();
    } finally {
      this.#isPerforming = wasPerforming;
    }
    this.flush();
  }

  get #isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#rooms === undefined;
  }

  #take(): readonly Action[] {
    if (this.#waiting.length === 0) this.#addRooms();
    const actions = this.#waiting;
    this.#waiting = [];
    this.#events = undefined;
    return actions;
  }

  /** That someone types, or that another room is lively, is not worth a frame before which a message would have to wait. */
  #announce(patient: boolean): void {
    if (this.#announced === 'promptly' || (this.#announced === 'patiently' && patient)) return;
    this.#announced = patient ? 'patiently' : 'promptly';
    this.#options.whenReady(this.#onReady, { patient });
  }

  /** Events become one action. */
  #add(action: Action): void {
    if (action.type === 'rooms') {
      this.#rooms = action;
    } else if (action.type === 'events' && this.#events !== undefined) {
      this.#events.push(...action.events);
    } else if (action.type === 'events') {
      this.#events = [...action.events];
      this.#waiting.push({ ...action, events: this.#events });
    } else {
      this.#events = undefined;
      if (action.type === 'hint' && action.hint.type === 'room.activity') this.#addRooms();
      this.#waiting.push(action);
    }
  }

  #addRooms(): void {
    if (this.#rooms !== undefined) this.#waiting.push(this.#rooms);
    this.#rooms = undefined;
  }
}
