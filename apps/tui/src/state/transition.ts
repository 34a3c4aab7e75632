/** The whole client as one function: (state, action) → state and effects. Pure; time comes in with the actions. */
import type { InputEvent } from '@parley/terminal';
import type { Action, ActionOf } from './actions.ts';
import { closedBehind, showAsked } from './asked-rooms.ts';
import { connectionChanged, eventsArrived, hinted, markRead, roomsChanged, ticked } from './chat.ts';
import { chatInput } from './chat-input.ts';
import { entered, roomsListed } from './composer.ts';
import type { Effect } from './effects.ts';
import { glimpsed, startChat } from './entering.ts';
import { chatLine, welcomeLine } from './line-entry.ts';
import { activeRoom, changeRoom, lateAt, withMembers, withPending } from './open-room.ts';
import { keepsakeOf } from './keepsake.ts';
import { withRows } from './popup-input.ts';
import { QUARTER_MS } from './quarter-hour.ts';
import { roomOpened, roomRefused } from './room-opening.ts';
import { endShown, paged, pagedOn, pageFailed, viewportMoved } from './scroll-back.ts';
import {
  type ChatStage,
  type Focus,
  isLooking,
  type ListPopup,
  type StartOptions,
  type TuiState,
  type WelcomeStage,
} from './state.ts';
import { type Step, step, withToast } from './step.ts';
import { tell } from './tell.ts';
import { draftOf } from './draft.ts';
import type { Size } from '../layout/geometry.ts';
import {
  busy,
  failed,
  refusalWords,
  sessionMissing,
  signedOut,
  startWelcome,
  welcomeBack,
  welcomeConnection,
  welcomeInput,
} from './welcome.ts';
import { currentDraft, withAheadWritten } from './room-drafts.ts';
import { type Typed, whileWaiting, withTyped } from './typed-ahead.ts';
import { unreachable } from './unreachable.ts';

export interface Transition {
  readonly state: TuiState;
  readonly effects: readonly Effect[];
}

/** The state before anything happened; `started` sets it going. */
export function initialState(options: StartOptions, size: Size): TuiState {
  // A page tells whenever it changes: until then it is looked at.
  const focus = options.hosted ? 'here' : 'unknown';
  return { size, now: 0, focus, options, stage: startWelcome(options, 0).stage };
}

export function transition(state: TuiState, action: Action): Transition {
  const now = 'now' in action ? action.now : state.now;
  if (action.type === 'input' && suspends(action.input, state)) return { state, effects: [{ do: 'suspend' }] };
  if (action.type === 'resized') return { state: { ...state, size: action.size }, effects: [] };
  const focus = action.type === 'input' ? focusAfter(action.input, state.focus) : state.focus;
  const { size, options, stage } = state;
  // Fields by name, see copies.ts.
  const next: TuiState = { size, now, focus, options, stage };
  switch (stage.name) {
    case 'left':
      return { state, effects: [] };
    case 'welcome':
      return finish(next, reactWelcome(next, stage, action));
    case 'chat':
      return finish(next, reactChat(next, stage, action));
    default:
      return unreachable(stage);
  }
}

/** When time itself will change what is shown, or undefined while it does not. */
export function nextTick(state: TuiState): number | undefined {
  const { stage, now } = state;
  if (stage.name === 'welcome') {
    return stage.progress.name === 'waiting' ? wholeSecond(stage.progress.retryAt, now) : undefined;
  }
  if (stage.name === 'left') return undefined;
  // “Today” becomes “Yesterday”: wherever one lives, that is on a quarter of an hour.
  let next = (Math.floor(now / QUARTER_MS) + 1) * QUARTER_MS;
  if (stage.connection.name === 'waiting') next = Math.min(next, wholeSecond(stage.connection.retryAt, now));
  if (stage.toast !== undefined) next = Math.min(next, stage.toast.until);
  for (const open of stage.open.values()) {
    for (const { until } of open.typing) next = Math.min(next, until);
    if (open.pending.length > 0) next = Math.min(next, ...lateAt(open));
    // Offline nobody is asked; once online again, all are.
    if (open.askAgainAt !== undefined && stage.connection.name === 'online') next = Math.min(next, open.askAgainAt);
  }
  return next;
}

