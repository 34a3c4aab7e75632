/**
 * The part of the room list that its pane shows: by itself the one around the active room, else the one that its person has
 * scrolled to; and what is new in the rooms beyond it. The first and the last row say so where there is any.
 */
import { roomLines, type RoomLine, roomListTop } from './room-list.ts';
import type { ChatStage } from './state.ts';

/** What is new in some rooms. */
export interface News {
  readonly messages: number;
  readonly rooms: number;
  /** Whether something of it is for this person: a direct message, a mention. */
  readonly isPersonal: boolean;
}

/** A row that stands for rooms beyond the pane, itself on top of one more; `top`: where the list shows the nearest of them. */
interface RoomListEdge {
  readonly news: News;
  readonly top: number;
}

export interface ShownRooms {
  readonly lines: readonly RoomLine[];
  /** How many of them are scrolled away at the top. */
  readonly top: number;
  readonly above: RoomListEdge | undefined;
  readonly below: RoomListEdge | undefined;
  /** What is new in the rooms that are not shown. */
  readonly hidden: News;
}

/** A lower pane has no row to spare. */
const LEAST_EDGED_ROWS = 4;

/** What a pane of this height shows of the list; of height 0: where there is no pane. */
export function shownRooms(chat: ChatStage, height: number): ShownRooms {
  const lines = roomLines(chat.rooms);
  const top = roomListTop(lines, chat.active, height, chat.roomsTop);
  const isNew = (line: RoomLine): boolean => newsIn(chat, [line]).rooms > 0;
  const hasEdges = height >= LEAST_EDGED_ROWS;
  const nearestAbove = hasEdges ? lines.slice(0, top).findLastIndex(isNew) : -1;
  const nearestBelow = hasEdges ? lines.findIndex((line, index) => index >= top + height && isNew(line)) : -1;
  const first = nearestAbove === -1 ? top : top + 1;
  const end = top + height - (nearestBelow === -1 ? 0 : 1);
  const [before, after] = [newsIn(chat, lines.slice(0, first)), newsIn(chat, lines.slice(end))];
  return {
    lines,
    top,
    // With a row to spare: another edge may take it.
    above: nearestAbove === -1 ? undefined : { news: before, top: Math.max(0, nearestAbove - 1) },
    below: nearestBelow === -1 ? undefined : { news: after, top: nearestBelow - height + 2 },
    hidden: both(before, after),
  };
}

/** The list scrolled by some lines; undefined where all of it is shown. */
export function scrollRooms(chat: ChatStage, by: number, height: number): ChatStage | undefined {
  const { lines, top } = shownRooms(chat, height);
  if (lines.length <= height) return undefined;
  const next = roomListTop(lines, chat.active, height, top + by);
  return next === top ? chat : { ...chat, roomsTop: next };
}

/** Of the rooms among these lines. In the active one nothing is new that its own pane does not tell. */
function newsIn(chat: ChatStage, lines: readonly RoomLine[]): News {
  let news: News = { messages: 0, rooms: 0, isPersonal: false };
  for (const line of lines) {
    if (line.kind !== 'room' || line.room.room === chat.active) continue;
    const { room, unread, kind } = line.room;
    const isMention = chat.mentioned.has(room);
    if (unread === 0 && !isMention) continue;
    news = both(news, { messages: Math.max(1, unread), rooms: 1, isPersonal: isMention || kind === 'direct' });
  }
  return news;
}

const both = (a: News, b: News): News => ({
  messages: a.messages + b.messages,
  rooms: a.rooms + b.rooms,
  isPersonal: a.isPersonal || b.isPersonal,
});
