/**
 * Opening and closing rooms: showing one, what the server answers to whoever joins, where to go when it can't be had, and
 * which rooms are followed no longer. What is known of a room stands in open-room.ts.
 *
 *   shown first ──▶ loading ──opened──▶ ready ──beyond a handful, or no longer one's own──▶ closed
 *                      │ └──refused──▶ closed, and back to where one was; for now, with nowhere to go: asked again
 *                      └──the connection is back, Enter, or a while later──▶ asked again
 */
import { isPassing } from '@parley/client';
import { type ErrorCode, foldName, LOBBY, type Room } from '@parley/protocol';
import type { ActionOf } from './actions.ts';
import type { Effect } from './effects.ts';
import { activeRoom, changeRoom, loadingRoom, newestOf, openedRoom, withMembers } from './open-room.ts';
import { draftsAfter, leaveRecall, withAheadWritten, withDraftMoved } from './room-drafts.ts';
import { labelOf, withReopened } from './room-list.ts';
import { AT_BOTTOM, leftViewports, seekOn } from './scroll-back.ts';
import type { ChatStage, OpenRoom } from './state.ts';
import { type Step, step, withToast } from './step.ts';
import { tell } from './tell.ts';

const MAX_OPEN_ROOMS = 6;
/** How long a room that can't be opened for now is left alone: there is none to go back to. */
const ASK_AGAIN_MS = 2000;

/** Makes a room the active one, joining and opening it where that is needed. */
export function showRoom(before: ChatStage, name: string, password?: string): Step<ChatStage> {
  const chat = withReopened(before, name);
  const known = chat.rooms.find((room) => foldName(room.room) === foldName(name));
  const room = known?.room ?? name;
  if (chat.active === room && chat.open.has(room) && password === undefined) {
    return step(chat, { do: 'scroll', move: { to: 'last' } });
  }
  const opened = chat.open.get(room);
  const open = new Map(chat.open);
  open.delete(room);
  const marker = (known?.unread ?? 0) > 0 ? known?.readSeq : undefined;
  open.set(room, opened === undefined ? loadingRoom(room) : { ...opened, marker: marker ?? undefined });
  const mentioned = new Set(chat.mentioned);
  mentioned.delete(room);
  const viewports = leftViewports(chat);
  const next: ChatStage = {
    ...leaveRecall(chat),
    roomsTop: undefined,
    active: room,
    previous: chat.active === room ? chat.previous : chat.active,
    open,
    mentioned,
    viewport: (opened === undefined ? undefined : viewports.get(room)) ?? AT_BOTTOM,
    viewports,
    completion: undefined,
    popup: undefined,
    toast: undefined,
    escaped: false,
    entersWhenOpen: false,
    inParts: undefined,
    seek: undefined,
  };
  return closeOldRooms(opened === undefined ? step(next, { do: 'open-room', room, password }) : withMembersAsked(next));
}

/** Rooms beyond a handful are no longer followed; what happens there comes as activity. */
function closeOldRooms(from: Step<ChatStage>): Step<ChatStage> {
  const open = new Map(from.stage.open);
  const effects = [...from.effects];
  for (const [name, room] of from.stage.open) {
    if (open.size <= MAX_OPEN_ROOMS) break;
    if (name === from.stage.active || room.load !== 'ready' || room.pending.length > 0) continue;
    open.delete(name);
    effects.push({ do: 'close-room', room: name });
  }
  return { stage: { ...from.stage, open }, effects };
}

/** Asks who is in the active room, where that may have changed unheard. */
export function withMembersAsked(chat: ChatStage): Step<ChatStage> {
  const open = activeRoom(chat);
  if (open?.load !== 'ready' || !open.membersAreOld || chat.connection.name !== 'online') return step(chat);
  return step(
    changeRoom(chat, open.room, (room) => ({ ...room, membersAreOld: false })),
    { do: 'list-members', room: open.room, quietly: true },
  );
}

/** Asks for rooms that still open once more, where asking twice does nothing else. */
export function askAgain(chat: ChatStage, which: (open: OpenRoom) => boolean): Step<ChatStage> {
  const asking = [...chat.open.values()].filter(
    (open) => open.load === 'loading' && open.asked === undefined && which(open),
  );
  if (asking.length === 0 || chat.connection.name !== 'online') return step(chat);
  const open = new Map(chat.open);
  for (const each of asking) open.set(each.room, { ...each, askAgainAt: undefined });
  return step({ ...chat, open }, ...asking.map(openingOf));
}

export const openingOf = ({ room }: OpenRoom): Effect => ({ do: 'open-room', room, password: undefined });

