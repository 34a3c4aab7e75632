/** Every key of the chat, once: the state machine looks intents up here, and the help is made from it. */

import type { KeyInput } from '@parley/terminal';

/** What a key asks for in the chat. Keys that edit the composer's text are the editor's and only described here. */
export type Intent =
  | 'send'
  | 'new-line'
  | 'complete'
  | 'complete-back'
  | 'empty'
  | 'recall-older'
  | 'recall-newer'
  | 'page-up'
  | 'page-down'
  | 'line-up'
  | 'line-down'
  | 'first'
  | 'last'
  | 'first-new'
  | 'room-before'
  | 'room-after'
  | 'room-unread'
  | 'switch'
  | 'members'
  | 'reconnect'
  | 'repaint'
  | 'back'
  | 'help'
  | 'leave';

export interface KeySpec {
  readonly chords: readonly string[];
  /** Undefined for what the editor or the room list does by itself. */
  readonly intent: Intent | undefined;
  /** As the help shows the keys. */
  readonly shown: string;
  readonly help: string;
  readonly group: 'Writing' | 'Reading' | 'Rooms' | 'Parley';
  /** Where it holds, and the help lists it; undefined: everywhere. */
  readonly only?: 'in a terminal' | 'in a browser' | undefined;
}

/** In the order of the help. Ctrl-N and Ctrl-T belong to browsers: nothing is bound to them. Ctrl-W does too, on most systems. */
const KEYS: readonly KeySpec[] = [
  key(['enter'], 'send', 'Enter', 'Send', 'Writing'),
  key(['shift+enter', 'alt+enter', 'ctrl+j'], 'new-line', 'Alt+Enter, Shift+Enter, Ctrl+J', 'New line', 'Writing'),
  key(['tab'], 'complete', 'Tab', 'Complete a nick, #room or command', 'Writing'),
  key(['shift+tab'], 'complete-back', 'Shift+Tab', 'The completion before', 'Writing'),
  key(['up'], 'recall-older', 'Up', 'On the first row: what you sent before', 'Writing'),
  key(['down'], 'recall-newer', 'Down', 'On the last row: back towards your draft', 'Writing'),
  key([], undefined, 'Ctrl+Left, Ctrl+Right, Alt+B, Alt+F', 'Move by a word', 'Writing'),
  key([], undefined, 'Ctrl+A, Ctrl+E', 'To the start, the end of the line', 'Writing'),
  key([], undefined, 'Ctrl+U, Ctrl+K', 'Delete to the start, the end of the line', 'Writing'),
  key([], undefined, 'Alt+Backspace, Alt+D', 'Delete the word before, after', 'Writing'),
  key([], undefined, 'Ctrl+W', 'Delete the word before', 'Writing', 'in a terminal'),
  key(['alt+r'], 'empty', 'Alt+R', 'Delete all that is written; undo brings it back', 'Writing'),
  key([], undefined, 'Ctrl+Y', 'Put back what was deleted', 'Writing'),
  key([], undefined, 'Ctrl+_', 'Undo', 'Writing', 'in a terminal'),
  key([], undefined, 'Ctrl+Z, Ctrl+_', 'Undo', 'Writing', 'in a browser'),
  key(['pageup'], 'page-up', 'PageUp', 'Back through the messages, to the very first', 'Reading'),
  key(['pagedown'], 'page-down', 'PageDown', 'Forward through the messages', 'Reading'),
  key(['shift+up'], 'line-up', 'Shift+Up, wheel', 'Back by a line', 'Reading'),
  key(['shift+down'], 'line-down', 'Shift+Down, wheel', 'Forward by a line', 'Reading'),
  key(
    ['ctrl+home'],
    'first',
    'Ctrl+Home',
    'To the start of what you write, then the oldest message (Home, when nothing is written)',
    'Reading',
  ),
  key(
    ['ctrl+end'],
    'last',
    'Ctrl+End',
    'To the end of what you write, then the newest message (End, when nothing is written)',
    'Reading',
  ),
  key(['alt+u'], 'first-new', 'Alt+U', 'The first message that is new', 'Reading'),
  key(['alt+up'], 'room-before', 'Alt+Up', 'The room above', 'Rooms'),
  key(['alt+down'], 'room-after', 'Alt+Down', 'The room below', 'Rooms'),
  key([], undefined, 'Alt+1 … Alt+9', 'The first … ninth room', 'Rooms'),
  key(['alt+a'], 'room-unread', 'Alt+A', 'The next room with something new', 'Rooms'),
  key(['ctrl+p', 'f2'], 'switch', 'Ctrl+P, F2', 'Go to a room by name', 'Rooms'),
  key(['f3'], 'members', 'F3', 'Who is in this room', 'Rooms'),
  key(['f5'], 'reconnect', 'F5', 'Connect again at once', 'Parley', 'in a terminal'),
  key(['ctrl+l'], 'repaint', 'Ctrl+L', 'Paint the screen anew', 'Parley'),
  key([], undefined, 'Ctrl+Z', 'Back to the shell; fg comes back here', 'Parley', 'in a terminal'),
  key(['f1'], 'help', 'F1, ?', 'This help (? when nothing is written; write on, and it begins your message)', 'Parley'),
  key(['escape'], 'back', 'Esc', 'One step back; at the top, twice: leave', 'Parley'),
  key(['ctrl+c'], 'leave', 'Ctrl+C', 'Leave; asks first when something is unsent, and in a browser', 'Parley'),
];

const INTENTS = new Map(KEYS.flatMap(({ chords, intent }) => chords.map((chord) => [chord, intent] as const)));

/** The keys that hold where the client is shown. */
export const keysOf = ({ hosted }: { readonly hosted: boolean }): readonly KeySpec[] =>
  KEYS.filter(({ only }) => only === undefined || only === (hosted ? 'in a browser' : 'in a terminal'));

/** What a key asks for in the chat, or undefined when it is the editor's. */
export const intentOf = (chord: string): Intent | undefined => INTENTS.get(chord);

/** Those of the editor, which are described above. */
const EDITOR_CHORDS = ['alt+b', 'alt+f', 'alt+d', 'alt+z'];

/**
 * What a chord with Alt types that means nothing here. Esc and a character that come close together, over a slow line or
 * from a program, are the same bytes: then they are what they were meant as.
 */
export function typedAfterEsc({ name, chord, ctrl, alt, shift }: KeyInput): string | undefined {
  if (!alt || ctrl || intentOf(chord) !== undefined || EDITOR_CHORDS.includes(chord)) return undefined;
  const character = name === 'space' ? ' ' : name;
  // Names of other keys are longer.
  if ([...character].length > 1 || /^[1-9]$/u.test(character)) return undefined;
  return shift ? character.toUpperCase() : character;
}

function key(
  chords: readonly string[],
  intent: Intent | undefined,
  shown: string,
  help: string,
  group: KeySpec['group'],
  only?: KeySpec['only'],
): KeySpec {
  return { chords, intent, shown, help, group, only };
}
