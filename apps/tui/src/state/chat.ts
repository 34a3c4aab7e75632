/**
 * The chat stage's reactions to the server and to its own panes, and the moves that several causes share: showing a
 * room, changing one, marking it read. What keys and commands do stands in chat-input.ts and run-command.ts.
 */
import { type ConnectionState, isPassing } from '@parley/client';
import { foldName, type Hint, LOBBY, mentions, type Room, type RoomEvent, type You } from '@parley/protocol';
import type { Action } from './actions.ts';
import type { Effect } from './effects.ts';
import { callForActivity, callForMessage, callForRooms, withCall } from './calls.ts';
import { copyChat, copyOpenRoom } from './copies.ts';
import {
  activeRoom,
  changeRoom,
  isShown,
  loadingRoom,
  newestOf,
  openedRoom,
  withEvents,
  withLatePending,
  withMembers,
  withNick,
  withNote,
  withoutOldTyping,
  withPresence,
  withTyping,
} from './open-room.ts';
import { draftsAfter, leaveRecall, withAheadWritten, withDraftMoved } from './room-drafts.ts';
import { labelOf, sortRooms, withGlimpses, withoutGlimpses } from './room-list.ts';
import { bounded, leftViewports, seekOn } from './scroll-back.ts';
import type { ChatStage, OpenRoom, Tone, Viewport } from './state.ts';
import { type Step, step, withToast } from './step.ts';

const MOST_OPEN_ROOMS = 6;
/** How long a room that can't be opened for now is left alone: there is none to go back to. */
const ASK_AGAIN_MS = 2000;
export const AT_BOTTOM: Viewport = { atBottom: true, below: 0, anchor: undefined };

/** Makes a room the active one, joining and opening it where that is needed. */
export function showRoom(chat: ChatStage, name: string, password?: string): Step<ChatStage> {
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
    seek: undefined,
  };
  return closeOldRooms(opened === undefined ? step(next, { do: 'open-room', room, password }) : withMembersAsked(next));
}

/** Rooms beyond a handful are no longer followed; what happens there comes as activity. */
function closeOldRooms(from: Step<ChatStage>): Step<ChatStage> {
  const open = new Map(from.stage.open);
  const effects = [...from.effects];
  for (const [name, room] of from.stage.open) {
    if (open.size <= MOST_OPEN_ROOMS) break;
    if (name === from.stage.active || room.load !== 'ready' || room.pending.length > 0) continue;
    open.delete(name);
    effects.push({ do: 'close-room', room: name });
  }
  return { stage: { ...from.stage, open }, effects };
}

/** Words for this person alone, in the room that is shown; above the composer where its messages are not seen to their end. */
export function tell(chat: ChatStage, tone: Tone, words: string, now: number): ChatStage {
  const open = activeRoom(chat);
  const noted = chat.active === undefined ? chat : changeRoom(chat, chat.active, (room) => withNote(room, tone, words));
  const isSeen = open !== undefined && isShown(open) && chat.viewport.atBottom;
  return isSeen ? noted : withToast(noted, tone, words, now);
}

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

/** Asks who is in the active room, where that may have changed unheard. */
function withMembersAsked(chat: ChatStage): Step<ChatStage> {
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

const openingOf = ({ room }: OpenRoom): Effect => ({ do: 'open-room', room, password: undefined });

/** The rooms with their person under the nick that they have now. */
const openUnderNick = (open: ChatStage['open'], you: You): ChatStage['open'] =>
  new Map([...open].map(([name, each]) => [name, withNick(each, you)] as const));

/** The list of one's own rooms changed. Rooms that are no longer in it are no longer shown. */
export function roomsChanged(chat: ChatStage, told: ReadonlyMap<string, Room>, now: number): Step<ChatStage> {
  const list = withGlimpses(told, chat.open);
  const rooms = sortRooms(list, chat.rooms);
  const isGone = ({ room: name, load }: OpenRoom): boolean => load === 'ready' && !list.has(name);
  const gone = [...chat.open.values()].filter(isGone);
  // A room that was opened and lost meanwhile was never in the list.
  if (rooms === chat.rooms && gone.length === 0) return step(chat);
  const calls = (to: ChatStage): Step<ChatStage> =>
    withCall(step(to), callForRooms(withoutGlimpses(chat.rooms, chat.open), to), now);
  const mentioned = unreadAmong(chat.mentioned, rooms);
  const next = copyChat(chat);
  next.rooms = rooms;
  next.mentioned = mentioned;
  if (gone.length === 0) return calls(next);
  const open = new Map(chat.open);
  for (const { room } of gone) open.delete(room);
  next.open = open;
  if (chat.active === undefined || open.has(chat.active)) return calls(next);
  const shown = showRoom({ ...next, active: undefined }, fallback(next, chat.active));
  const words = `You are no longer in ${labelIn(chat.rooms, chat.active)}.`;
  return step(withToast(shown.stage, 'plain', words, now), ...shown.effects);
}

/** What was read elsewhere calls nobody any more. */
function unreadAmong(names: ReadonlySet<string>, rooms: readonly Room[]): ReadonlySet<string> {
  if (names.size === 0) return names;
  const read = rooms.filter((room) => room.unread === 0 && names.has(room.room));
  if (read.length === 0) return names;
  const left = new Set(names);
  for (const { room } of read) left.delete(room);
  return left;
}

/** A room was joined. It may have been asked for in another spelling, or not at all: then it waits to be shown. */
export function roomOpened(chat: ChatStage, action: Extract<Action, { type: 'room.opened' }>): Step<ChatStage> {
  const { opened, fresh } = action;
  const name = opened.room.room;
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

/** A room could not be opened: back to where one was, and the words there; a password is asked for instead. */
export function roomRefused(
  chat: ChatStage,
  action: Extract<Action, { type: 'room.refused' }>,
  now: number,
): Step<ChatStage> {
  const { room, code } = action;
  const words = code === 'room_not_found' ? `${action.words} /create ${room} makes it.` : action.words;
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
      { ...back.stage, popup: { name: 'password', room, creates: undefined, field, words } },
      ...back.effects,
    );
  }
  return step(tell(back.stage, 'bad', words, now), ...back.effects);
}

export function eventsArrived(
  chat: ChatStage,
  events: readonly RoomEvent[],
  focused: boolean,
  now: number,
): Step<ChatStage> {
  let call: ReturnType<typeof callForMessage>;
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
      call ??= callForMessage(chat, event, focused);
    }
  }
  const next = copyChat(chat);
  next.open = open;
  next.mentioned = mentioned;
  return withCall({ stage: next, effects }, call, now);
}

export function hinted(chat: ChatStage, hint: Hint, now: number): Step<ChatStage> {
  switch (hint.type) {
    case 'presence':
      return step(changeRoom(chat, hint.room, (open) => withPresence(open, hint)));
    case 'typing':
      if (hint.user.id === chat.you.id) return step(chat);
      return step(changeRoom(chat, hint.room, (open) => withTyping(open, hint.user, now)));
    case 'notice':
      return step(tell(chat, 'plain', hint.text, now));
    case 'room.activity': {
      if (hint.mentioned !== true || chat.open.has(hint.room)) return step(chat);
      const mentioned = new Set(chat.mentioned).add(hint.room);
      return withCall(step({ ...chat, mentioned }), callForActivity(chat, hint), now);
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

/** Where to go when a room can't be shown. */
function fallback(chat: ChatStage, unwanted: string): string {
  const { previous } = chat;
  if (previous !== undefined && previous !== unwanted && chat.rooms.some((room) => room.room === previous)) {
    return previous;
  }
  return LOBBY;
}
