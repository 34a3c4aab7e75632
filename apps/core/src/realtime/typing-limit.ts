/** How often one connection may say that its user is typing: once a second in each room, and in so many rooms at once. */

const INTERVAL_MS = 1000;
/** Rooms that are remembered: more than people type in within a second. */
const MAX_ROOMS = 16;

export class TypingLimit {
  /** When it was said last, within the interval; the oldest first. Most connections never say it. */
  #saidAt: Map<string, number> | undefined;

  /** Whether it may be said of the room now; if so, it counts as said. */
  take(roomId: string, now: number): boolean {
    const saidAt = (this.#saidAt ??= new Map<string, number>());
    for (const [room, at] of saidAt) {
      if (now - at < INTERVAL_MS) break;
      saidAt.delete(room);
    }
    if (saidAt.has(roomId) || saidAt.size >= MAX_ROOMS) return false;
    saidAt.set(roomId, now);
    return true;
  }
}
