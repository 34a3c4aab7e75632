/** Tells a message from a command, and a command from a slip. Knows the command table and nothing of what runs. */
import { type Command, commandNames, findCommand, Problem } from './command-table.ts';

/** What the text of the composer turned out to be when Enter was pressed. */
export type Entry =
  | { kind: 'nothing' }
  | { kind: 'message'; text: string }
  | { kind: 'command'; command: Command; secret: boolean }
  /** Words for the person; the text stays in the composer. */
  | { kind: 'problem'; words: string };

/** Where a text comes from: a composer that keeps what can't be sent, a line that a person typed, or one that nobody did. */
export type EntrySource = 'composer' | 'line' | 'pipe';

/**
 * Reads a composer's text. `//…` is a message that starts with one slash. A colon makes a command only before one of the
 * known colon names, so that `:)` is a message; `::users` is the message `:users`.
 *
 * What comes through a pipe may be about anything. There a line that begins with a slash and is no command is a message, such
 * as `/usr/bin/make: failed`, and a colon does not make it the end.
 */
export function parseEntry(text: string, from: EntrySource = 'composer'): Entry {
  if (!/\S/u.test(text)) return { kind: 'nothing' };
  if (text.startsWith('//')) return { kind: 'message', text: text.slice(1) };
  const { name, rest, text: raw } = splitName(text);
  if (name.startsWith('::') && findCommand(name.slice(1)) !== undefined)
    return { kind: 'message', text: text.slice(1) };
  const spec = name.startsWith('/') || name.startsWith(':') ? findCommand(name) : undefined;
  if (spec === undefined) {
    const isSlip = name.startsWith('/') && from !== 'pipe';
    return isSlip ? { kind: 'problem', words: unknownCommand(name) } : { kind: 'message', text };
  }
  const command = spec.read(spec.takesText === true ? raw : rest);
  if (from === 'pipe' && name.startsWith(':') && 'do' in command && command.do === 'quit')
    return { kind: 'message', text };
  if (command instanceof Problem) return { kind: 'problem', words: command.words };
  return { kind: 'command', command, secret: spec.isSecret?.(command) === true };
}

/** Whether a line asks to leave, wherever it is typed: as a message, an answer, or before its turn. */
export function isQuit(line: string): boolean {
  const entry = parseEntry(line);
  return entry.kind === 'command' && entry.command.do === 'quit';
}

/** Whether a line names a command that goes to another room, written well or not. */
export const leadsElsewhere = (line: string): boolean => findCommand(splitName(line).name)?.leadsElsewhere === true;

/** The first word, what follows it without the space around, and all that follows the one space or line break after it. */
function splitName(entry: string): { name: string; rest: string; text: string } {
  const end = entry.search(/\s/u);
  if (end === -1) return { name: entry, rest: '', text: '' };
  return { name: entry.slice(0, end), rest: entry.slice(end).trim(), text: entry.slice(end + 1) };
}

function unknownCommand(name: string): string {
  const shown = name.length > 24 ? `${name.slice(0, 23)}…` : name;
  const nearest = nearestCommand(name);
  // Two lines of the narrowest screen have room for it.
  const hint = nearest === undefined ? '/help lists them;' : `Did you mean ${nearest}?`;
  return `There is no command ${shown}. ${hint} // sends a slash.`;
}

/** Nobody should leave by a slip of the finger and a hasty look. */
const suggestible = (): readonly string[] => commandNames().filter((name) => name.startsWith('/') && !isQuit(name));

/** The command whose name is closest to a mistyped one, or undefined when none is near. */
export function nearestCommand(name: string): string | undefined {
  const wanted = name.toLowerCase();
  let best: { name: string; distance: number } | undefined;
  for (const candidate of suggestible()) {
    const distance = editDistance(wanted, candidate);
    if (best === undefined || distance < best.distance) best = { name: candidate, distance };
  }
  if (best === undefined) return undefined;
  // Of a longer word the beginning alone says enough: two letters are how many others begin.
  const starts = suggestible().find((candidate) => wanted.length >= 4 && candidate.startsWith(wanted));
  if (starts !== undefined) return starts;
  // One slip in a word of three letters or four, two in a longer one.
  return best.distance <= Math.min(2, Math.floor((wanted.length - 1) / 3)) ? best.name : undefined;
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  // A pasted path is no slip of the finger, and the table would grow with its length.
  if (Math.abs(a.length - b.length) > 4) return Infinity;
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(at(rows, i - 1, j) + 1, (row[j - 1] ?? 0) + 1, at(rows, i - 1, j - 1) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, at(rows, i - 2, j - 2) + 1);
      }
      row.push(least);
    }
    rows.push(row);
  }
  return at(rows, a.length, b.length);
}

const at = (rows: readonly (readonly number[])[], row: number, column: number): number =>
  rows[row]?.[column] ?? Infinity;