/** The next moment at which the seconds until `end` change. */
function wholeSecond(end: number, now: number): number {
  const left = end - now;
  return left <= 0 ? now + 1000 : now + (left % 1000 || 1000);
}

/** Ctrl+Z stops a program wherever a shell started it. A browser has none to come back to: there it undoes. */
const suspends = (input: InputEvent, { options, stage }: TuiState): boolean =>
  input.type === 'key' && input.chord === 'ctrl+z' && !options.hosted && stage.name !== 'left';

/** Where someone types, someone looks; whether they do so still, only a terminal can say that has told before. */
function focusAfter(input: InputEvent, before: Focus): Focus {
  if (input.type === 'focus') return input.focused ? 'here' : 'elsewhere';
  return input.type === 'reply' || before === 'unknown' ? before : 'here';
}

function finish(state: TuiState, outcome: Step): Transition {
  const { stage, effects } = replayed(outcome, state);
  const marked =
    stage.name === 'chat' ? markRead(endShown({ stage, effects }), isLooking(state.focus)) : { stage, effects };
  const { size, now, focus, options } = state;
  return { state: { size, now, focus, options, stage: marked.stage }, effects: marked.effects };
}

/**
 * What was typed before there was a chat is done, once the rooms are known that it may be about. An Enter for a room that
 * still opens is done then, and what follows it after that: else both would be one message.
 */
function replayed(outcome: Step, state: TuiState): Step {
  let { stage, effects } = outcome;
  while (stage.name === 'chat' && stage.rooms.length > 0 && !stage.entersWhenOpen) {
    const [next, ...ahead] = stage.ahead;
    if (next === undefined) break;
    const done = chatInput({ ...stage, ahead }, next, state);
    stage = done.stage;
    if (stage.name === 'chat' && stage.entersWhenOpen) stage = { ...stage, entersWhenOpen: 'ahead' };
    effects = [...effects, ...done.effects];
  }
  return stage === outcome.stage ? outcome : { stage, effects };
}

function reactWelcome(state: TuiState, stage: WelcomeStage, action: Action): Step {
  const { options } = state;
  switch (action.type) {
    case 'started':
      return startWelcome(options, state.now);
    case 'input':
      return welcomeInput(stage, action.input, state);
    case 'line':
      return welcomeLine(stage, action.text);
    case 'server.answered':
      return step({
        ...stage,
        server: action.server,
        step: 'person',
        focus: 'nick',
        progress: { name: 'ready' },
      });
    case 'welcome.failed':
      return step(failed(stage, action.words));
    case 'welcome.progressed':
      return step(busy(stage, action.words));
    case 'session.found': {
      const { room, drafts, anchor, you } = action;
      const fields = { ...stage.fields, nick: draftOf(you.nick) };
      const before = { of: you, room, drafts, anchor };
      const found: WelcomeStage = { ...stage, fields, before, mode: you.guest ? 'guest' : 'sign-in' };
      return step(busy(found, `Back as ${you.nick} …`, you));
    }
    case 'glimpsed':
      return glimpsed(stage, action.glimpse);
    case 'session.missing':
      return sessionMissing(stage, options);
    case 'signed.out':
      return step(signedOut(stage, action.problem));
    case 'connection':
      if (action.connection.name !== 'online') return welcomeConnection(stage, action.connection);
      return startChat(stage, action.connection, options.room);
    default:
      // The rest is about rooms, which the welcome screen has none of.
      return step(stage);
  }
}

