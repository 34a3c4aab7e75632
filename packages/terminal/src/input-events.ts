/** What a terminal's input turns out to be: the vocabulary between the tokenizer and whoever handles keys. */

export interface Modifiers {
  readonly ctrl: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
}

/**
 * A key that is not plain text. `name` is `enter`, `tab`, `escape`, `backspace`, `delete`, `insert`, `home`, `end`,
 * `pageup`, `pagedown`, `up`, `down`, `left`, `right`, `f1`–`f20`, `space`, or the character itself (letters lower case).
 * `chord` is the whole in one string, modifiers in the order ctrl, alt, shift: `enter`, `shift+enter`, `ctrl+alt+left`.
 */
export interface KeyInput extends Modifiers {
  readonly type: 'key';
  readonly name: string;
  readonly chord: string;
}

/** Typed text: one or more whole characters, no control characters. Neighbouring runs may split a grapheme cluster. */
interface TextInput {
  readonly type: 'text';
  readonly text: string;
}

/** One bracketed paste, line breaks as `\n`, otherwise as the terminal sent it: sanitise before painting. */
interface PasteInput {
  readonly type: 'paste';
  readonly text: string;
  /** True when it was longer than the limit and the rest was dropped. */
  readonly truncated: boolean;
}

type MouseAction = 'press' | 'release' | 'drag' | 'move' | 'wheel-up' | 'wheel-down' | 'wheel-left' | 'wheel-right';

export interface MouseInput extends Modifiers {
  readonly type: 'mouse';
  readonly action: MouseAction;
  readonly button: 'left' | 'middle' | 'right' | 'other' | 'none';
  /** Column and row from 0. */
  readonly x: number;
  readonly y: number;
}

/** The terminal's window got or lost the focus (only when focus reports were asked for). */
interface FocusInput {
  readonly type: 'focus';
  readonly focused: boolean;
}

/** An answer of the terminal, never text of a person: `body` is what stood between introducer and end, ≤ 4,096 units. */
export interface ReplyInput {
  readonly type: 'reply';
  readonly kind: 'cursor' | 'device' | 'mode' | 'status' | 'window' | 'keyboard' | 'osc' | 'dcs' | 'apc';
  readonly body: string;
}

export type InputEvent = KeyInput | TextInput | PasteInput | MouseInput | FocusInput | ReplyInput;

export const NO_MODIFIERS: Modifiers = Object.freeze({ ctrl: false, alt: false, shift: false });

/** Makes a key event with its chord. */
export function keyInput(name: string, modifiers: Partial<Modifiers> = NO_MODIFIERS): KeyInput {
  const ctrl = modifiers.ctrl === true;
  const alt = modifiers.alt === true;
  const shift = modifiers.shift === true;
  const chord = `${ctrl ? 'ctrl+' : ''}${alt ? 'alt+' : ''}${shift ? 'shift+' : ''}${name}`;
  return { type: 'key', name, chord, ctrl, alt, shift };
}
