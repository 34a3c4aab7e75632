/** The bytes that take a terminal over and give it back. What is switched on here is switched off in `leaveBytes`. */
import { sanitize } from './sanitize.ts';
import { truncate } from './width.ts';

export type CursorShape = 'default' | 'block' | 'underline' | 'bar';

const SHAPES: Readonly<Record<CursorShape, number>> = { default: 0, block: 2, underline: 4, bar: 6 };
const MAX_TITLE_COLUMNS = 128;

/**
 * Alternate screen; character set, margins and origin as they should be; no wrapping; bracketed paste; keys that tell
 * Shift+Enter from Enter (kitty's protocol and modifyOtherKeys: a terminal that knows neither ignores both).
 * May be sent again at any time: the pushed keyboard mode is popped first then, see `again`.
 */
export function enterBytes(again: boolean): string {
  const screen = '\x1b[?1049h\x0f\x1b(B\x1b[?6l\x1b[r\x1b[?7l\x1b[?25l\x1b[?2004h';
  return `${screen}${again ? '\x1b[<u' : ''}\x1b[>1u\x1b[>4;1m`;
}

export const mouseBytes = (on: boolean): string =>
  on ? '\x1b[?1000h\x1b[?1002h\x1b[?1006h' : '\x1b[?1006l\x1b[?1002l\x1b[?1000l';

export const focusBytes = (on: boolean): string => (on ? '\x1b[?1004h' : '\x1b[?1004l');

/** Everything off, the cursor seen and of its own shape, the first screen and the title back. */
export function leaveBytes(used: { readonly focus: boolean; readonly title: boolean }): string {
  return (
    '\x1b[m' +
    mouseBytes(false) +
    (used.focus ? focusBytes(false) : '') +
    '\x1b[>4m\x1b[<u\x1b[?2004l\x1b[?7h\x1b[0 q\x1b[?25h' +
    (used.title ? '\x1b[23;0t' : '') +
    '\x1b[?1049l'
  );
}

export const cursorShapeBytes = (shape: CursorShape): string => `\x1b[${SHAPES[shape]} q`;

/** Sets the window's title; the first time, the one before is put on the terminal's stack. */
export function titleBytes(title: string, first: boolean): string {
  return `${first ? '\x1b[22;0t' : ''}\x1b]2;${truncate(sanitize(title), MAX_TITLE_COLUMNS)}\x07`;
}

/** Teaches the terminal what its colours from 0 on are, each as `#rrggbb` (OSC 4): a number is a third of the bytes. */
export const paletteBytes = (colors: readonly string[]): string =>
  `\x1b]4;${colors.map((color, number) => `${number};${color}`).join(';')}\x07`;

/** Gives the terminal its own colours back (OSC 104). */
export const ownPaletteBytes = '\x1b]104\x07';
