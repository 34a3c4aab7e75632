/**
 * Frames of events and hints that nobody has looked at yet, as they came; clients of one process share them. Knows their order,
 * not what becomes of them.
 */
import type { Hint, RoomEvent } from '@parley/protocol';
import { isEvent, isHint, type SharedFrame } from './shared-messages.ts';

export interface NewsReader {
  /** Some of it has come; `patient`: hints only. Undefined: nothing is kept. */
  readonly waits: ((how: { readonly patient: boolean }) => void) | undefined;
  /** What was said in one room between two other things. */
  events(room: string, events: readonly RoomEvent[]): void;
  hint(hint: Hint): void;
}

export class UnreadNews {
  readonly #reader: NewsReader;
  #frames: SharedFrame[] = [];

  constructor(reader: NewsReader) {
    this.#reader = reader;
  }

  /** Whether it keeps the frame for later. One that it doesn't, since it answers something, comes after all that was kept. */
  keeps(frame: SharedFrame): boolean {
    if (this.#reader.waits === undefined) return false;
    if (frame.news === undefined) {
      this.read([]);
      return false;
    }
    this.#frames.push(frame);
    this.#reader.waits({ patient: frame.news === 'hints' });
    return true;
  }

  /** Gives on all of it, in order, and then `more`. */
  read(more: readonly SharedFrame[]): void {
    const frames = more.length === 0 ? this.#frames : [...this.#frames, ...more];
    if (frames.length === 0) return;
    this.#frames = [];
    let events: RoomEvent[] = [];
    const giveOn = (): void => {
      const [first] = events;
      if (first !== undefined) this.#reader.events(first.room, events);
      events = [];
    };
    for (const { messages } of frames) {
      for (const message of messages) {
        if (isEvent(message)) {
          if (events[0] !== undefined && events[0].room !== message.room) giveOn();
          events.push(message);
        } else if (isHint(message)) {
          giveOn();
          this.#reader.hint(message);
        }
      }
    }
    giveOn();
  }
}
