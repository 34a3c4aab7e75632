/** What complete CSI and SS3 sequences mean as input. A table with a little arithmetic; keeps no state. */
import { type InputEvent, keyInput, type Modifiers, type MouseInput, type ReplyInput } from './input-events.ts';

/** A complete control sequence: `ESC [ marker? params intermediates? final`. */
export interface ControlSequence {
  /** One of `<=>?` or `''`. */
  readonly marker: string;
  /** As sent, without the marker. */
  readonly params: string;
  readonly intermediates: string;
  readonly final: string;
}

/** Keys by the final byte of CSI and SS3. */
const FINAL_KEYS: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  E: 'begin',
  F: 'end',
  H: 'home',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
};

/** Keys by the number of `CSI n ~`. */
const TILDE_KEYS: Readonly<Record<number, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
  17: 'f6',
  18: 'f7',
  19: 'f8',
  20: 'f9',
  21: 'f10',
  23: 'f11',
  24: 'f12',
  25: 'f13',
  26: 'f14',
  28: 'f15',
  29: 'f16',
  31: 'f17',
  32: 'f18',
  33: 'f19',
  34: 'f20',
};

/** The keypad in application mode: `ESC O` and one of these. */
const KEYPAD: Readonly<Record<string, string>> = Object.fromEntries(
  [...'jklmnopqrstuvwxyX'].map((final, index) => [final, '*+,-./0123456789='[index] ?? '']),
);

/** The keys that the kitty protocol keeps in the private use area and that have a name of their own here. */
const KITTY_KEYS: Readonly<Record<number, string>> = {
  57414: 'enter',
  57417: 'left',
  57418: 'right',
  57419: 'up',
  57420: 'down',
  57421: 'pageup',
  57422: 'pagedown',
  57423: 'home',
  57424: 'end',
  57425: 'insert',
  57426: 'delete',
};

/** The event of a control sequence, undefined for one that means nothing here (or is the release of a key). */
export function readControlSequence(sequence: ControlSequence): InputEvent | undefined {
  const { marker, params, intermediates, final } = sequence;
  if (marker === '<' && (final === 'M' || final === 'm')) return readMouse(params, final === 'm', 0);
  if (intermediates === '$' && final === 'y') return reply('mode', `${marker}${params}`);
  if (marker !== '' || intermediates !== '') return readReply(marker, params, final);
  const fields = params.split(';');
  const event = fields[1]?.split(':')[1];
  if (event === '3') return undefined;
  const modifiers = readModifiers(fields[1]);
  switch (final) {
    case '~':
      return readTilde(fields, modifiers);
    case '^':
      return namedKey(TILDE_KEYS[toNumber(fields[0])], { ctrl: true });
    case '@':
      return namedKey(TILDE_KEYS[toNumber(fields[0])], { ctrl: true, shift: true });
    case 'u':
      return params === '' ? undefined : readKeyCode(fields[0] ?? '', modifiers);
    case 'Z':
      return keyInput('tab', { ...modifiers, shift: true });
    case 'I':
      return { type: 'focus', focused: true };
    case 'O':
      return { type: 'focus', focused: false };
    case 'M':
      return readMouse(params, false, 32);
    case 'a':
    case 'b':
    case 'c':
    case 'd':
      if (params === '') return namedKey(FINAL_KEYS[final.toUpperCase()], { shift: true });
      return readReply(marker, params, final);
    case 'R':
      // `CSI row ; column R` is a cursor report; F3 with a modifier looks the same and loses.
      return params === '' ? keyInput('f3') : reply('cursor', params);
    default:
      return namedKey(FINAL_KEYS[final], modifiers) ?? readReply(marker, params, final);
  }
}

/** The event of `ESC O final`, with the modifier digit that some terminals put between. */
export function readSingleShift(params: string, final: string): InputEvent | undefined {
  const modifiers = readModifiers(params);
  if (final === 'M') return keyInput('enter', modifiers);
  if (final === 'I') return keyInput('tab', modifiers);
  if (final >= 'a' && final <= 'd') return namedKey(FINAL_KEYS[final.toUpperCase()], { ctrl: true });
  const keypad = KEYPAD[final];
  if (keypad !== undefined) return { type: 'text', text: keypad };
  return namedKey(FINAL_KEYS[final], modifiers);
}

/** The three characters after `ESC [ M`: the mouse report of terminals that don't know SGR mode. */
export function readLegacyMouse(report: string): InputEvent | undefined {
  const [button = 0, column = 0, row = 0] = Array.from(report, (character, at) => {
    return (character.codePointAt(0) ?? 0) - (at === 0 ? 0 : 32);
  });
  if (button < 32 || column < 1 || row < 1 || column > 223 || row > 223) return undefined;
  return readMouse(`${button - 32};${column};${row}`, false, 0);
}

