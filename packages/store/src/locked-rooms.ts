/**
 * Rooms that somebody else keeps locked, such as a person in psql: one of them must not stop what is sent in others. Knows
 * when each may be tried again. Knows no SQL.
 *
 *   free ──found locked──▶ refused ──a second──▶ on trial ──appended──▶ free
 *                             ▲────────found locked────────┘
 */

/** As long as who is refused is asked to wait. */
const REFUSED_MS = 1000;
/** More, and all are forgotten: each then costs one long wait again. */
const MAX_ROOMS = 10_000;

export class LockedRooms {
  /** When each goes on trial. */
  readonly #trialAt = new Map<number, number>();

  /** Whether it was locked when it was last tried. */
  has(room: number): boolean {
    return this.#trialAt.has(room);
  }

  /** Whether it was found locked less than a second ago. */
  refuses(room: number): boolean {
    return performance.now() < (this.#trialAt.get(room) ?? 0);
  }

  foundLocked(room: number): void {
    if (this.#trialAt.size >= MAX_ROOMS) this.#trialAt.clear();
    this.#trialAt.set(room, performance.now() + REFUSED_MS);
  }

  foundFree(room: number): void {
    this.#trialAt.delete(room);
  }
}
