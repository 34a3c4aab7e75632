/** Web addresses in what people write. In a module of its own, without a schema: the page is sent what it imports. */

export interface WebAddress {
  /** Where in the text it begins, in UTF-16 units. */
  readonly index: number;
  readonly address: string;
}

/** Rules of a screen end an address as blanks do. */
const ADDRESS = /https?:\/\/[^\s<>"│─]+/giu;
const SENTENCE_END = /[.,;:!?}'…]/u;
const BRACKETS = [
  [')', '('],
  [']', '['],
] as const;

/** The addresses of a text, without what ends the sentence or closes the bracket that they stand in. */
export const webAddresses = (text: string): readonly WebAddress[] =>
  [...text.matchAll(ADDRESS)].flatMap(({ 0: found, index }) => {
    const address = withoutSentence(found);
    return /\/\/./u.test(address) ? [{ index, address }] : [];
  });

/** A closing bracket is the address's own where it closes one of the address. */
function withoutSentence(found: string): string {
  // How many more of each are closed than opened.
  const unopened = new Map<string, number>(
    BRACKETS.map(([closing, opening]) => [closing, count(found, closing) - count(found, opening)]),
  );
  let end = found.length;
  for (; end > 0; end -= 1) {
    const last = found[end - 1] ?? '';
    const excess = unopened.get(last) ?? 0;
    if (excess > 0) unopened.set(last, excess - 1);
    else if (!SENTENCE_END.test(last)) break;
  }
  return found.slice(0, end);
}

const count = (text: string, sign: string): number => text.split(sign).length - 1;
