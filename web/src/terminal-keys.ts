/** Which keys are not the program's: the browser's own, and those that the page answers. */

export interface TerminalKeyActions {
  /** Types for the program. */
  type(text: string): void;
  /** `undefined`: as it was at first. */
  changeFontSize(by: number | undefined): void;
  /** Copies what is selected. False when nothing is. */
  copySelection(): boolean;
}

/** Enter with Shift, as programs that ask for it know it. */
const SHIFT_ENTER = '\x1b[13;2u';
/** What Ctrl+Backspace does in every field of a page. xterm's own byte for it is Backspace to the program. */
const DELETE_WORD = '\x1b\x7f';
/** Close, new tab and new window: the browser's, also where a page could have them. */
const WINDOW_KEYS = new Set(['w', 't', 'n']);
/** Reload, full screen, developer tools, and F6: to the page's own controls. */
const BROWSER_KEYS = new Set(['F5', 'F6', 'F11', 'F12']);
/** With Ctrl: what each adds to the size of the letters. */
export const FONT_KEYS: ReadonlyMap<string, number | undefined> = new Map([
  ['+', 1],
  ['=', 1],
  ['-', -1],
  ['0', undefined],
]);

/** What of a key press is asked for here. */
export type PressedKey = Pick<
  KeyboardEvent,
  'type' | 'key' | 'code' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey' | 'preventDefault'
>;

/** Whether the key is the program's. Ours are dealt with and kept from the browser. */
export function isForProgram(event: PressedKey, actions: TerminalKeyActions, isMac: boolean): boolean {
  const { key, ctrlKey, shiftKey, altKey, metaKey } = event;
  const pressed = event.type === 'keydown';
  if (key === 'Enter' && shiftKey && !ctrlKey && !altKey && !metaKey) {
    if (pressed) actions.type(SHIFT_ENTER);
    event.preventDefault();
    return false;
  }
  if (key === 'Backspace' && ctrlKey && !shiftKey && !altKey && !metaKey) {
    if (pressed) actions.type(DELETE_WORD);
    event.preventDefault();
    return false;
  }
  if (isMac && altKey && !ctrlKey && !metaKey && isSignOfOption(event)) {
    if (pressed) actions.type(key);
    event.preventDefault();
    return false;
  }
  if (BROWSER_KEYS.has(key) && !altKey) return false;
  if (ctrlKey === metaKey || altKey) return true;
  if (FONT_KEYS.has(key)) {
    if (pressed) actions.changeFontSize(FONT_KEYS.get(key));
    event.preventDefault();
    return false;
  }
  if (metaKey) return true;
  const letter = key.toLowerCase();
  // Pasting is the browser's.
  if (letter === 'v' || WINDOW_KEYS.has(letter)) return false;
  if (letter !== 'c' || !pressed) return true;
  // Ctrl-C copies what is selected; it is the program's otherwise, and never so with Shift.
  if (!actions.copySelection() && !shiftKey) return true;
  event.preventDefault();
  return false;
}

/**
 * Many layouts of a Mac have @ [ ] { } | on Option and a letter or digit, where xterm sees the program's Alt alone. What is
 * not ASCII stays Alt: on a US layout each letter and digit has such a sign, and nobody could press an Alt key otherwise.
 */
const isSignOfOption = ({ key, code }: PressedKey): boolean =>
  /^[!-~]$/.test(key) && code !== `Key${key.toUpperCase()}` && code !== `Digit${key}`;