/** A key by its Unicode code point (CSI u, modifyOtherKeys). */
function readKeyCode(field: string, modifiers: Modifiers): InputEvent | undefined {
  const [code = Number.NaN, shifted = Number.NaN] = field.split(':').map(toNumber);
  switch (code) {
    case 8:
    case 127:
      return keyInput('backspace', modifiers);
    case 9:
      return keyInput('tab', modifiers);
    case 10:
    case 13:
      return keyInput('enter', modifiers);
    case 27:
      return keyInput('escape', modifiers);
    default:
  }
  if (code >= 57344 && code <= 63743) {
    // The keypad: digits, then operators around its Enter.
    const keypad = '0123456789./*-+ =,'[code - 57399];
    if (keypad !== undefined && code !== 57414) return { type: 'text', text: keypad };
    return namedKey(KITTY_KEYS[code], modifiers);
  }
  if (!(code >= 32 && code <= 0x10ffff) || (code >= 0x7f && code < 0xa0) || (code >= 0xd800 && code <= 0xdfff)) {
    return undefined;
  }
  const character = String.fromCodePoint(code);
  if (!modifiers.ctrl && !modifiers.alt) {
    const typed = shifted >= 32 && shifted < 0xd800 ? String.fromCodePoint(shifted) : character.toUpperCase();
    return { type: 'text', text: modifiers.shift ? typed : character };
  }
  return characterKey(character, modifiers);
}

/** A chord with a character: letters by their lower case, the space by its name. */
export function characterKey(character: string, modifiers: Modifiers): InputEvent {
  if (character === ' ') return keyInput('space', modifiers);
  const lower = character.toLowerCase();
  return keyInput(lower, { ...modifiers, shift: modifiers.shift || lower !== character });
}

function readTilde(fields: readonly string[], modifiers: Modifiers): InputEvent | undefined {
  const number = toNumber(fields[0]);
  // modifyOtherKeys: CSI 27 ; modifiers ; code ~
  if (number === 27 && fields.length === 3) return readKeyCode(fields[2] ?? '', modifiers);
  return namedKey(TILDE_KEYS[number], modifiers);
}

/** `offset` is what legacy encodings add to the button. */
function readMouse(params: string, release: boolean, offset: number): MouseInput | undefined {
  const match = /^(\d{1,4});(\d{1,5});(\d{1,5})$/.exec(params);
  if (match === null) return undefined;
  const code = Number(match[1]) - offset;
  const x = Number(match[2]) - 1;
  const y = Number(match[3]) - 1;
  if (code < 0 || x < 0 || y < 0) return undefined;
  const place = { x, y, shift: (code & 4) !== 0, alt: (code & 8) !== 0, ctrl: (code & 16) !== 0 };
  if ((code & 64) !== 0) {
    const action = (['wheel-up', 'wheel-down', 'wheel-left', 'wheel-right'] as const)[code & 3] ?? 'wheel-up';
    return { type: 'mouse', action, button: 'none', ...place };
  }
  const button = (code & 128) !== 0 ? 'other' : ((['left', 'middle', 'right', 'none'] as const)[code & 3] ?? 'none');
  if ((code & 32) !== 0) return { type: 'mouse', action: button === 'none' ? 'move' : 'drag', button, ...place };
  // Without SGR a release doesn't say which button.
  const released = release || button === 'none';
  return { type: 'mouse', action: released ? 'release' : 'press', button, ...place };
}

function readReply(marker: string, params: string, final: string): ReplyInput | undefined {
  const body = `${marker}${params}`;
  switch (final) {
    case 'c':
      return reply('device', body);
    case 'n':
      return reply('status', body);
    case 't':
      return reply('window', body);
    case 'u':
      return reply('keyboard', body);
    case 'R':
      return reply('cursor', body);
    default:
      return undefined;
  }
}

const reply = (kind: ReplyInput['kind'], body: string): ReplyInput => ({ type: 'reply', kind, body });

const namedKey = (name: string | undefined, modifiers: Partial<Modifiers>): InputEvent | undefined =>
  name === undefined ? undefined : keyInput(name, modifiers);

const toNumber = (text: string | undefined): number => (text === undefined || text === '' ? Number.NaN : Number(text));

/** `1 + bits`: 1 shift, 2 alt, 4 ctrl, 32 meta (counted as alt); lock keys change nothing. */
function readModifiers(field: string | undefined): Modifiers {
  const value = toNumber(field?.split(':')[0]);
  const bits = value >= 1 ? value - 1 : 0;
  return { shift: (bits & 1) !== 0, alt: (bits & 2) !== 0 || (bits & 32) !== 0, ctrl: (bits & 4) !== 0 };
}
