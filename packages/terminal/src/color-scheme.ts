/**
 * Whether a terminal is light or dark: how it is asked, and what its answers mean. It tells when its colours change (mode
 * 2031) and is asked for its background then, rather than believed: some report the system's scheme, not their own.
 */
import type { InputEvent } from './input-events.ts';

export type ColorScheme = 'light' | 'dark';

/** Asks for the background (OSC 11). */
export const backgroundQuery = '\x1b]11;?\x07';

export const colorReportBytes = (on: boolean): string => `\x1b[?2031${on ? 'h' : 'l'}`;

/** Whether the terminal tells that its colours have changed: `CSI ? 997 ; 1 n` to dark, `2` to light. */
export const isColorReport = (event: InputEvent): boolean =>
  event.type === 'reply' && event.kind === 'status' && /^\?997;[12]$/.test(event.body);

const COLOR = /^11;(?:rgba?:([\da-f]{1,4})\/([\da-f]{1,4})\/([\da-f]{1,4})|#([\da-f]{2})([\da-f]{2})([\da-f]{2})$)/i;

/** What the answer to `backgroundQuery` says of the terminal; undefined when the event is none. */
export function readBackground(event: InputEvent): ColorScheme | undefined {
  if (event.type !== 'reply' || event.kind !== 'osc') return undefined;
  const parts = COLOR.exec(event.body)?.slice(1).filter(Boolean);
  if (parts === undefined) return undefined;
  const [red = 0, green = 0, blue = 0] = parts.map((part) => Number.parseInt(part, 16) / (16 ** part.length - 1));
  return 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 ? 'light' : 'dark';
}
