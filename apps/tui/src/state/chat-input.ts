/** What keys, pastes and the mouse do in the chat. Popups have the first word: popup-input.ts. */
import type { Member } from '@parley/protocol';
import type { InputEvent, KeyInput, MouseInput } from '@parley/terminal';
import { composerBox, PROMPT_COLS } from '../layout/chat-layout.ts';
import { contains, type Size } from '../layout/geometry.ts';
import { openDirect } from './asked-rooms.ts';
import { HELP_WORDS, layoutOf, onlineWords, showsHelpWords } from './chat-places.ts';
import { complete, entered, recall, typed } from './composer.ts';
import { clickDraft, editDraft, emptiedDraft, insertText } from './draft.ts';
import type { Effect } from './effects.ts';
import { type Intent, intentOf, typedAfterEsc } from './key-table.ts';
import { activeRoom, distinctMembers, listedRoom, shownMembers } from './open-room.ts';
import { popupInput, switchPopup, writtenOverHelp } from './popup-input.ts';
import { askAgain, showRoom } from './room-opening.ts';
import { scrollRooms, shownRooms } from './room-scroll.ts';
import { currentDraft, withDraft } from './room-drafts.ts';
import { runCommand } from './run-command.ts';
import { toFirst } from './scroll-back.ts';
import type { ChatStage, TuiState } from './state.ts';
import { leave, type Step, step, withToast } from './step.ts';
import { unreachable } from './unreachable.ts';

const WHEEL_LINES = 3;

/** `people`: whom one sees in the members pane, where those are not the ones that are known by now. */
export function chatInput(
  chat: ChatStage,
  input: InputEvent,
  context: Pick<TuiState, 'size' | 'now' | 'options'>,
  people?: readonly Member[],
): Step {
  const { size, now, options } = context;
  const { popup } = chat;
  if (input.type === 'key' && input.chord === 'ctrl+c') return interrupted(chat, options.hosted);
  // A password goes on in its field, not where it is seen.
  const meant = input.type === 'key' && popup?.name !== 'password' ? typedAfterEsc(input) : undefined;
  if (meant !== undefined) {
    const back = popup === undefined ? undone(chat) : step({ ...chat, popup: undefined, escaped: false });
    const next = chatInput(back.stage, { type: 'text', text: meant }, context);
    return step(next.stage, ...back.effects, ...next.effects);
  }
  if (popup !== undefined) {
    const text = popup.name === 'help' ? writtenOverHelp(popup, input, now) : undefined;
    if (text === undefined) return popupInput(chat, popup, input, context);
    return written({ ...chat, popup: undefined }, text, input, now);
  }
  switch (input.type) {
    case 'text':
      if (input.text === '?' && currentDraft(chat).text === '') return openHelp(chat, now);
      return written(chat, input.text, input, now);
    case 'paste':
      return written(chat, input.text, input, now);
    case 'key':
      return keyPressed(chat, input, size, now);
    case 'mouse':
      return mouseUsed(chat, input, size, people);
    case 'focus':
    case 'reply':
      return step(chat);
    default:
      return unreachable(input);
  }
}

/** The draft with a text typed or pasted. */
function written(chat: ChatStage, text: string, input: InputEvent, now: number): Step {
  const next = typed(calm(chat), insertText(currentDraft(chat), text), now);
  if (input.type !== 'paste' || !input.truncated) return next;
  return step(withToast(next.stage, 'bad', 'That was too much to paste: the end is missing.', now), ...next.effects);
}

/** Ctrl+C leaves where nothing is lost by that, and nobody means to copy: that is what it does elsewhere in a browser. */
function interrupted(chat: ChatStage, hosted: boolean): Step {
  if (chat.popup?.name === 'leave') return leave();
  return hosted || isUnsent(chat) ? step(askedToLeave(chat)) : leave();
}

const isUnsent = ({ open, drafts, ahead }: ChatStage): boolean =>
  drafts.size > 0 ||
  ahead.length > 0 ||
  [...open.values()].some(({ pending }) => pending.some(({ state }) => state !== 'sending'));

/** The stage with the question whether to leave. A guest comes back as somebody else. */
function askedToLeave(chat: ChatStage): ChatStage {
  const isInside = chat.rooms.some(({ kind }) => kind !== 'public');
  const losses = [
    ...(isUnsent(chat) ? ['What is not sent is lost.'] : []),
    ...(chat.you.guest && isInside ? ['As a guest you lose your private rooms and conversations.'] : []),
  ];
  return { ...calm(chat), toast: undefined, popup: { name: 'leave', losses } };
}

