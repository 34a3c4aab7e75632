/** Where a text names someone. */
import { foldName } from '@parley/protocol';

const NAME_CHARACTERS = /[\p{L}\p{N}._-]+/gu;

/** The names in the texts that were looked at last: all clients of a process look at the same ones. */
const looked = new Map<string, ReadonlySet<string>>();
const MOST_LOOKED = 64;

/** Whether the text names the nick as a word of its own; upper and lower case are the same. */
export const mentions = (text: string, nick: string): boolean => namesIn(text).has(foldName(nick));

function namesIn(text: string): ReadonlySet<string> {
  const known = looked.get(text);
  if (known !== undefined) return known;
  const names = new Set<string>();
  for (const [word] of text.matchAll(NAME_CHARACTERS)) {
    const folded = foldName(word);
    // A full stop or a dash may end a sentence as well as a nick.
    names.add(folded).add(folded.replace(/[._-]+$/u, ''));
  }
  const oldest = looked.keys().next();
  if (looked.size >= MOST_LOOKED && oldest.done !== true) looked.delete(oldest.value);
  looked.set(text, names);
  return names;
}
