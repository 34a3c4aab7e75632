/**
 * How the live rooms continue on the next connection, each after its cursor: by the hello, as far as they fit into it, and
 * by joins after it. Keeps no cursors and no events: those are the live rooms'.
 *
 *   live ──connection lost──▶ to be resumed ──named in hello──▶ live again
 *                                │    └──too many for the hello──▶ joined since its cursor, once online
 *                                └──the server's log ends below the cursor (a server set up anew)──▶ joined afresh
 */
import { type ChatError, MAX_CLIENT_FRAME_BYTES, MAX_RESUME_ROOMS } from '@parley/protocol';
import type { LiveRooms } from './live-rooms.ts';

/** Of a hello, which has to fit into a frame: what remains is for the token. */
const MAX_RESUME_BYTES = MAX_CLIENT_FRAME_BYTES * 0.75;
/** A seq with what JSON puts around it and the name. */
const CURSOR_BYTES = 20;

export interface RoomResumptionOptions {
  readonly live: Pick<LiveRooms, 'cursor' | 'cursors' | 'isReset' | 'close'>;
  /** The end of a room's log as the server has said in its welcome; undefined for a room that it did not name. */
  lastSeq(this: void, room: string): number | undefined;
  /** Joins a room, with `since` after that seq. Rejects with a ChatError. */
  join(this: void, room: string, options: { since?: number }): Promise<unknown>;
  failed(this: void, error: ChatError): void;
}

export class RoomResumption {
  readonly #options: RoomResumptionOptions;
  /** Live rooms that did not fit into the last hello. */
  #unresumed: readonly string[] = [];

  constructor(options: RoomResumptionOptions) {
    this.#options = options;
  }

  /** The last seq of each live room for a hello, as many as it may name and hold; the rooms left over are joined after it. */
  cursorsForHello(): Record<string, number> {
    const cursors = Object.entries(this.#options.live.cursors());
    let bytes = 0;
    const fitting = cursors.findIndex(([room], at) => {
      // Escaped, a character of a name takes at most six bytes.
      bytes += room.length * 6 + CURSOR_BYTES;
      return at >= MAX_RESUME_ROOMS || bytes > MAX_RESUME_BYTES;
    });
    const count = fitting === -1 ? cursors.length : fitting;
    this.#unresumed = cursors.slice(count).map(([room]) => room);
    return Object.fromEntries(cursors.slice(0, count));
  }

  /** The server has answered the hello: joins the rooms that it could not resume. */
  online(): void {
    this.#rejoinReset();
    this.continue(this.#unresumed);
  }

  /** Joins rooms that no hello has resumed, after their cursors. */
  continue(rooms: readonly string[]): void {
    for (const room of rooms) {
      const since = this.#options.live.cursor(room);
      if (since !== undefined) this.#join(room, { since });
    }
  }

  /** A room whose log ends below what was seen (a server set up anew) is joined afresh: its old cursor would hide events. */
  #rejoinReset(): void {
    const { live, lastSeq } = this.#options;
    for (const [room, cursor] of Object.entries(live.cursors())) {
      if (!live.isReset(room, lastSeq(room) ?? cursor)) continue;
      live.close(room);
      this.#join(room, {});
    }
  }

  #join(room: string, options: { since?: number }): void {
    this.#options.join(room, options).catch((error: ChatError) => this.#options.failed(error));
  }
}
