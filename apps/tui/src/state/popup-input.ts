/** What keys and the mouse do while a popup is open: it has all of them until it closes. */
import { foldName } from '@parley/protocol';
import type { InputEvent } from '@parley/terminal';
import { contains, type Size } from '../layout/geometry.ts';
import { helpLines, placeHelp, placeList } from '../layout/popup-layout.ts';
import { createRoom, openDirect } from './asked-rooms.ts';
import { editDraft, EMPTY_DRAFT, FIELD_BOX, insertText } from './draft.ts';
import { ownPasswordEntered } from './own-password.ts';
import { labelOf, shownName } from './room-list.ts';
import { showRoom } from './room-opening.ts';
import type { ChatStage, HelpPopup, ListPopup, ListPopupRow, PasswordPopup, Popup, TuiState } from './state.ts';
import { leave, type Step, step, withToast } from './step.ts';
import { unreachable } from './unreachable.ts';

/** Whoever goes on typing after a `?` does so within that time; whoever does not is reading. */
const GOING_ON_MS = 3000;

export function popupInput(
  chat: ChatStage,
  popup: Popup,
  input: InputEvent,
  { size, options, now }: Pick<TuiState, 'size' | 'options' | 'now'>,
): Step {
  if (input.type === 'key' && input.chord === 'escape') return close(chat);
  switch (popup.name) {
    case 'help':
      return helpInput(chat, popup, input, size, helpLines(placeHelp(size).inner.width, options).length);
    case 'list':
      return listInput(chat, popup, input, size, now);
    case 'password':
      return passwordInput(chat, popup, input);
    case 'leave':
      if (input.type === 'key' && input.chord === 'enter') return leave();
      if (input.type === 'text' && /^[yq]$/iu.test(input.text)) return leave();
      return input.type === 'text' || input.type === 'key' ? close(chat) : step(chat);
    default:
      return unreachable(popup);
  }
}

