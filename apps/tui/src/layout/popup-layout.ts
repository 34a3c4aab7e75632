/** Where popups stand at a size, and the lines of the help. Used for painting, scrolling and clicks alike. */
import { textWidth } from '@parley/terminal';
import { COMMANDS } from '../commands/command-table.ts';
import { keysOf, type KeySpec } from '../state/key-table.ts';
import type { LeavePopup } from '../state/state.ts';
import { centred, clamp, type Rect, type Size } from './geometry.ts';
import { wrapWords } from './wrap-words.ts';

export interface PopupPlace {
  /** With its border. */
  readonly outer: Rect;
  /** What its content has. */
  readonly inner: Rect;
}

export interface ListPlace extends PopupPlace {
  readonly filter: Rect;
  readonly list: Rect;
  /** The first row that shows, so that the selected one does. */
  top(selected: number, count: number): number;
}

/** A line of the help. */
export type HelpLine =
  | { readonly kind: 'gap' }
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  /** What to press or type, and what it does; either may be empty where the other takes several lines. */
  | { readonly kind: 'pair'; readonly left: string; readonly right: string };

const PAIR_COLS = 33;
const LEAVE_COLS = 46;
const GROUPS: readonly KeySpec['group'][] = ['Writing', 'Reading', 'Rooms', 'Parley'];

const FIRST_STEPS =
  'Write, and Enter sends it to the room. /rooms lists the rooms, /join opens one, /create makes one. /pm writes to one ' +
  'person alone. Alt+Up and Alt+Down change rooms, PageUp reads back, Esc steps back, /quit leaves. All keys and ' +
  'commands follow.';

export const placeHelp = (size: Size): PopupPlace =>
  framed(centred(size, 96, size.rows < 20 ? size.rows : size.rows - 2));

/** A popup with a list of `count` rows under a line to filter it. */
export function placeList(size: Size, count: number): ListPlace {
  const place = framed(centred(size, 56, clamp(count, 3, 16) + 4));
  const { inner } = place;
  const list = { ...inner, y: inner.y + 2, height: Math.max(1, inner.height - 2) };
  return {
    ...place,
    filter: { ...inner, height: 1 },
    list,
    top: (selected, total) => clamp(selected - Math.floor(list.height / 2), 0, Math.max(0, total - list.height)),
  };
}

export const placePassword = (size: Size): PopupPlace => framed(centred(size, 52, 8));
export const LEAVE_QUESTION = 'Leave Parley?';

/** Under the lines of `leaveLines` one that is empty, and one that says which keys there are. */
export function placeLeave(size: Size, popup: LeavePopup): PopupPlace {
  const { inner } = framed(centred(size, LEAVE_COLS, 0));
  return framed(centred(size, LEAVE_COLS, leaveLines(inner.width, popup).length + 4));
}

export const leaveLines = (width: number, { losses }: LeavePopup): readonly string[] =>
  [LEAVE_QUESTION, ...losses].flatMap((sentence) => wrapWords(sentence, width));

const POINTING =
  'The mouse scrolls with its wheel and opens what you click. On a touch screen drag to scroll; tap the name of the room above for your rooms, and who is online beside it for the members; hold a message to copy.';

/** The whole help at a width: keys, then commands, each from its own table, as they hold where the client is shown. */
export function helpLines(width: number, where: { readonly hosted: boolean }): readonly HelpLine[] {
  const lines: HelpLine[] = wrapWords(FIRST_STEPS, width).map((text): HelpLine => ({ kind: 'text', text }));
  for (const group of GROUPS) {
    lines.push({ kind: 'gap' }, { kind: 'heading', text: group });
    for (const { shown, help, group: of } of keysOf(where)) if (of === group) lines.push(...pair(shown, help, width));
  }
  lines.push({ kind: 'gap' }, { kind: 'heading', text: 'Commands' });
  for (const { name, takes, aliases, help } of COMMANDS) {
    const also = aliases.length === 0 ? '' : `; also ${aliases.join(' ')}`;
    lines.push(...pair(`${name} ${takes}`.trimEnd(), help + also, width));
  }
  lines.push({ kind: 'gap' });
  const closing = `A message that starts with // is sent with one slash. ${POINTING}`;
  lines.push(...wrapWords(closing, width).map((text): HelpLine => ({ kind: 'text', text })));
  return lines;
}

function pair(left: string, right: string, width: number): HelpLine[] {
  const narrow = width < PAIR_COLS + 30;
  if (!narrow && textWidth(left) < PAIR_COLS) {
    return wrapWords(right, width - PAIR_COLS).map((text, index) => ({
      kind: 'pair',
      left: index === 0 ? left : '',
      right: text,
    }));
  }
  const below = wrapWords(right, Math.max(8, width - (narrow ? 2 : PAIR_COLS)));
  return [
    { kind: 'pair', left, right: '' },
    ...below.map((text): HelpLine =>
      narrow ? { kind: 'text', text: `  ${text}` } : { kind: 'pair', left: '', right: text },
    ),
  ];
}

/** The columns that the left part of a pair has, at a width of the help. */
export const pairCols = (width: number): number => (width < PAIR_COLS + 30 ? width : PAIR_COLS);

/** One column of border and one of space at the sides, one row of border above and below. */
function framed(outer: Rect): PopupPlace {
  const inner: Rect = {
    x: outer.x + 2,
    y: outer.y + 1,
    width: Math.max(1, outer.width - 4),
    height: Math.max(1, outer.height - 2),
  };
  return { outer, inner };
}
