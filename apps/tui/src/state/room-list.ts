/** The list of rooms as it is shown and walked through: order, labels, lines. Used for painting and for clicks alike. */
import { LOBBY, type Room, type RoomKind } from '@parley/protocol';
import type { ChatStage } from './state.ts';

/** A line of the room list. */
export type RoomLine =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'gap' }
  /** `index` counts rooms from 0, for Alt+1 … Alt+9. */
  | { readonly kind: 'room'; readonly room: Room; readonly index: number };

/**
 * Lobby first, then rooms by name, then direct rooms by nick: an order that messages don't change, so that mostly it is
 * that of the list before; which is the answer when no room is another one now.
 */
export function sortRooms(rooms: ReadonlyMap<string, Room>, before: readonly Room[]): readonly Room[] {
  const isAsBefore =
    rooms.size === before.length &&
    before.every((was) => {
      const is = rooms.get(was.room);
      return is === was || (is !== undefined && is.kind === was.kind && labelOf(is) === labelOf(was));
    });
  if (!isAsBefore) return [...rooms.values()].toSorted(inOrder);
  if (before.every((was) => rooms.get(was.room) === was)) return before;
  return before.map((was) => rooms.get(was.room) ?? was);
}

const inOrder = (a: Room, b: Room): number => rank(a) - rank(b) || labelOf(a).localeCompare(labelOf(b));

/** What a room is called in lists: its name, or the other person's nick. */
export const labelOf = (room: Pick<Room, 'room' | 'kind' | 'with' | 'title'>): string =>
  room.kind === 'direct' ? (room.with?.nick ?? (room.title || 'direct')) : room.room;

/** The sign before a room's name. */
const signOf = (kind: RoomKind): string => ({ public: '#', private: '&', direct: '@' })[kind];

/** A room as people read it: `#dev`, `@eve`; one that isn't known, by its slug. */
export function shownName(room: Room | undefined, slug: string): string {
  if (room !== undefined) return `${signOf(room.kind)}${labelOf(room)}`;
  if (isAskedPlace(slug)) return `@${slug.slice(askedPlace('').length)}`;
  return slug.startsWith('@') ? 'direct' : `#${slug}`;
}

/** The list's lines; headings appear when there are direct rooms to tell apart. */
export function roomLines(rooms: readonly Room[]): readonly RoomLine[] {
  const lines: RoomLine[] = [{ kind: 'heading', text: 'Rooms' }];
  rooms.forEach((room, index) => {
    const before = rooms[index - 1];
    if (room.kind === 'direct' && before?.kind !== 'direct') {
      if (index > 0) lines.push({ kind: 'gap' });
      lines.push({ kind: 'heading', text: 'Direct' });
    }
    lines.push({ kind: 'room', room, index });
  });
  return lines;
}

/**
 * How many lines are scrolled away at the top so that the active room shows, in a list `height` lines high; or, as far as
 * there are so many, those that its person has `scrolled` away.
 */
export function roomListTop(
  lines: readonly RoomLine[],
  active: string | undefined,
  height: number,
  scrolled?: number,
): number {
  const most = Math.max(0, lines.length - height);
  if (scrolled !== undefined) return Math.max(0, Math.min(most, scrolled));
  const at = lines.findIndex((line) => line.kind === 'room' && line.room.room === active);
  // A few lines of what follows stay in sight, so that the list doesn't seem to end at the active room.
  return Math.max(0, Math.min(most, at - height + 1 + Math.min(2, Math.floor(height / 4))));
}

function rank(room: Room): number {
  if (room.room === LOBBY) return 0;
  return room.kind === 'direct' ? 2 : 1;
}

/** What stands for a direct room while the server is asked which it is: no room has a space in its name. */
export const askedPlace = (nick: string): string => `@ ${nick}`;

export const isAskedPlace = (name: string): boolean => name.startsWith(askedPlace(''));

/** With the rooms that one is about to be in: they stay where they are while they are opened. */
export function withGlimpses(own: ReadonlyMap<string, Room>, open: ChatStage['open']): ReadonlyMap<string, Room> {
  let list: Map<string, Room> | undefined;
  for (const { room, glimpse } of open.values()) {
    if (glimpse !== undefined && !own.has(room)) list = new Map(list ?? own).set(room, glimpse);
  }
  return list ?? own;
}

/** Without the conversations that are closed. */
export function withoutClosed(own: ReadonlyMap<string, Room>, closed: ChatStage['closed']): ReadonlyMap<string, Room> {
  return closed.size === 0 ? own : new Map([...own].filter(([name]) => !closed.has(name)));
}

/**
 * The closed conversations in which nothing has been said since, as they are now. What was changed there is nothing new, and
 * counts as nothing unread. The same map where none is another.
 */
export function stillClosed(closed: ChatStage['closed'], own: ReadonlyMap<string, Room>): ChatStage['closed'] {
  let changed: Map<string, Room> | undefined;
  for (const [name, was] of closed) {
    const is = own.get(name);
    if (is === undefined || is === was) continue;
    changed ??= new Map(closed);
    const isLater = is.lastSeq > was.lastSeq;
    if (isLater && is.unread > was.unread) changed.delete(name);
    // What was read before it was closed may still be told of as unread.
    else changed.set(name, isLater ? is : { ...is, lastSeq: was.lastSeq, unread: Math.min(was.unread, is.unread) });
  }
  return changed ?? closed;
}

/** The chat with a conversation in its list that was closed and is opened now. */
export function withReopened(chat: ChatStage, name: string): ChatStage {
  const room = chat.closed.get(name);
  if (room === undefined) return chat;
  const closed = new Map(chat.closed);
  closed.delete(name);
  if (chat.rooms.some((each) => each.room === name)) return { ...chat, closed };
  const rooms = sortRooms(new Map([...chat.rooms, room].map((each) => [each.room, each])), chat.rooms);
  return { ...chat, closed, rooms };
}

/** Those of them that are one's own. */
export function withoutGlimpses(rooms: readonly Room[], open: ChatStage['open']): readonly Room[] {
  for (const { glimpse } of open.values()) {
    if (glimpse !== undefined) return rooms.filter((room) => open.get(room.room)?.glimpse !== room);
  }
  return rooms;
}
