/** What one reader was shown of each room, held against what it must be: ascending, once, without a gap. */
import type { RoomEvent } from '@parley/protocol';

/** One room, as one reader saw it. */
export interface RoomReading {
  /** The seq after which the reader's view begins. */
  readonly from: number;
  /** The seq of the last event shown. */
  cursor: number;
  /** A mark of each event from `from + 1` on; undefined where one was left out. */
  readonly marks: (string | undefined)[];
  /** By seq: what the messages that were changed say by the last change that was shown; undefined where they are deleted. */
  readonly changed: Map<number, string | undefined>;
}

/** Tells an event from any other in the same place of the log. What an edit says is what its message says by now: no mark. */
export function markOf(event: RoomEvent): string {
  if (event.type === 'message') return event.cid;
  return 'target' in event ? `${event.type} ${event.from.id} ${event.target}` : `${event.type} ${event.from.id}`;
}

export class Reading {
  readonly reader: string;
  readonly rooms = new Map<string, RoomReading>();
  seen = 0;
  doubled = 0;
  gaps = 0;
  outOfOrder = 0;
  /** The first few faults, in words. */
  readonly problems: string[] = [];

  constructor(reader: string) {
    this.reader = reader;
  }

  /** The reader has the room up to `seq`, and follows it from there. */
  begin(room: string, seq: number): void {
    if (this.rooms.has(room)) this.#blame(`began ${room} anew at ${seq}`);
    else this.rooms.set(room, { from: seq, cursor: seq, marks: [], changed: new Map() });
  }

  cursor(room: string): number {
    return this.rooms.get(room)?.cursor ?? 0;
  }

  /** For `resume` in hello. */
  cursors(): Record<string, number> {
    return Object.fromEntries([...this.rooms].map(([room, { cursor }]) => [room, cursor]));
  }

  take(event: RoomEvent): void {
    const room = this.rooms.get(event.room);
    this.seen += 1;
    if (room === undefined) {
      this.#blame(`was shown seq ${event.seq} of ${event.room}, which it does not read`);
      return;
    }
    if (event.type === 'message.edited') room.changed.set(event.target, event.text);
    if (event.type === 'message.deleted') room.changed.set(event.target, undefined);
    const at = event.seq - room.from - 1;
    if (event.seq === room.cursor + 1) {
      room.marks.push(markOf(event));
      room.cursor = event.seq;
    } else if (event.seq > room.cursor) {
      this.gaps += 1;
      this.#blame(`was shown seq ${event.seq} of ${event.room} after ${room.cursor}`);
      room.marks[at] = markOf(event);
      room.cursor = event.seq;
    } else if (at >= 0 && room.marks[at] === undefined) {
      this.outOfOrder += 1;
      this.#blame(`was shown seq ${event.seq} of ${event.room} only after ${room.cursor}`);
      room.marks[at] = markOf(event);
    } else {
      this.doubled += 1;
      this.#blame(`was shown seq ${event.seq} of ${event.room} again, having seen ${room.cursor}`);
    }
  }

  #blame(what: string): void {
    if (this.problems.length < 5) this.problems.push(`${this.reader} ${what}`);
  }
}
