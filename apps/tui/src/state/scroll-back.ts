/**
 * Scrolling back through a room's messages: where rooms are left, the pages of older messages, and coming back to a
 * message that a session was at. Knows no cells: the message pane tells where it is.
 *
 * What someone has scrolled back to stays, and is bounded all the same: once there is too much, the end that is further
 * from what they look at goes. Where that is the newest, the room is kept as two stretches.
 *
 *   whole ──the newest end is cut off──▶ in two: `log` around what is looked at, and `live`, which events go on at
 *     ▲                                    │
 *     ├──read on, page by page, to `live`──┤
 *     └──at the end again: only `live`─────┘
 */
import type { ActionOf } from './actions.ts';
import { activeRoom, changeRoom, newestOf } from './open-room.ts';
import { appendEvents, cutAround, joinLogs, prependEvents, trimLog } from './room-log.ts';
import type { ChatStage, OpenRoom, Viewport } from './state.ts';
import { type Step, step } from './step.ts';

/** Pages that are fetched to come back to where a session was scrolled to. */
const MAX_SEEK_PAGES = 20;
/** What follows is asked for while so many events are left below the first one on the screen: more than fit on any. */
const NEAR_EVENTS = 200;

export const AT_BOTTOM: Viewport = { atBottom: true, below: 0, anchor: undefined };

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
export function paged(chat: ChatStage, action: ActionOf<'paged'>): Step<ChatStage> {
  const { before, events, more } = action;
  const next = changeRoom(chat, action.room, (open) => ({
    ...open,
    paging: false,
    log: before === open.log.firstSeq ? prependEvents(open.log, events, more) : open.log,
  }));
  return seekOn(withoutTooMuch(next, action.room));
}

/** A page of newer messages came, of those between what is shown and the newest. */
export function pagedOn(chat: ChatStage, action: ActionOf<'paged.on'>): Step<ChatStage> {
  const { room, after, events } = action;
  const next = changeRoom(chat, room, (open) => {
    const on = { ...open, paging: false };
    const { live } = open;
    // One has gone to the end meanwhile, or scrolled on upwards.
    if (live === undefined || after !== open.log.lastSeq) return on;
    const missing = events.filter(({ seq }) => seq < live.firstSeq);
    const log = appendEvents(open.log, missing);
    const whole = joinLogs(log, live);
    return whole === undefined ? { ...on, log } : { ...on, log: whole, live: undefined };
  });
  const isFurther = next.open.get(room)?.log !== chat.open.get(room)?.log;
  return isFurther ? pageOn(withoutTooMuch(next, room)) : step(next);
}

/** The message pane moved: remembers where it is, and asks for older messages near the top. */
export function viewportMoved(chat: ChatStage, action: ActionOf<'viewport'>): Step<ChatStage> {
  const seen = action.viewport.atBottom ? chat : withoutMissed(chat);
  const moved = { ...seen, viewport: action.viewport, seek: chat.seek?.scrolled === true ? undefined : chat.seek };
  const next = chat.active === undefined ? moved : withoutTooMuch(moved, chat.active);
  return action.nearTop ? pageOlder(next) : pageOn(next);
}

/** To the first message that is new, however far back that is. */
export function toFirstNew(chat: ChatStage): Step<ChatStage> | undefined {
  const open = activeRoom(chat);
  if (open?.load !== 'ready' || open.marker === undefined) return undefined;
  const seek = { room: open.room, seq: open.marker + 1, pages: 0, scrolled: false };
  return seekOn(withoutMissed({ ...chat, seek }));
}

/** To the oldest message that there is, or as far back as a search goes: asked once more it goes on from there. */
export function toFirst(chat: ChatStage): Step<ChatStage> {
  const open = activeRoom(chat);
  // What there is already is seen at once.
  const scroll = { do: 'scroll', move: { to: 'first' } } as const;
  if (open?.load !== 'ready' || !open.log.more || chat.connection.name !== 'online') return step(chat, scroll);
  const seek = { room: open.room, seq: 1, pages: 0, scrolled: false };
  const { stage, effects } = seekOn(withoutMissed({ ...chat, seek }));
  return step(stage, scroll, ...effects);
}

