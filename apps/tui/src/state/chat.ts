/**
 * The chat stage's reactions to the server and to the clock: its connection, its lists, events and hints; and when the room
 * that is shown counts as read. How rooms are opened stands in room-opening.ts, what keys and commands do in chat-input.ts
 * and run-command.ts.
 */
import type { ConnectionState } from '@parley/client';
import { type Hint, mentions, type Room, type RoomEvent, type You } from '@parley/protocol';
import { copyChat, copyOpenRoom } from './copies.ts';
import type { Effect } from './effects.ts';
import {
  notificationForActivity,
  notificationForMessage,
  notificationForRooms,
  withNotification,
} from './notifications.ts';
import {
  activeRoom,
  changeRoom,
  newestOf,
  withEvents,
  withLatePending,
  withNick,
  withoutOldTyping,
  withPresence,
  withTyping,
} from './open-room.ts';
import { labelOf, sortRooms, stillClosed, withGlimpses, withoutClosed, withoutGlimpses } from './room-list.ts';
import { askAgain, fallback, openingOf, showRoom, withMembersAsked } from './room-opening.ts';
import { bounded, seekOn } from './scroll-back.ts';
import { type ChatStage, type Focus, isLooking, type OpenRoom } from './state.ts';
import { type Step, step, withToast } from './step.ts';
import { tell } from './tell.ts';

/** Reports the active room as read when its person can have read it. */
export function markRead(from: Step<ChatStage>, focused: boolean): Step<ChatStage> {
  const chat = from.stage;
  const open = activeRoom(chat);
  if (open === undefined || !isUnreported(chat, open, focused)) return from;
  return {
    stage: changeRoom(chat, open.room, marked),
    effects: [...from.effects, readReport(open)],
  };
}

/** Whether a room that is shown was read beyond what was reported. */
function isUnreported(chat: ChatStage, open: OpenRoom, focused: boolean): boolean {
  if (!focused || open.load !== 'ready' || !chat.viewport.atBottom) return false;
  return newestOf(open).lastSeq > open.markedSeq && chat.seek?.room !== open.room;
}

function marked(open: OpenRoom): OpenRoom {
  const next = copyOpenRoom(open);
  next.markedSeq = newestOf(open).lastSeq;
  return next;
}

const readReport = (open: OpenRoom): Effect => ({ do: 'mark-read', room: open.room, seq: newestOf(open).lastSeq });

/** The stage after its connection changed, while it stays a chat. */
export function connectionChanged(chat: ChatStage, connection: ConnectionState): Step<ChatStage> {
  if (connection.name !== 'online') return step({ ...chat, connection });
  const cameBack = chat.connection.name !== 'online';
  const { you } = connection;
  const renamed = you.nick === chat.you.nick ? chat.open : openUnderNick(chat.open, you);
  const next = { ...chat, connection, entering: false, you, open: renamed, limits: connection.limits };
  if (!cameBack) return step(next);
  const asking = [...chat.open.values()].filter(({ load }) => load === 'loading');
  const effects = asking.map((each) => each.asked ?? openingOf(each));
  // Presence is not in the log: who came and went meanwhile has to be asked for.
  const changed = { paging: false, askAgainAt: undefined, membersAreOld: true };
  const open = new Map([...renamed].map(([name, each]) => [name, { ...each, ...changed }] as const));
  const listed = withMembersAsked({ ...next, open });
  const sought = seekOn(listed.stage);
  return step(sought.stage, ...effects, ...listed.effects, ...sought.effects);
}

/** The rooms with their person under the nick that they have now. */
const openUnderNick = (open: ChatStage['open'], you: You): ChatStage['open'] =>
  new Map([...open].map(([name, each]) => [name, withNick(each, you)] as const));

