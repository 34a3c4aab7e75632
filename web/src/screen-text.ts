/**
 * Reads a screen as text: the rows of an area, and in the messages' pane the lines that its wrapped rows are parts of.
 * Pure: it knows cells, no terminal and no DOM.
 */

/** One cell; the right half of a wide character has width 0. An empty cell has no characters. */
export interface ScreenCell {
  readonly chars: string;
  readonly width: number;
}

/** A row's cells, or undefined where there is no such row. */
export type ScreenRows = (row: number) => readonly ScreenCell[] | undefined;

export interface TextArea {
  readonly left: number;
  readonly top: number;
  readonly cols: number;
  readonly rows: number;
  /** Where wrapped rows go on; undefined: each row is a line of its own. */
  readonly text: number | undefined;
  /** Of an area that leaves out its pane's margin: where that begins. Default: `left`. */
  readonly margin?: number;
}

/** Where a UTF-16 unit of a line is on the screen. What is on none (the space where a line was wrapped) is in the column that stays free. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

export interface ScreenLine {
  readonly text: string;
  /** As many as the text has units. */
  readonly places: readonly Place[];
  readonly top: number;
  readonly bottom: number;
}

interface RowText {
  text: string;
  columns: number[];
  widths: number[];
}

/** Where what is written has no spaces between its words: Chinese and Japanese, and their punctuation. */
const SOLID = '[\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\uff01-\\uff60]';
const SOLID_START = new RegExp(`^${SOLID}`, 'u');
const SOLID_END = new RegExp(`${SOLID}\\p{M}*$`, 'u');

/** The lines of an area, from top to bottom, without blanks at their ends. */
export function readLines(rows: ScreenRows, area: TextArea): ScreenLine[] {
  const lines: { text: string; places: Place[]; top: number; bottom: number }[] = [];
  let before: RowText | undefined;
  for (let row = area.top; row < area.top + area.rows; row += 1) {
    const cells = rows(row) ?? [];
    const words = readRow(cells, area.text ?? area.left, area.left + area.cols);
    const current = lines.at(-1);
    const gap = area.text === undefined || before === undefined ? undefined : continues(before, words, cells, area);
    if (gap !== undefined && current !== undefined) {
      current.text += gap + words.text;
      // The space that is not seen stands behind the row that was left.
      if (gap !== '') current.places.push({ row: row - 1, column: area.left + area.cols - 1 });
      current.places.push(...words.columns.map((column) => ({ row, column })));
      current.bottom = row;
    } else {
      const { text, columns } = area.text === undefined ? words : readRow(cells, area.left, area.left + area.cols);
      lines.push({ text, places: columns.map((column) => ({ row, column })), top: row, bottom: row });
    }
    before = words;
  }
  return lines;
}

/** What is between two places in reading order, within the columns; rules and the blanks of the margin left out. */
export function textBetween(
  lines: readonly ScreenLine[],
  from: Place,
  to: Place,
  textColumn: number | undefined,
): string {
  const isWithin = ({ row, column }: Place): boolean =>
    (row > from.row || (row === from.row && column >= from.column)) &&
    (row < to.row || (row === to.row && column < to.column));
  return lines
    .filter((line) => line.bottom >= from.row && line.top <= to.row)
    .map((line) => {
      let margin = '';
      let words = '';
      for (let at = 0; at < line.text.length; at += 1) {
        const place = line.places[at];
        if (place === undefined || !isWithin(place)) continue;
        const unit = line.text[at] ?? '';
        if (textColumn !== undefined && place.column < textColumn) margin += unit;
        else words += unit;
      }
      return withoutRule(margin.replaceAll(/ +/g, ' ').trimStart() + words).trimEnd();
    })
    .join('\n')
    .replaceAll(/^\n+|\n+$/g, '');
}

/** By how many rows text has moved up between two looks at an area; negative: down. 0 where that is not to be seen. */
export function rowsMovedUp(before: readonly string[], after: readonly string[]): number {
  const sameAt = (by: number): number => before.filter((text, row) => text !== '' && after[row - by] === text).length;
  let moved = 0;
  let most = sameAt(0);
  for (let distance = 1; distance < before.length; distance += 1) {
    for (const by of [distance, -distance]) {
      const same = sameAt(by);
      if (same > most) [moved, most] = [by, same];
    }
  }
  return moved;
}

/** A day's line is drawn around its name. */
const withoutRule = (text: string): string => text.replaceAll(/^ ?─+ ?| ?─+$/g, '');

function readRow(cells: readonly ScreenCell[], from: number, to: number): RowText {
  const row: RowText = { text: '', columns: [], widths: [] };
  let end = 0;
  for (let column = from; column < Math.min(to, cells.length); column += 1) {
    const { chars, width } = cells[column] ?? { chars: '', width: 1 };
    if (width === 0) continue;
    const shown = chars === '' ? ' ' : chars;
    row.text += shown;
    for (let unit = 0; unit < shown.length; unit += 1) {
      row.columns.push(column);
      row.widths.push(unit === 0 ? width : 0);
    }
    if (shown !== ' ') end = row.text.length;
  }
  row.text = row.text.slice(0, end);
  row.columns.length = end;
  row.widths.length = end;
  return row;
}

/**
 * What stood between two rows if the second goes on with the first's line, else undefined. The client wraps words, so a row
 * was left when its next word would not have fitted, and the rows that follow have an empty margin. Before words that begin
 * a line and have no name beside them it puts a blank that is no space.
 */
function continues(before: RowText, words: RowText, cells: readonly ScreenCell[], area: TextArea): string | undefined {
  const text = area.text ?? area.left;
  if (before.text === '' || words.text === '' || words.text.startsWith(' ') || before.text.startsWith('─'))
    return undefined;
  if (!cells.slice(area.margin ?? area.left, text).every(({ chars }) => chars === '' || chars === ' '))
    return undefined;
  // The last column of the pane stays free.
  const room = area.left + area.cols - 1 - text;
  const used = widthOf(before.widths);
  const needed = firstPieceCols(words);
  const isFull = used >= room && !/[ -]/u.test(before.text);
  const isSolid = SOLID_END.test(before.text) || SOLID_START.test(words.text);
  const lastWide = before.widths.findLastIndex((width) => width > 0);
  const isInEmoji = breaksAround(before, lastWide) && breaksAround(words, 0) && used + needed > room;
  const gap = isFull || isSolid || isInEmoji || /(?<=\S)-$/u.test(before.text) ? '' : ' ';
  return used + gap.length + needed > room ? gap : undefined;
}

/** The columns of what the client would not have parted: it breaks at spaces, after dashes, and around most wide characters. */
function firstPieceCols({ text, widths }: RowText): number {
  if (breaksAround({ text, widths }, 0)) return 2;
  let cols = 0;
  for (let at = 0; at < text.length && text[at] !== ' ' && !breaksAround({ text, widths }, at); at += 1) {
    cols += widths[at] ?? 0;
    if (text[at] === '-') break;
  }
  return cols;
}

/** Korean has spaces between its words, and these stay whole. */
const breaksAround = ({ text, widths }: Pick<RowText, 'text' | 'widths'>, at: number): boolean =>
  widths[at] === 2 && !/\p{Script=Hangul}/u.test(text[at] ?? '');

const widthOf = (widths: readonly number[]): number => widths.reduce((sum, width) => sum + width, 0);
