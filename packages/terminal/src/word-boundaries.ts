/** Words as an editor moves over them: runs of letters, digits, marks and `_`; anything else between is skipped. */

const WORD = /[\p{Letter}\p{Number}\p{Mark}_\u200c\u200d]/u;

/** Start of the word that ends at or before `at`. */
export function wordStartBefore(text: string, at: number): number {
  let start = at;
  while (start > 0 && !isWord(text, start - 1)) start--;
  while (start > 0 && isWord(text, start - 1)) start--;
  return start;
}

/** End of the word that begins at or after `at`. */
export function wordEndAfter(text: string, at: number): number {
  let end = at;
  while (end < text.length && !isWord(text, end)) end++;
  while (end < text.length && isWord(text, end)) end++;
  return end;
}

/** `index` may be either half of a surrogate pair. */
function isWord(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  const low = unit >= 0xdc00 && unit <= 0xdfff && index > 0;
  return WORD.test(String.fromCodePoint(text.codePointAt(low ? index - 1 : index) ?? 0x20));
}