/** The list of one's own rooms changed. Rooms that are no longer in it are no longer shown. */
export function roomsChanged(from: ChatStage, told: ReadonlyMap<string, Room>, now: number): Step<ChatStage> {
  const closed = stillClosed(from.closed, told);
  const chat = closed === from.closed ? from : { ...from, closed };
  const list = withGlimpses(withoutClosed(told, chat.closed), chat.open);
  const rooms = sortRooms(list, chat.rooms);
  const isGone = ({ room: name, load }: OpenRoom): boolean => load === 'ready' && !list.has(name);
  const gone = [...chat.open.values()].filter(isGone);
  // A room that was opened and lost meanwhile was never in the list.
  if (rooms === chat.rooms && gone.length === 0) return step(chat);
  const notified = (to: ChatStage): Step<ChatStage> =>
    withNotification(step(to), notificationForRooms(withoutGlimpses(chat.rooms, chat.open), to), now);
  const mentioned = unreadAmong(chat.mentioned, rooms);
  const next = copyChat(chat);
  next.rooms = rooms;
  next.mentioned = mentioned;
  if (chat.leaving !== undefined && !list.has(chat.leaving)) next.leaving = undefined;
  if (gone.length === 0) return notified(next);
  const open = new Map(chat.open);
  for (const { room } of gone) open.delete(room);
  next.open = open;
  if (chat.active === undefined || open.has(chat.active)) return notified(next);
  const shown = showRoom({ ...next, active: undefined }, fallback(next, chat.active));
  if (chat.active === chat.leaving) return shown;
  const words = `You are no longer in ${labelIn(chat.rooms, chat.active)}.`;
  return step(withToast(shown.stage, 'plain', words, now), ...shown.effects);
}

/** What was read elsewhere notifies nobody any more. */
function unreadAmong(names: ReadonlySet<string>, rooms: readonly Room[]): ReadonlySet<string> {
  if (names.size === 0) return names;
  const read = rooms.filter((room) => room.unread === 0 && names.has(room.room));
  if (read.length === 0) return names;
  const left = new Set(names);
  for (const { room } of read) left.delete(room);
  return left;
}

export function eventsArrived(
  chat: ChatStage,
  events: readonly RoomEvent[],
  focus: Focus,
  now: number,
): Step<ChatStage> {
  const focused = isLooking(focus);
  let notification: ReturnType<typeof notificationForMessage>;
  const effects: Effect[] = [];
  const open = new Map(chat.open);
  let { mentioned } = chat;
  for (const [name, before] of chat.open) {
    const its = before.load === 'ready' ? events.filter(({ room }) => room === name) : [];
    if (its.length === 0) continue;
    const isActive = name === chat.active;
    const grown = withEvents(before, its, chat.you.id, isActive && focused && chat.viewport.atBottom);
    const after = bounded(chat, grown);
    // Here rather than in a step of its own, since it comes with nearly all that is said.
    const isRead = isActive && isUnreported(chat, after, focused);
    open.set(name, isRead ? marked(after) : after);
    if (isRead) effects.push(readReport(after));
    for (const event of its) {
      if (event.type !== 'message' || event.from.id === chat.you.id) continue;
      const isMention = !isActive && !mentioned.has(name) && mentions(event.text, chat.you.nick);
      if (isMention) mentioned = new Set(mentioned).add(name);
      notification ??= notificationForMessage(chat, event, focus);
    }
  }
  const next = copyChat(chat);
  next.open = open;
  next.mentioned = mentioned;
  return withNotification({ stage: next, effects }, notification, now);
}

export function hinted(chat: ChatStage, hint: Hint, now: number): Step<ChatStage> {
  switch (hint.type) {
    case 'presence':
      return step(changeRoom(chat, hint.room, (open) => withPresence(open, hint, chat.you.id, now)));
    case 'typing':
      if (hint.user.id === chat.you.id) return step(chat);
      return step(changeRoom(chat, hint.room, (open) => withTyping(open, hint.user, now)));
    case 'notice':
      return step(tell(chat, 'plain', hint.text, now));
    case 'room.activity': {
      if (hint.mentioned !== true || chat.open.has(hint.room)) return step(chat);
      const mentioned = new Set(chat.mentioned).add(hint.room);
      return withNotification(step({ ...chat, mentioned }), notificationForActivity(chat, hint), now);
    }
    // The client keeps the list of rooms; it comes as `rooms`.
    case 'read':
    case 'room.created':
      return step(chat);
    default:
      return step(chat);
  }
}

/** Lets what had its time go. */
export function ticked(chat: ChatStage, now: number): Step<ChatStage> {
  let next = chat;
  for (const name of chat.open.keys()) {
    next = changeRoom(next, name, (open) => withLatePending(withoutOldTyping(open, now), now));
  }
  if (next.toast !== undefined && next.toast.until <= now) next = { ...next, toast: undefined };
  return askAgain(next, ({ askAgainAt }) => askAgainAt !== undefined && askAgainAt <= now);
}

const labelIn = (rooms: readonly Room[], name: string): string => {
  const room = rooms.find((each) => each.room === name);
  return room === undefined ? name : labelOf(room);
};
