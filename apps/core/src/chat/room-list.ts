/**
 * Which rooms a list shows, and how many bytes of others' rooms: one's own, then those one is invited to, then the public ones
 * where most people are. Nobody can fill a part of it that is not their own, and the public part is read at most once a
 * second, however many ask. Knows neither limits nor SQL.
 *
 *   public part:   unknown ──asked for──▶ being read ──▶ kept for FRESH_MS ──▶ unknown
 *                     ▲                       │ fails         │
 *                     └──────────a room is made, which who has heard of it may look for─┘
 */
import type { RoomForUser, Rooms } from '@parley/store';

const FRESH_MS = 1000;
/** As JSON. A title and a topic of control codes take 4.6 KB, what people write a tenth of that. */
const INVITED_BYTES = 128 * 1024;
const PUBLIC_BYTES = 256 * 1024;
/** What a room takes besides its name, title and topic. */
const FIELDS_BYTES = 160;

interface Kept {
  readonly rows: Promise<readonly RoomForUser[]>;
  /** Infinity while they are being read. */
  freshUntil: number;
}

export class RoomList {
  readonly #rooms: Pick<Rooms, 'ownOf' | 'invitedTo' | 'publicOnes'>;
  readonly #now: () => number;
  #public: Kept | undefined;

  constructor(rooms: Pick<Rooms, 'ownOf' | 'invitedTo' | 'publicOnes'>, now: () => number = () => performance.now()) {
    this.#rooms = rooms;
    this.#now = now;
  }

  /** The rooms for a user or for nobody in particular, whose name (in folded form) or title contains `match`. */
  async listFor(userId: string | undefined, match?: string): Promise<RoomForUser[]> {
    const wanted = match === '' ? undefined : match;
    const [own, invited, others] = await Promise.all([
      userId === undefined ? [] : this.#rooms.ownOf(userId, wanted),
      userId === undefined ? [] : this.#rooms.invitedTo(userId, wanted),
      wanted === undefined ? this.#publicOnes() : this.#rooms.publicOnes(wanted).then(firstPublic),
    ]);
    const listed = [...own, ...firstOf(invited, INVITED_BYTES)];
    const ids = new Set(listed.map(({ id }) => id));
    return [...listed, ...others.filter(({ id }) => !ids.has(id))];
  }

  /** Reads the public part anew for the next who asks. */
  forget(): void {
    this.#public = undefined;
  }

  #publicOnes(): Promise<readonly RoomForUser[]> {
    if (this.#public !== undefined && this.#now() < this.#public.freshUntil) return this.#public.rows;
    const kept: Kept = { rows: this.#rooms.publicOnes().then(firstPublic), freshUntil: Infinity };
    this.#public = kept;
    kept.rows.then(
      () => (kept.freshUntil = this.#now() + FRESH_MS),
      // Told to those who wait for it.
      () => (kept.freshUntil = 0),
    );
    return kept.rows;
  }
}

const firstPublic = (rows: readonly RoomForUser[]): readonly RoomForUser[] => firstOf(rows, PUBLIC_BYTES);

/** The first rooms, as many as take no more than so many bytes. */
function firstOf(rows: readonly RoomForUser[], bytes: number): readonly RoomForUser[] {
  let taken = 0;
  const end = rows.findIndex(({ slug, title, topic }) => {
    taken += FIELDS_BYTES + Buffer.byteLength(JSON.stringify([slug, title, topic]));
    return taken > bytes;
  });
  return end === -1 ? rows : rows.slice(0, end);
}