function reactChat(state: TuiState, chat: ChatStage, action: Action): Step {
  const { now } = state;
  switch (action.type) {
    case 'input': {
      const { input } = action;
      const waits = (chat.ahead.length > 0 || chat.entersWhenOpen === 'ahead') && chat.popup === undefined;
      const what = waits ? whileWaiting(input) : 'beside';
      if (what === 'after') return step({ ...chat, ahead: withTyped(chat.ahead, input as Typed) });
      return chatInput(what === 'elsewhere' ? withAheadWritten(chat) : chat, input, state, action.people);
    }
    case 'line':
      return chatLine(chat, action, now);
    case 'popup.closed':
      return step({ ...chat, popup: undefined });
    case 'ticked':
      return ticked(chat, now);
    case 'connection': {
      const { connection } = action;
      if (connection.name !== 'refused') return connectionChanged(chat, connection);
      const { nick, guest } = chat.you;
      const words =
        connection.code === 'nick_taken' && !chat.entering
          ? `Someone else is called ${nick} now. Choose another nick to come back.`
          : refusalWords(nick, connection);
      const form = welcomeBack(chat.server, nick, guest, words, keepsakeOf(chat));
      // Whoever is in the middle of a message goes on with it, and that is no nick.
      const isWriting = chat.entering && currentDraft(chat).text !== '';
      return step(isWriting ? { ...form, focus: 'mode' } : form);
    }
    case 'rooms':
      return roomsChanged(chat, action.rooms, now);
    case 'room.opened':
      return enteredWhenOpen(roomOpened(chat, action), now);
    case 'room.show':
      return enteredWhenOpen(showAsked(chat, action.room, action.place), now);
    case 'room.refused': {
      const closed = closedBehind(chat, action);
      if (closed !== undefined) return enteredWhenOpen(showAsked(chat, closed.room, action.room), now);
      return roomRefused(chat, action, now);
    }
    case 'events':
      return eventsArrived(chat, action.events, state.focus, now);
    case 'hint':
      return hinted(chat, action.hint, now);
    case 'pending':
      return pendingChanged(chat, action, now);
    case 'paged':
      return paged(chat, action);
    case 'paged.on':
      return pagedOn(chat, action);
    case 'page.failed':
      return step(withToast(pageFailed(chat, action.room), 'bad', action.words, now));
    case 'members':
      return step(changeRoom(chat, action.room, (open) => withMembers(open, action.members, action.total)));
    case 'listed': {
      const shown = changeList(chat, action.of, (popup) => withRows(popup, action.rows, action.total));
      return action.of === 'rooms' ? roomsListed(shown, action.rows, now) : step(shown);
    }
    case 'list.failed': {
      const shown = changeList(chat, action.of, (popup) => ({ ...popup, load: { failed: action.words } }));
      return action.of === 'rooms' ? roomsListed(shown, undefined, now) : step(shown);
    }
    case 'noted':
      return step((action.keep ? tell : withToast)(chat, action.tone, action.words, now));
    case 'viewport':
      return viewportMoved(chat, action);
    case 'started':
    case 'resized':
    case 'server.answered':
    case 'welcome.failed':
    case 'welcome.progressed':
    case 'session.found':
    case 'session.missing':
    case 'glimpsed':
    case 'signed.out':
      return step(chat);
    default:
      return unreachable(action);
  }
}

function pendingChanged(chat: ChatStage, action: ActionOf<'pending'>, now: number): Step {
  const failure = action.pending.find(({ state }) => state === 'failed');
  if (chat.open.has(action.room) || failure === undefined) {
    return step(changeRoom(chat, action.room, (open) => withPending(open, action.pending, now)));
  }
  return step(withToast(chat, 'bad', `What you said in ${action.room} was not sent: ${failure.words}`, now));
}

/** Enter, which was pressed while the room was still opening, does what it does. */
function enteredWhenOpen(from: Step<ChatStage>, now: number): Step {
  const { stage, effects } = from;
  const open = activeRoom(stage);
  if (!stage.entersWhenOpen || open?.load !== 'ready') return from;
  const next = entered({ ...stage, entersWhenOpen: false, toast: undefined }, now);
  return step(next.stage, ...effects, ...next.effects);
}

function changeList(chat: ChatStage, of: ListPopup['of'], change: (popup: ListPopup) => ListPopup): ChatStage {
  const { popup } = chat;
  return popup?.name === 'list' && popup.of === of ? { ...chat, popup: change(popup) } : chat;
}