/** Those rows of a list that its filter leaves. */
export function filteredRows(popup: ListPopup): readonly ListPopupRow[] {
  const wanted = foldName(popup.filter.text.trim());
  if (wanted === '') return popup.rows;
  const starts = popup.rows.filter(({ label }) => foldName(label.replace(/^[#&@]/u, '')).startsWith(wanted));
  const holds = popup.rows.filter((row) => !starts.includes(row) && foldName(row.label).includes(wanted));
  return [...starts, ...holds];
}

/** The list with the rows that the server has told: what was selected stays so, wherever it stands now. */
export function withRows(popup: ListPopup, rows: readonly ListPopupRow[], total: number): ListPopup {
  const selected = filteredRows(popup)[popup.selected];
  const next: ListPopup = { ...popup, load: 'ready', rows, total };
  const shown = filteredRows(next);
  const at = shown.findIndex(({ label }) => label === selected?.label);
  return { ...next, selected: at === -1 ? Math.max(0, Math.min(popup.selected, shown.length - 1)) : at };
}

/** The popup to go to one of one's own rooms. */
export function switchPopup(chat: ChatStage): ListPopup {
  const others = chat.rooms.filter((room) => room.room !== chat.active);
  const news = others.filter((room) => room.unread > 0);
  const ordered = [...news, ...others.filter((room) => room.unread === 0)];
  const rows = ordered.map((room) => ({
    label: shownName(room, room.room),
    detail: room.unread > 0 ? `${room.unread} new` : [room.room, labelOf(room)].includes(room.title) ? '' : room.title,
    faint: false,
    opens: { room: room.room },
  }));
  return { name: 'list', of: 'switch', load: 'ready', rows, total: rows.length, filter: EMPTY_DRAFT, selected: 0 };
}

const close = (chat: ChatStage): Step => step({ ...chat, popup: undefined, escaped: false });
const withPopup = (chat: ChatStage, popup: Popup): Step => step({ ...chat, popup });

/**
 * What is written while the help is open, which ends it; undefined: nothing is. A `?` that opened it is the first character of
 * what its person goes on with, unless they have begun to read.
 */
export function writtenOverHelp({ askedAt }: HelpPopup, input: InputEvent, now: number): string | undefined {
  const begun = askedAt !== undefined && now - askedAt < GOING_ON_MS ? '?' : '';
  if (input.type === 'key') return begun !== '' && input.chord === 'enter' ? begun : undefined;
  if (input.type !== 'text' && input.type !== 'paste') return undefined;
  const isForHelp = begun === '' && input.type === 'text' && /^[?q ]$/iu.test(input.text);
  return isForHelp ? undefined : begun + input.text;
}

function helpInput(chat: ChatStage, popup: HelpPopup, input: InputEvent, size: Size, lines: number): Step {
  const { inner } = placeHelp(size);
  const most = Math.max(0, lines - inner.height);
  const go = (top: number): Step => withPopup(chat, { name: 'help', top: Math.max(0, Math.min(most, top)) });
  if (input.type === 'mouse') {
    if (input.action === 'wheel-up') return go(popup.top - 3);
    if (input.action === 'wheel-down') return go(popup.top + 3);
    return input.action === 'press' && !contains(placeHelp(size).outer, input.x, input.y) ? close(chat) : step(chat);
  }
  if (input.type === 'text') return input.text === ' ' ? go(popup.top + inner.height - 1) : close(chat);
  if (input.type !== 'key') return step(chat);
  switch (input.chord) {
    case 'up':
      return go(popup.top - 1);
    case 'down':
      return go(popup.top + 1);
    case 'pageup':
      return go(popup.top - inner.height + 1);
    case 'pagedown':
      return go(popup.top + inner.height - 1);
    case 'home':
    case 'ctrl+home':
      return go(0);
    case 'end':
    case 'ctrl+end':
      return go(most);
    case 'f1':
    case 'enter':
    case 'backspace':
      return close(chat);
    default:
      return step(chat);
  }
}

function listInput(chat: ChatStage, popup: ListPopup, input: InputEvent, size: Size, now: number): Step {
  const rows = filteredRows(popup);
  const place = placeList(size, popup.rows.length);
  const select = (index: number): Step =>
    withPopup(chat, { ...popup, selected: Math.max(0, Math.min(rows.length - 1, index)) });
  if (input.type === 'mouse') {
    if (input.action === 'wheel-up') return select(popup.selected - 1);
    if (input.action === 'wheel-down') return select(popup.selected + 1);
    if (input.action !== 'press' || input.button !== 'left') return step(chat);
    if (!contains(place.outer, input.x, input.y)) return close(chat);
    if (!contains(place.list, input.x, input.y)) return step(chat);
    return choose(chat, rows[place.top(popup.selected, rows.length) + input.y - place.list.y], now);
  }
  if (input.type === 'text' || input.type === 'paste') {
    const filter = insertText(popup.filter, input.text.replace(/\s+/gu, ' '), FIELD_BOX);
    return withPopup(chat, { ...popup, filter, selected: 0 });
  }
  if (input.type !== 'key') return step(chat);
  switch (input.chord) {
    case 'up':
    case 'shift+tab':
    case 'alt+up':
      return select(popup.selected === 0 ? rows.length - 1 : popup.selected - 1);
    case 'down':
    case 'tab':
    case 'alt+down':
    case 'ctrl+p':
      return select(popup.selected >= rows.length - 1 ? 0 : popup.selected + 1);
    case 'pageup':
      return select(popup.selected - place.list.height);
    case 'pagedown':
      return select(popup.selected + place.list.height);
    case 'enter':
      return choose(chat, rows[popup.selected], now);
    default: {
      const filter = editDraft(popup.filter, input, FIELD_BOX);
      if (filter === undefined) return step(chat);
      return withPopup(chat, { ...popup, filter, selected: filter.text === popup.filter.text ? popup.selected : 0 });
    }
  }
}

function choose(chat: ChatStage, row: ListPopupRow | undefined, now: number): Step {
  if (row === undefined) return step(chat);
  const closed = { ...chat, popup: undefined };
  if ('room' in row.opens) return showRoom(closed, row.opens.room);
  if ('gone' in row.opens) {
    const words = `${row.opens.gone} is gone: a guest who comes back is someone new.`;
    return step(withToast(closed, 'plain', words, now));
  }
  if (row.opens.nick === chat.you.nick) return step(chat);
  return openDirect(closed, row.opens.nick, undefined);
}

function passwordInput(chat: ChatStage, popup: PasswordPopup, input: InputEvent): Step {
  if (input.type === 'text' || input.type === 'paste') {
    return withPopup(chat, {
      ...popup,
      field: insertText(popup.field, input.text.replace(/[\r\n]+/gu, ''), FIELD_BOX),
    });
  }
  if (input.type !== 'key') return step(chat);
  if (input.chord === 'enter') return passwordEntered(chat, popup);
  const field = editDraft(popup.field, input, FIELD_BOX);
  return field === undefined ? step(chat) : withPopup(chat, { ...popup, field });
}

/** What a password field holds was entered: the room is joined or made with it; one's own is asked for in turns. */
export function passwordEntered(chat: ChatStage, popup: PasswordPopup): Step {
  const password = popup.field.text;
  if (password === '') return withPopup(chat, { ...popup, words: 'Type the password, or Esc to go back.' });
  if (!('room' in popup.of)) return ownPasswordEntered(chat, popup.of, password);
  const closed = { ...chat, popup: undefined };
  const { room, isNew } = popup.of;
  if (!isNew) return showRoom(closed, room, password);
  return createRoom(closed, { room, kind: 'private', password, title: undefined });
}
