/** What Tab offers at a place in the composer's text. Pure: the names that exist are handed in. */
import { foldName, THEME_WISHES } from '@parley/protocol';
import { COMMANDS, type Completable, findCommand, ROOM_SIGN } from './command-table.ts';
import { unreachable } from '../state/unreachable.ts';

/** Names that completion can choose from, each list in the order of preference. */
export interface Names {
  readonly nicks: readonly string[];
  readonly rooms: readonly string[];
  /** Those that one may join, and one's own. */
  readonly joinable: readonly string[];
}

/** A stretch of the text (UTF-16 offsets) and what may stand there instead, best first. */
export interface Completion {
  readonly start: number;
  readonly end: number;
  readonly candidates: readonly string[];
}

const COLON_NAMES = COMMANDS.flatMap((spec) => spec.aliases).filter((alias) => alias.startsWith(':'));

/** What fits the word that ends at the cursor, or undefined when nothing does. */
export function completeWord(text: string, cursor: number, names: Names): Completion | undefined {
  const { before, word } = wordAt(text, cursor);
  const start = before.length;
  const candidates = candidatesFor(before, word, names);
  return candidates.length === 0 ? undefined : { start, end: cursor, candidates };
}

/** What a command takes where the cursor is, or undefined where that is not told. */
export function completableAt(text: string, cursor: number): Completable | undefined {
  return wantedAfter(wordAt(text, cursor).before);
}

/** The word that ends at the cursor, and what stands before it. */
function wordAt(text: string, cursor: number): { before: string; word: string } {
  let start = cursor;
  // A search for what ends at the cursor would begin anew at each character of each word: a second, of a long one.
  while (start > 0 && /\S/u.test(text.charAt(start - 1))) start -= 1;
  return { before: text.slice(0, start), word: text.slice(start, cursor) };
}

function wantedAfter(before: string): Completable | undefined {
  const [first, ...middle] = before.trim().split(/\s+/u);
  const spec = first === undefined ? undefined : findCommand(first);
  return spec?.completes[middle.length];
}

function candidatesFor(before: string, word: string, names: Names): readonly string[] {
  if (before === '' && word.startsWith('/')) {
    return matching(
      COMMANDS.map((spec) => spec.name),
      word,
    ).map(withSpace);
  }
  if (before === '' && word.startsWith(':') && word.length > 1) return matching(COLON_NAMES, word).map(withSpace);
  const wanted = wantedAfter(before);
  if (wanted !== undefined) return argumentCandidates(wanted, word, names);
  if (ROOM_SIGN.test(word)) return matching(names.rooms, word.slice(1)).map((room) => `${word.charAt(0)}${room} `);
  if (word.startsWith('@')) return matching(names.nicks, word.slice(1)).map((nick) => `@${nick} `);
  if (word === '') return [];
  // A nick that opens a message addresses someone, as everywhere since irssi.
  return matching(names.nicks, word).map((nick) => (before.trim() === '' ? `${nick}: ` : `${nick} `));
}

function argumentCandidates(wanted: Completable, word: string, names: Names): readonly string[] {
  switch (wanted) {
    case 'room':
      return matching(names.rooms, word.replace(ROOM_SIGN, '')).map(withSpace);
    case 'joinable':
      return matching(names.joinable, word.replace(ROOM_SIGN, '')).map(withSpace);
    case 'nick':
      return matching(names.nicks, word.replace(/^@/u, '')).map(withSpace);
    case 'access':
      return matching(['private', 'password'], word).map(withSpace);
    case 'switch':
      return matching(['on', 'off'], word).map(withSpace);
    case 'theme':
      return matching(THEME_WISHES, word).map(withSpace);
    case 'nothing':
      return [];
    default:
      return unreachable(wanted);
  }
}

const withSpace = (name: string): string => `${name} `;

function matching(names: readonly string[], prefix: string): readonly string[] {
  const wanted = foldName(prefix);
  return names.filter((name) => foldName(name).startsWith(wanted));
}
