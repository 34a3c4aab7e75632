/**
 * What a pane paints on: a rectangle of cells with its own coordinates. Clips, sanitises, keeps wide characters whole.
 * Whole rows it remembers rather than writes, so that those that the terminal shows already cost nothing; what is written
 * into them makes cells of them first.
 */
import { type CellTables, packText } from './cell-tables.ts';
import { sanitize } from './sanitize.ts';
import { breakWide } from './scratch.ts';
import { Style } from './style.ts';
import { StyledRow } from './styled-row.ts';

/** A rectangle in cells of the screen; `x1` and `y1` are one past its end. */
export interface Region {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #cells: Uint32Array;
  readonly #cols: number;
  /** Where the canvas is on the screen. */
  readonly region: Region;
  readonly #tables: CellTables;
  /** The rows that stand for lines of the canvas; undefined where there are cells. */
  readonly #rows: (StyledRow | undefined)[];
  #cursor: { readonly x: number; readonly y: number } | undefined;

  constructor(cells: Uint32Array, cols: number, region: Region, tables: CellTables) {
    this.#cells = cells;
    this.#cols = cols;
    this.region = region;
    this.#tables = tables;
    this.width = region.x1 - region.x0;
    this.height = region.y1 - region.y0;
    this.#rows = emptyRows(this.height);
  }

  /** The rows that have not become cells yet. */
  get rows(): readonly (StyledRow | undefined)[] {
    return this.#rows;
  }

  /** Makes cells of all rows. */
  settle(): void {
    for (let y = 0; y < this.height; y++) this.#settleRow(y);
  }

  /** Where the pane wants the cursor, in cells of the screen. */
  get cursor(): { readonly x: number; readonly y: number } | undefined {
    return this.#cursor;
  }

  /** Writes text from a cell on, as far as `limit` columns or the edge, and returns the column after it. */
  write(x: number, y: number, text: string, style: Style = Style.plain, limit = this.width - x): number {
    if (x < 0 || x >= this.width || y < 0 || y >= this.height || limit <= 0) return x;
    this.#settleRow(y);
    const { from, to, start } = this.#span(x, y, Math.min(limit, this.width - x));
    breakWide(this.#cells, start, from, to, this.#cols);
    const base = start + from;
    const end = packText(this.#tables, sanitize(text), style, this.#cells, base, start + to);
    breakWide(this.#cells, start, end - start, end - start, this.#cols);
    return x + end - base;
  }

  /** Writes a row from column `x` on and fills the rest of the line in the row's fill style. */
  row(y: number, row: StyledRow, x = 0): void {
    if (x < 0 || x >= this.width || y < 0 || y >= this.height) return;
    if (x === 0) {
      this.#rows[y] = row;
      return;
    }
    this.#settleRow(y);
    const { from, to, start } = this.#span(x, y, this.width - x);
    breakWide(this.#cells, start, from, to, this.#cols);
    row.packLine(this.#tables, this.#cells, start + from, start + to);
  }

  /** Fills a rectangle (default: all of it) with spaces, or one character of one column, in a style. */
  fill(style: Style, area: { x?: number; y?: number; width?: number; height?: number } = {}, character = ' '): void {
    const x = Math.max(0, area.x ?? 0);
    const y = Math.max(0, area.y ?? 0);
    const width = Math.min(area.width ?? this.width, this.width - x);
    const bottom = Math.min(y + (area.height ?? this.height), this.height);
    if (width <= 0) return;
    if (character === ' ' && width === this.width) {
      this.#rows.fill(StyledRow.filled(style), y, Math.max(y, bottom));
      return;
    }
    const bits = this.#tables.styleBits(style);
    const cell = character === ' ' ? this.#tables.space(bits) : bits | this.#tables.code(character);
    for (let line = y; line < bottom; line++) {
      this.#settleRow(line);
      const { from, to, start } = this.#span(x, line, width);
      breakWide(this.#cells, start, from, to, this.#cols);
      this.#cells.fill(cell, start + from, start + to);
    }
  }

  /** Makes everything blank. */
  clear(): void {
    this.#rows.fill(StyledRow.empty);
  }

  /** A frame of box lines around the whole canvas, with a title in its upper edge. */
  frame(style: Style, title = '', titleStyle: Style = style): void {
    const { width, height } = this;
    if (width < 2 || height < 2) return;
    const [right, bottom] = [width - 1, height - 1];
    for (const y of [0, bottom]) this.fill(style, { y, height: 1 }, '─');
    for (const x of [0, right]) this.fill(style, { x, y: 1, width: 1, height: height - 2 }, '│');
    for (const [x, y, corner] of [
      [0, 0, '┌'],
      [right, 0, '┐'],
      [0, bottom, '└'],
      [right, bottom, '┘'],
    ] as const) {
      this.fill(style, { x, y, width: 1, height: 1 }, corner);
    }
    if (title !== '' && width > 6) {
      const end = this.write(2, 0, ` ${title}`, titleStyle, width - 5);
      this.write(end, 0, ' ', titleStyle, 1);
    }
  }

  /** Puts the terminal's cursor here. The pane painted last that asks for it gets it. */
  setCursor(x: number, y: number): void {
    const at = { x: Math.max(0, Math.min(x, this.width - 1)), y: Math.max(0, Math.min(y, this.height - 1)) };
    this.#cursor = { x: this.region.x0 + at.x, y: this.region.y0 + at.y };
  }

  #settleRow(y: number): void {
    const row = this.#rows[y];
    if (row === undefined) return;
    this.#rows[y] = undefined;
    const { from, to, start } = this.#span(0, y, this.width);
    breakWide(this.#cells, start, from, to, this.#cols);
    row.packLine(this.#tables, this.#cells, start + from, start + to);
  }

  #span(x: number, y: number, width: number): { from: number; to: number; start: number } {
    const from = this.region.x0 + x;
    return { from, to: from + width, start: (this.region.y0 + y) * this.#cols };
  }
}

let empties: readonly StyledRow[] = [];

/** So many empty rows. A canvas is made for each pane of each frame: copied they cost a thirtieth of making them. */
function emptyRows(count: number): StyledRow[] {
  if (empties.length < count) empties = Array.from({ length: count }, () => StyledRow.empty);
  return empties.slice(0, count);
}
