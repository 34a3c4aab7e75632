/**
 * A room's row and a page of its log, read at the same time: which of them is the newer one, and what they say together. Who
 * takes a room up where the row says that its log ends must have been shown all up to there.
 */
import type { RoomForUser, StoredEvent } from '@parley/store';

interface Page {
  readonly events: readonly StoredEvent[];
  readonly more: boolean;
}

/**
 * Whether a page, the newest one or what follows `since`, was read before the log's head was `lastSeq`. One with `more` after
 * it ends before any head.
 */
export function isOlder({ events, more }: Page, since: number | undefined, lastSeq: number): boolean {
  if (since !== undefined && more) return false;
  return (events.at(-1)?.seq ?? since ?? 0) < lastSeq;
}

/** The row, no older than the last event of the page. */
export function noteLast(row: RoomForUser, last: StoredEvent | undefined): RoomForUser {
  if (last === undefined || last.seq <= row.lastSeq) return row;
  const unread = row.unread + last.messages - row.messageCount;
  return { ...row, lastSeq: last.seq, messageCount: last.messages, unread };
}