/** The stage without what the next key ends: a completion that runs, the question after a first Esc. */
const calm = (chat: ChatStage): ChatStage =>
  chat.completion === undefined && !chat.escaped ? chat : { ...chat, completion: undefined, escaped: false };

/** `askedAt`: when a `?` was typed for it. */
const openHelp = (chat: ChatStage, askedAt?: number): Step =>
  step({ ...calm(chat), popup: { name: 'help', top: 0, ...(askedAt === undefined ? {} : { askedAt }) } });

const scroll = (chat: ChatStage, move: Extract<Effect, { do: 'scroll' }>['move']): Step<ChatStage> =>
  step(chat, { do: 'scroll', move });

/** Whatever message was looked for. */
const toLast = (chat: ChatStage): Step<ChatStage> => scroll({ ...chat, seek: undefined }, { to: 'last' });

function keyPressed(chat: ChatStage, key: KeyInput, size: Size, now: number): Step {
  const draft = currentDraft(chat);
  const intent = intentOf(key.chord);
  // In what is written first; from its very end on it is about the messages.
  const moves = (intent === 'first' && draft.cursor > 0) || (intent === 'last' && draft.cursor < draft.text.length);
  if (intent !== undefined && !moves) return intended(chat, intent, size, now);
  const number = /^alt\+([1-9])$/u.exec(key.chord)?.[1];
  if (number !== undefined) {
    const room = chat.rooms[Number(number) - 1];
    return room === undefined ? step(calm(chat)) : showRoom(calm(chat), room.room);
  }
  if (draft.text === '' && key.chord === 'home') return toFirst(calm(chat));
  if (draft.text === '' && key.chord === 'end') return toLast(calm(chat));
  const edited = editDraft(draft, key, composerBox(size));
  return edited === undefined ? step(calm(chat)) : typed(calm(chat), edited, now);
}

function intended(before: ChatStage, intent: Intent, size: Size, now: number): Step {
  const chat = intent === 'complete' || intent === 'complete-back' || intent === 'back' ? before : calm(before);
  switch (intent) {
    case 'send':
      return entered(chat, now);
    case 'new-line':
      return typed(chat, insertText(currentDraft(chat), '\n'), now);
    case 'empty':
      return typed(chat, emptiedDraft(currentDraft(chat), chat.blank), now);
    case 'complete':
      return complete(chat, 1, now);
    case 'complete-back':
      return complete(chat, -1, now);
    case 'recall-older':
    case 'recall-newer':
      return recall(chat, intent === 'recall-older' ? -1 : 1, size);
    case 'page-up':
      return scroll(chat, { to: 'pageUp' });
    case 'page-down':
      return scroll(chat, { to: 'pageDown' });
    case 'line-up':
      return scroll(chat, { lines: -1 });
    case 'line-down':
      return scroll(chat, { lines: 1 });
    case 'first':
      return toFirst(chat);
    case 'last':
      return toLast(chat);
    case 'first-new':
      return runCommand(chat, { do: 'unread' }, now);
    case 'room-before':
      return neighbour(chat, -1);
    case 'room-after':
      return neighbour(chat, 1);
    case 'room-unread':
      return nextUnread(chat);
    case 'switch':
      return step({ ...chat, popup: switchPopup(chat) });
    case 'members':
      return runCommand(chat, { do: 'members' }, now);
    case 'reconnect':
      return chat.connection.name === 'online' ? refreshed(chat, now) : step(chat, { do: 'reconnect' });
    case 'repaint':
      return step(chat, { do: 'repaint', size });
    case 'back':
      return stepBack(chat, now);
    case 'help':
      return openHelp(chat);
    case 'leave':
      // Has been heard above, also where a popup is open.
      return step(chat);
    default:
      return unreachable(intent);
  }
}

/** There is nothing to connect: what still opens is asked for again. */
function refreshed(chat: ChatStage, now: number): Step {
  const asked = askAgain(chat, () => true);
  return asked.effects.length > 0 ? asked : step(withToast(chat, 'good', 'The connection is up.', now));
}

function neighbour(chat: ChatStage, by: -1 | 1): Step {
  const count = chat.rooms.length;
  if (count === 0) return step(chat);
  const at = chat.rooms.findIndex((room) => room.room === chat.active);
  const next = chat.rooms[at === -1 ? 0 : (at + by + count) % count];
  return next === undefined || next.room === chat.active ? step(chat) : showRoom(chat, next.room);
}

