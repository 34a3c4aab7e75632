/** What of a text is sent, and the messages that a text becomes that is too long for a single one. Pure. */

/** More messages than that are not sent at once. */
export const MAX_PARTS = 10;

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** A text without the empty lines before it, and without what is blank at its end. */
export const sendable = (text: string): string => text.replace(/^\s*\n/u, '').trimEnd();

/** The text in parts of at most `maxBytes`: cut where a line ends, else at a space, else where it has to be. */
export function messageParts(text: string, maxBytes: number): readonly string[] {
  const parts: string[] = [];
  let rest = sendable(text);
  for (let most = fittingUnits(rest, maxBytes); most < rest.length; most = fittingUnits(rest, maxBytes)) {
    const cut = cutOf(rest, most);
    parts.push(sendable(rest.slice(0, cut)));
    // What goes on with a line does not begin with the space that it was cut at; the next line keeps its own.
    const after = rest.slice(cut);
    rest = sendable(after.startsWith('\n') ? after : after.trimStart());
  }
  return [...parts, rest].filter((part) => part !== '');
}

/** Where the first part ends, of which no more than `most` fits; UTF-16. */
function cutOf(text: string, most: number): number {
  // It may be cut right before the first character that does not fit.
  const window = text.slice(0, most + 1);
  const line = window.lastIndexOf('\n');
  if (line > 0) return line;
  const space = window.search(/\s\S*$/u);
  if (space > 0) return space;
  const cluster = segmenter.segment(text).containing(most)?.index ?? 0;
  return cluster > 0 ? cluster : most;
}

/** How many UTF-16 units fit, whole characters and at least one of them. */
function fittingUnits(text: string, maxBytes: number): number {
  let [units, bytes] = [0, 0];
  while (units < text.length) {
    // An encoder for each, or a string, would take some fifty times as long, and this is asked for with every key.
    const code = text.codePointAt(units) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (bytes > maxBytes && units > 0) break;
    units += code < 0x10000 ? 1 : 2;
  }
  return units;
}
