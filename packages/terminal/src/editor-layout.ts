/** Where an editor's text and cursor stand in a box of some width: pure, with the rows and clusters of the last text remembered. */
import { sanitize } from './sanitize.ts';
import { TextClusters } from './text-clusters.ts';
import { forEachCluster, textWidth } from './width.ts';
import { wrapLine } from './wrap.ts';

/** A row of the whole text: offsets into it, the end without a line break. */
export interface TextRow {
  readonly start: number;
  readonly end: number;
  /** True when a line break or the end of the text follows, not a continuation. */
  readonly lineEnd: boolean;
}

export interface EditorLayout {
  /** What to paint, sanitised, at most `maxRows`. */
  readonly rows: readonly string[];
  /** Column and row of the cursor within `rows`. */
  readonly cursor: { readonly x: number; readonly y: number };
  /** Rows that are scrolled out of sight. */
  readonly above: number;
  readonly below: number;
}

/** Remembers the last rows, and the clusters of their text: a move wraps nothing, and a key looks at what it changed. */
export class LineWrapper {
  #text = '';
  #width = 0;
  #rows: readonly TextRow[] = [];
  readonly #clusters = new TextClusters();

  rowsOf(text: string, width: number): readonly TextRow[] {
    if (this.#width === width && this.#text === text) return this.#rows;
    this.#clusters.follow(text);
    const rows: TextRow[] = [];
    let offset = 0;
    for (const line of text.split('\n')) {
      const wrapped = this.#wrap(line, offset, width);
      wrapped.forEach((range, index) => {
        const lineEnd = index === wrapped.length - 1;
        rows.push({ start: offset + range.start, end: offset + range.end, lineEnd });
      });
      offset += line.length + 1;
    }
    this.#text = text;
    this.#width = width;
    this.#rows = rows;
    return rows;
  }

  /** A full last row is followed by an empty one, so that the cursor after the last character has a place. */
  #wrap(line: string, offset: number, width: number): readonly { readonly start: number; readonly end: number }[] {
    const rows = wrapLine(line, width, (_, visit) => this.#clusters.forEach(offset, offset + line.length, visit));
    const last = rows.at(-1);
    if (last !== undefined && last.width >= width && line !== '')
      return [...rows, { start: line.length, end: line.length }];
    return rows;
  }
}

/** Index of the row that the cursor at offset `at` stands on: at a soft break, the row that begins there. */
export function rowOf(rows: readonly TextRow[], at: number): number {
  let low = 0;
  let high = rows.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((rows[middle]?.start ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Columns before offset `at` in a row. */
export const columnOf = (text: string, row: TextRow, at: number): number => textWidth(text.slice(row.start, at));

/** The offset in a row that stands at `column`, or the nearest before it. */
export function offsetAt(text: string, row: TextRow, column: number): number {
  let found = row.start;
  let columns = 0;
  forEachCluster(text.slice(row.start, row.end), (_start, end, width) => {
    if (columns + width > column) return false;
    columns += width;
    found = row.start + end;
    return true;
  });
  // The end of a row that continues is where the next one begins.
  if (found === row.end && !row.lineEnd && row.end > row.start) return lastOffset(text, row);
  return found;
}

/** The last place on a row where the cursor is still on that row. */
function lastOffset(text: string, row: TextRow): number {
  let last = row.start;
  forEachCluster(text.slice(row.start, row.end), (start) => {
    last = row.start + start;
  });
  return last;
}

/** The part of the rows to show so that the cursor is in sight, moving `top` as little as needed. */
export function layoutRows(
  text: string,
  rows: readonly TextRow[],
  at: { readonly cursor: number; readonly top: number; readonly width: number; readonly maxRows: number },
): EditorLayout {
  const height = Math.max(1, at.maxRows);
  const cursorRow = rowOf(rows, at.cursor);
  let top = Math.min(at.top, Math.max(0, rows.length - height));
  if (cursorRow < top) top = cursorRow;
  if (cursorRow >= top + height) top = cursorRow - height + 1;
  const shown = rows.slice(top, top + height);
  const current = rows[cursorRow];
  const column = current === undefined ? 0 : columnOf(text, current, at.cursor);
  return {
    rows: shown.map((range) => sanitize(text.slice(range.start, range.end))),
    cursor: { x: Math.min(column, Math.max(0, at.width - 1)), y: cursorRow - top },
    above: top,
    below: Math.max(0, rows.length - top - shown.length),
  };
}