/** Whoever scrolls back has found out what they missed, or is about to. */
function withoutMissed(chat: ChatStage): ChatStage {
  const open = activeRoom(chat);
  return open === undefined || open.missed === 0
    ? chat
    : changeRoom(chat, open.room, (room) => ({ ...room, missed: 0 }));
}

/** Asks for what follows the active room's stretch where that ends soon after what is looked at, page by page. */
function pageOn(chat: ChatStage): Step<ChatStage> {
  const open = activeRoom(chat);
  const anchor = open === undefined ? undefined : heldAt(chat, open.room);
  if (open?.live === undefined || open.paging || anchor === undefined || chat.connection.name !== 'online') {
    return step(chat);
  }
  const { events, lastSeq } = open.log;
  if ((events.at(-NEAR_EVENTS)?.seq ?? 0) > anchor) return step(chat);
  return step(
    changeRoom(chat, open.room, (room) => ({ ...room, paging: true })),
    { do: 'page-on', room: open.room, after: lastSeq },
  );
}

/** Where someone has scrolled back to in a room, as the seq of a message; undefined where they follow it. */
function heldAt(chat: ChatStage, room: string): number | undefined {
  if (chat.seek?.room === room) return chat.seek.seq;
  const viewport = room === chat.active ? chat.viewport : chat.viewports.get(room);
  return viewport === undefined || viewport.atBottom ? undefined : (viewport.anchor ?? 0);
}

/** The chat with no more of a room than is kept for who has scrolled back; where one follows it, events alone trim it. */
const withoutTooMuch = (chat: ChatStage, room: string): ChatStage =>
  changeRoom(chat, room, (open) => (heldAt(chat, room) === undefined ? atLiveEnd(open) : bounded(chat, open)));

/** A followed room without the oldest of what it holds once that is too much, or without what is far from what is looked at. */
export function bounded(chat: ChatStage, open: OpenRoom): OpenRoom {
  const anchor = heldAt(chat, open.room);
  if (anchor === undefined) return trimmed(atLiveEnd(open));
  // Until its message is found, what leads there is needed. That is a matter of moments, and of so many pages.
  if (chat.seek?.room === open.room && !chat.seek.scrolled) return open;
  const log = cutAround(open.log, anchor);
  const live = log.lastSeq === open.log.lastSeq ? open.live : newestOf(open);
  const newest = live === undefined ? undefined : trimLog(live);
  return log === open.log && newest === open.live ? open : { ...open, log, live: newest };
}

/** The room as one sees it who is at its end. */
export const atLiveEnd = (open: OpenRoom): OpenRoom =>
  open.live === undefined ? open : { ...open, log: open.live, live: undefined };

/** Going to the end of a room in two stretches is going to the newest one. */
export function endShown(from: Step<ChatStage>): Step<ChatStage> {
  const { stage, effects } = from;
  const goesToEnd = effects.some(
    (effect) => effect.do === 'scroll' && 'to' in effect.move && effect.move.to === 'last',
  );
  if (!goesToEnd || stage.active === undefined) return from;
  return { stage: changeRoom(stage, stage.active, atLiveEnd), effects };
}

/** Asks for the page before the oldest message of the active room, unless that is under way or there is none. */
function pageOlder(chat: ChatStage): Step<ChatStage> {
  const open = activeRoom(chat);
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
  if (next.seek?.room !== room || next.connection.name !== 'online') return next;
  return withoutTooMuch({ ...next, seek: undefined }, room);
}

/** Where a message is wanted: pages back until it is there, then scrolls to it. */
export function seekOn(chat: ChatStage): Step<ChatStage> {
  const wanted = chat.seek;
  const open = wanted === undefined ? undefined : chat.open.get(wanted.room);
  if (wanted === undefined || wanted.scrolled || open?.load !== 'ready') return step(chat);
  if (open.log.firstSeq > wanted.seq && open.log.more && wanted.pages < MAX_SEEK_PAGES) {
    return open.paging ? step(chat) : pageOlder({ ...chat, seek: { ...wanted, pages: wanted.pages + 1 } });
  }
  return step({ ...chat, seek: { ...wanted, scrolled: true } }, { do: 'scroll', move: { seq: wanted.seq } });
}

function trimmed(open: OpenRoom): OpenRoom {
  const log = trimLog(open.log);
  return log === open.log ? open : { ...open, log };
}