function nextUnread(chat: ChatStage): Step {
  const at = chat.rooms.findIndex((room) => room.room === chat.active);
  const others = [...chat.rooms.slice(at + 1), ...chat.rooms.slice(0, Math.max(0, at))];
  const next =
    others.find((room) => chat.mentioned.has(room.room)) ??
    others.find((room) => room.unread > 0 && room.kind === 'direct') ??
    others.find((room) => room.unread > 0);
  return next === undefined ? scroll(chat, { to: 'last' }) : showRoom(chat, next.room);
}

/** Esc: undo a completion, come back to the newest message, then ask whether to leave. Drafts stay. */
function stepBack(chat: ChatStage, now: number): Step {
  if (chat.completion !== undefined || !chat.viewport.atBottom) return undone(chat);
  if (chat.escaped) return step(askedToLeave(chat));
  return step({ ...withToast(chat, 'plain', 'Esc once more asks whether to leave Parley.', now), escaped: true });
}

/** What Esc does to what goes on, before it leads out of Parley. */
function undone(chat: ChatStage): Step<ChatStage> {
  if (chat.completion !== undefined) {
    return step({ ...withDraft(chat, chat.completion.draft), completion: undefined });
  }
  const still = { ...chat, escaped: false };
  return still.viewport.atBottom ? step(still) : scroll(still, { to: 'last' });
}

function roomsClicked(chat: ChatStage, row: number, height: number): Step {
  const { lines, top, above, below } = shownRooms(chat, height);
  const edge = row === 0 ? above : row === height - 1 ? below : undefined;
  if (edge !== undefined) return step({ ...chat, roomsTop: edge.top });
  const line = lines[top + row];
  if (line?.kind !== 'room') return step(chat);
  const shown = showRoom(chat, line.room.room);
  // What one points at stays where it is.
  return lines.length > height ? step({ ...shown.stage, roomsTop: top }, ...shown.effects) : shown;
}

function mouseUsed(before: ChatStage, mouse: MouseInput, size: Size, people?: readonly Member[]): Step {
  const layout = layoutOf(before, size);
  const { x, y } = mouse;
  const rooms = layout.rooms !== undefined && contains(layout.rooms, x, y) ? layout.rooms : undefined;
  if (mouse.action === 'wheel-up' || mouse.action === 'wheel-down') {
    const lines = mouse.action === 'wheel-up' ? -WHEEL_LINES : WHEEL_LINES;
    const scrolled = rooms === undefined ? undefined : scrollRooms(before, lines, rooms.height);
    return scrolled === undefined ? scroll(before, { lines }) : step(scrolled);
  }
  if (mouse.action !== 'press' || mouse.button !== 'left') return step(before);
  const chat = calm(before);
  if (rooms !== undefined) return roomsClicked(chat, y - rooms.y, rooms.height);
  if (layout.members !== undefined && contains(layout.members, x, y)) {
    const all = people ?? activeRoom(chat)?.members ?? [];
    const members = shownMembers(all, layout.members.height, listedRoom(chat));
    // The first line is the heading; after the last member stands how many more there are.
    const index = y - layout.members.y - 1;
    if (index === members.length && members.length < distinctMembers(all).length)
      return runCommand(chat, { do: 'members' }, 0);
    const member = members[index];
    if (member === undefined || member.id === chat.you.id) return step(chat);
    return openDirect(chat, member.nick, undefined);
  }
  if (layout.notice !== undefined && contains(layout.notice, x, y)) {
    const leadsBack = chat.viewport.atBottom && (activeRoom(chat)?.missed ?? 0) > 0;
    return leadsBack ? runCommand(chat, { do: 'unread' }, 0) : scroll(chat, { to: 'last' });
  }
  if (layout.header !== undefined && contains(layout.header, x, y)) {
    const isCount = x >= layout.header.x + layout.header.width - onlineWords(chat).length;
    return isCount ? runCommand(chat, { do: 'members' }, 0) : step({ ...chat, popup: switchPopup(chat) });
  }
  if (contains(layout.composer, x, y)) {
    const { width } = layout.composer;
    if (showsHelpWords(chat, width) && x >= layout.composer.x + width - HELP_WORDS.length) return openHelp(chat);
    const box = { ...composerBox(size), rows: layout.composer.height };
    const draft = currentDraft(chat);
    return step(withDraft(chat, clickDraft(draft, x - layout.composer.x - PROMPT_COLS, y - layout.composer.y, box)));
  }
  return step(chat);
}
