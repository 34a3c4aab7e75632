/**
 * Connects and disconnects, merged by time into a page of a room. Each page takes what happened from its first event on
 * until the first event of the next page, so that pages laid side by side hold no activity twice, and each one unless there
 * are too many: a page takes the newest MAX_PAGE_EVENTS of them, because between two events of a quiet room the whole server
 * may have come and gone for weeks.
 */
import { type Activity, MAX_PAGE_EVENTS, type RoomEvent } from '@parley/protocol';
import type { ActivityLog } from '@parley/store';
import type { HistoryRequest } from '../chat/chat.ts';

interface Page {
  room: string;
  events: readonly RoomEvent[];
  more: boolean;
}

const BEGINNING = new Date(0);
const END = new Date('9999-12-31T00:00:00.000Z');

export async function mergeActivity(parts: {
  page: Page;
  request: HistoryRequest;
  history: (request: HistoryRequest) => Promise<Page>;
  activity: Pick<ActivityLog, 'between'>;
}): Promise<{ room: string; events: (RoomEvent | Activity)[]; more: boolean }> {
  const { page, request, activity } = parts;
  const { before, after } = request;
  const first = page.events[0];
  const last = page.events.at(-1);
  // An empty page of a room that has events is past one of its ends, where the neighbouring page has it all.
  if (last === undefined && (before !== undefined || (after ?? 0) > 0)) return { ...page, events: [] };

  const from = first === undefined || first.seq === 1 ? BEGINNING : new Date(first.at);
  const reachesHead = before === undefined && (after === undefined || !page.more);
  const next =
    last === undefined || reachesHead
      ? undefined
      : (await parts.history({ room: request.room, after: last.seq, limit: 1 })).events[0];
  const to = next === undefined ? END : new Date(next.at);
  const rows = await activity.between({ from, to, limit: MAX_PAGE_EVENTS });
  const merged = mergeByTime(
    page.events,
    rows.map(({ at, userId, nick, kind }) => ({ type: kind, at: at.toISOString(), from: { id: userId, nick } })),
  );
  return { ...page, events: merged };
}

/** Both ascending; of equal times the room's event comes first. */
function mergeByTime(events: readonly RoomEvent[], activities: readonly Activity[]): (RoomEvent | Activity)[] {
  const merged: (RoomEvent | Activity)[] = [];
  let index = 0;
  for (const event of events) {
    for (let next = activities[index]; next !== undefined && next.at < event.at; next = activities[index]) {
      merged.push(next);
      index += 1;
    }
    merged.push(event);
  }
  return [...merged, ...activities.slice(index)];
}