/** A room was joined. It may have been asked for in another spelling, or not at all: then it waits to be shown. */
export function roomOpened(from: ChatStage, action: ActionOf<'room.opened'>): Step<ChatStage> {
  const { opened, fresh } = action;
  const name = opened.room.room;
  const chat = withReopened(from, name);
  const asked = chat.open.has(name)
    ? name
    : [...chat.open.values()].find((open) => open.load === 'loading' && foldName(open.room) === foldName(name))?.room;
  const before = (asked === undefined ? undefined : chat.open.get(asked)) ?? loadingRoom(name);
  const after =
    fresh || before.load === 'loading'
      ? openedRoom({ ...before, room: name }, opened)
      : withMembers(before, opened.members, opened.total);
  // Built anew where the name differs, so that the order of showing stays.
  const open = new Map<string, OpenRoom>();
  for (const [key, each] of chat.open) open.set(key === asked ? name : key, key === asked ? after : each);
  open.set(name, after);
  const renamed = asked === undefined || asked === name ? chat : withDraftMoved(chat, asked, name);
  const next = { ...renamed, open, active: asked !== undefined && chat.active === asked ? name : chat.active };
  return seekOn(next);
}

/** Where to go from there. A private room is not told from one that isn't there. */
const HINTS: Readonly<Partial<Record<ErrorCode, (room: string) => string>>> = {
  room_not_found: (room) => ` /create ${room} makes one, if the name is free.`,
  room_exists: (room) => ` /join ${room} goes there, if you may come in.`,
};

/** A room could not be opened: back to where one was, and the words there; a password is asked for instead. */
export function roomRefused(chat: ChatStage, action: ActionOf<'room.refused'>, now: number): Step<ChatStage> {
  const { room, code } = action;
  const words = `${action.words}${HINTS[code]?.(room) ?? ''}`;
  const isOpen = chat.open.get(room)?.load === 'loading';
  // Not online: it is asked for again once the connection is back.
  if (isOpen && code === 'unavailable' && chat.connection.name !== 'online') return step(chat);
  // It was made, and the answer was lost with the connection.
  if (isOpen && code === 'room_exists' && chat.rooms.some((each) => each.room === room)) {
    return step(chat, { do: 'open-room', room, password: undefined });
  }
  const open = new Map(chat.open);
  if (isOpen) open.delete(room);
  const glimpse = chat.open.get(room)?.glimpse;
  const rooms = glimpse === undefined ? chat.rooms : chat.rooms.filter((each) => each !== glimpse);
  const without: ChatStage = { ...chat, rooms, open };
  const to = fallback(without, room);
  if (chat.active === room && to === room) {
    const askAgainAt = isOpen && isPassing(action) ? now + ASK_AGAIN_MS : undefined;
    return step(
      withToast(
        changeRoom(chat, room, (each) => ({ ...each, askAgainAt })),
        'bad',
        words,
        now,
      ),
    );
  }
  const written = chat.active === room ? withAheadWritten(chat) : chat;
  const drafts = isOpen && code !== 'wrong_password' ? draftsAfter(written, room, to) : written.drafts;
  const left = { ...without, drafts, ahead: written.ahead, active: undefined };
  const back = chat.active === room ? showRoom(left, to) : step(without);
  if (code === 'wrong_password') {
    const field = { text: '', cursor: 0 };
    return step(
      { ...back.stage, popup: { name: 'password', of: { room, isNew: false }, field, words } },
      ...back.effects,
    );
  }
  return step(tell(back.stage, 'bad', words, now), ...back.effects);
}

/** Where to go when a room can't be shown. */
export function fallback(chat: ChatStage, unwanted: string): string {
  const { previous } = chat;
  if (previous !== undefined && previous !== unwanted && chat.rooms.some((room) => room.room === previous)) {
    return previous;
  }
  return LOBBY;
}

/** Takes a conversation out of the list; nothing of it is lost, and nobody is told. */
export function closeDirect(chat: ChatStage, room: Room, now: number): Step<ChatStage> {
  const open = chat.open.get(room.room);
  const no = (words: string): Step<ChatStage> => step(withToast(chat, 'bad', words, now));
  if ((open?.pending.length ?? 0) > 0) return no('Something you wrote there is not sent yet. /discard drops it.');
  const lastSeq = Math.max(room.lastSeq, open === undefined ? 0 : newestOf(open).lastSeq);
  const without: ChatStage = {
    ...chat,
    rooms: chat.rooms.filter((each) => each !== room),
    closed: new Map(chat.closed).set(room.room, { ...room, lastSeq }),
    open: new Map([...chat.open].filter(([name]) => name !== room.room)),
  };
  const isShown = chat.active === room.room;
  const left = isShown ? showRoom({ ...without, active: undefined }, fallback(without, room.room)) : step(without);
  const words = `Closed until one of you writes again. /pm ${labelOf(room)} opens it.`;
  const closing: readonly Effect[] = open === undefined ? [] : [{ do: 'close-room', room: room.room }];
  return step(withToast(left.stage, 'plain', words, now), ...left.effects, ...closing);
}
