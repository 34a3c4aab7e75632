/** Names of rooms and people: which strings are names, and when two of them are the same. */
import { MAX_ROOM_CHARACTERS } from './limits.ts';

/** Some letters are not seen (fillers of Hangul): a name with one would look like another's, or like nothing. */
const NAME = /^(?!.*\p{Default_Ignorable_Code_Point})[\p{L}\p{N}._-]+$/su;
const ASCII = /^[\0-\x7f]*$/;
const NUL_OR_LONE_SURROGATE = /\0|\p{Surrogate}/u;

/** A string that may appear anywhere in the protocol: no U+0000 and no lone surrogate. */
export const isCleanString = (value: string): boolean => !NUL_OR_LONE_SURROGATE.test(value);

/** Nothing but white space: JavaScript's, and U+0085, which is Unicode's alone. */
export const isBlank = (value: string): boolean => !/[^\s\u0085]/u.test(value);

export const isAscii = (value: string): boolean => ASCII.test(value);

/** Characters as the protocol counts them in names: code points after NFC. */
export const countCharacters = (value: string): number => [...value].length;

/** Whether the string can name a room or a person: letters, digits, `.`, `_`, `-` of any script. */
export const isName = (value: string, maxCharacters = Number.POSITIVE_INFINITY): boolean =>
  NAME.test(value) && countCharacters(value) <= maxCharacters;

/** Whether a room can have this name, direct rooms included. */
export const isRoomName = (value: string): boolean =>
  isName(isDirectRoom(value) ? value.slice(1) : value, MAX_ROOM_CHARACTERS);

/** The form in which a name is stored and shown. */
export const normalizeName = (name: string): string => name.normalize('NFC');

/**
 * The key under which a name is unique. Full case folding is what `toLowerCase` of `toUpperCase` comes to for
 * all but a handful of code points (ß and SS fold together, as Unicode's CaseFolding.txt has it).
 */
export function foldName(name: string): string {
  // The same for ASCII, and fast: names of all members are folded, and words of texts.
  if (isAscii(name)) return name.toLowerCase();
  // Lower case first: a capital ẞ is its own upper case.
  return name.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFC');
}

/** A direct room's name: `@` and an id. */
export const isDirectRoom = (room: string): boolean => room.startsWith('@');

export const utf8Bytes = (value: string): number => new TextEncoder().encode(value).length;
