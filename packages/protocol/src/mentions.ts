/** Where a text names someone. */
import { BoundedMap } from './bounded-map.ts';
import { foldName, isAscii } from './names.ts';

/** Each word of a text that can be a name. */
export const NAME_CHARACTERS = /[\p{L}\p{N}._-]+/gu;
/** Its characters of ASCII: looked up by code, a text takes a fifth of the time. */
const IS_NAME_CHARACTER = Array.from({ length: 128 }, (_, code) => /[a-z0-9._-]/i.test(String.fromCharCode(code)));

const MAX_REMEMBERED_TEXTS = 64;
/** The names in the texts that were looked at last: all clients of a process look at the same ones. */
const looked = new BoundedMap<string, ReadonlySet<string>>(MAX_REMEMBERED_TEXTS);

/** Whether the text names the nick as a word of its own; upper and lower case are the same. */
export const mentions = (text: string, nick: string): boolean => namesIn(text).has(foldName(nick));

/** Calls back with each name, folded, that the text may mean: each of its words. */
export function forEachName(text: string, take: (name: string) => void): void {
  if (!isAscii(text)) {
    for (const [word] of text.matchAll(NAME_CHARACTERS)) takeWord(foldName(word), take);
    return;
  }
  const folded = text.toLowerCase();
  let start = -1;
  for (let at = 0; at <= folded.length; at++) {
    // Past the end there is no name either.
    if (IS_NAME_CHARACTER[folded.charCodeAt(at)] === true) {
      if (start < 0) start = at;
    } else if (start >= 0) {
      takeWord(folded.slice(start, at), take);
      start = -1;
    }
  }
}

/** A full stop or a dash may end a sentence as well as a nick. */
function takeWord(folded: string, take: (name: string) => void): void {
  take(folded);
  const last = folded.charCodeAt(folded.length - 1);
  if (last === 0x2e || last === 0x5f || last === 0x2d) take(folded.replace(/[._-]+$/u, ''));
}

/** The names that a text may mean, folded. */
export function namesIn(text: string): ReadonlySet<string> {
  const known = looked.get(text);
  if (known !== undefined) return known;
  const names = new Set<string>();
  forEachName(text, (name) => names.add(name));
  looked.set(text, names);
  return names;
}
