/**
 * Scrolling back through a room's messages: where rooms are left, the pages of older messages, and coming back to a
 * message that a session was at. Knows no cells: the message pane tells where it is.
 */
import type { Action } from './actions.ts';
import { changeRoom } from './open-room.ts';
import { prependEvents, trimLog } from './room-log.ts';
import type { ChatStage, OpenRoom, Viewport } from './state.ts';
import { type Step, step } from './step.ts';

/** Pages that are fetched to come back to where a session was scrolled to. */
const MOST_SEEK_PAGES = 20;

/** Where rooms were left, now that the active one is left too. */
export function leftViewports(chat: ChatStage): ReadonlyMap<string, Viewport> {
  if (chat.active === undefined) return chat.viewports;
  const viewports = new Map(chat.viewports);
  if (chat.viewport.atBottom) viewports.delete(chat.active);
  else viewports.set(chat.active, chat.viewport);
  return viewports;
}

/**
 * A page of older messages came. One that is not right before what the room holds, because its oldest messages were let
 * go meanwhile, would leave a hole: the right one is asked for when it is wanted.
 */
export function paged(chat: ChatStage, action: Extract<Action, { type: 'paged' }>): Step<ChatStage> {
  const { before, events, more } = action;
  const next = changeRoom(chat, action.room, (open) => ({
    ...open,
    paging: false,
    log: before === open.log.firstSeq ? prependEvents(open.log, events, more) : open.log,
  }));
  return seekOn(next);
}

/** The message pane moved: remembers where it is, and asks for older messages near the top. */
export function viewportMoved(chat: ChatStage, action: Extract<Action, { type: 'viewport' }>): Step<ChatStage> {
  const next = { ...chat, viewport: action.viewport, seek: chat.seek?.scrolled === true ? undefined : chat.seek };
  return action.nearTop ? pageOlder(next) : step(next);
}

/** Asks for the page before the oldest message of the active room, unless that is under way or there is none. */
function pageOlder(chat: ChatStage): Step<ChatStage> {
  const open = chat.active === undefined ? undefined : chat.open.get(chat.active);
  if (open === undefined || open.load !== 'ready' || open.paging || !open.log.more || open.log.firstSeq <= 1) {
    return step(chat);
  }
  // Offline it would fail at once, again and again; the pane asks anew when it moves.
  if (chat.connection.name !== 'online') return step(chat);
  const before = open.log.firstSeq;
  return step(
    changeRoom(chat, open.room, (room) => ({ ...room, paging: true })),
    { do: 'page-older', room: open.room, before },
  );
}

/** A page could not be had. Once there is a connection again a search for a message goes on; else it ends here. */
export function pageFailed(chat: ChatStage, room: string): ChatStage {
  const next = changeRoom(chat, room, (open) => ({ ...open, paging: false }));
  return next.seek?.room === room && next.connection.name === 'online' ? { ...next, seek: undefined } : next;
}

/** Where a message is wanted: pages back until it is there, then scrolls to it. */
export function seekOn(chat: ChatStage): Step<ChatStage> {
  const wanted = chat.seek;
  const open = wanted === undefined ? undefined : chat.open.get(wanted.room);
  if (wanted === undefined || wanted.scrolled || open?.load !== 'ready') return step(chat);
  if (open.log.firstSeq > wanted.seq && open.log.more && wanted.pages < MOST_SEEK_PAGES) {
    return open.paging ? step(chat) : pageOlder({ ...chat, seek: { ...wanted, pages: wanted.pages + 1 } });
  }
  return step({ ...chat, seek: { ...wanted, scrolled: true } }, { do: 'scroll', move: { seq: wanted.seq } });
}

/** A followed room without the oldest of what it holds, once that is too much. */
export function trimmed(open: OpenRoom): OpenRoom {
  const log = trimLog(open.log);
  return log === open.log ? open : { ...open, log };
}
