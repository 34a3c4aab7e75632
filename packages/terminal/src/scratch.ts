/**
 * The cells that one frame is composed in. Frames are synchronous, so all screens of a size share one scratch; it is
 * cleared after each use, or one person's screen would leak into another's. `cells` is what panes write; `lines`, made
 * only when asked for, is what blessed's widgets write, and lies above the panes that were there before.
 */
import type { BlessedCell, BlessedLine } from 'blessed/lib/widgets/screen.js';
import { styleOfAttribute } from './blessed-colors.ts';
import { BLANK, type CellTables, CODE_BITS, RIGHT_HALF, styleIdOf } from './cell-tables.ts';
import { clusterWidth } from './width.ts';

/** An attribute that no widget uses: with `''` it marks a cell that no widget wrote. */
const UNTOUCHED = -1;

export class Scratch {
  readonly cols: number;
  readonly rows: number;
  readonly cells: Uint32Array;
  #lines: BlessedLine[] | undefined;

  constructor(cols: number, rows: number) {
    this.cols = cols;
    this.rows = rows;
    this.cells = new Uint32Array(cols * rows).fill(BLANK);
  }

  /** Cells in blessed's form. */
  get lines(): BlessedLine[] {
    this.#lines ??= Array.from({ length: this.rows }, () => {
      return Array.from({ length: this.cols }, (): BlessedCell => [UNTOUCHED, '']);
    });
    return this.#lines;
  }

  /** A pane takes this region over from the widgets below it. */
  take(x0: number, y0: number, x1: number, y1: number): void {
    if (this.#lines === undefined) return;
    for (let y = y0; y < y1; y++) {
      const line = this.#lines[y];
      if (line?.dirty !== true) continue;
      for (let x = x0; x < x1; x++) release(line[x]);
    }
  }

  /** Lays what widgets wrote over the panes' cells, and forgets it. */
  settle(tables: CellTables): void {
    if (this.#lines === undefined) return;
    for (let y = 0; y < this.rows; y++) {
      const line = this.#lines[y];
      if (line?.dirty !== true) continue;
      line.dirty = false;
      this.#settleLine(line, y * this.cols, tables);
    }
  }

  #settleLine(line: BlessedLine, start: number, tables: CellTables): void {
    const { cells, cols } = this;
    let attribute = UNTOUCHED;
    let bits = 0;
    for (let x = 0; x < cols; x++) {
      const cell = line[x];
      if (cell === undefined || cell[1] === '') continue;
      if (cell[0] !== attribute) {
        attribute = cell[0];
        bits = tables.styleBits(styleOfAttribute(attribute));
      }
      const character = cell[1];
      release(cell);
      breakWide(cells, start, x, x + 1, cols);
      const ascii = character.length === 1 && character >= ' ' && character <= '~';
      const wide = !ascii && clusterWidth(character) === 2;
      if (!wide || x + 1 >= cols) {
        // blessed marks the place after what it takes for wide with ETX; it has no meaning of its own.
        const shown = wide || character === '\x03' ? ' ' : character;
        cells[start + x] = bits | (ascii ? character.charCodeAt(0) : tables.code(shown));
        continue;
      }
      release(line[x + 1]);
      breakWide(cells, start, x + 1, x + 2, cols);
      cells[start + x] = bits | tables.code(character);
      cells[start + ++x] = RIGHT_HALF;
    }
  }
}

/** Before cells `from`–`to` of the row at `start` are written: a wide one that would lose a half becomes a space. */
export function breakWide(cells: Uint32Array, start: number, from: number, to: number, cols: number): void {
  if (to < cols && cells[start + to] === RIGHT_HALF) cells[start + to] = spaceLike(cells[start + to - 1] ?? BLANK);
  if (from > 0 && cells[start + from] === RIGHT_HALF) {
    cells[start + from - 1] = spaceLike(cells[start + from - 1] ?? BLANK);
  }
}

const spaceLike = (cell: number): number => (styleIdOf(cell) << CODE_BITS) | 0x20;

function release(cell: BlessedCell | undefined): void {
  if (cell === undefined) return;
  cell[0] = UNTOUCHED;
  cell[1] = '';
}

/** Sizes in use at a time are few; an abandoned scratch of the largest takes 6 MB with its lines. */
const MAX_SCRATCHES = 8;
/** Ready to be lent, the newest last. */
const scratches: Scratch[] = [];

/** Lends the scratch of a size to `compose`, blank, and clears it after. */
export function withScratch<Result>(cols: number, rows: number, compose: (scratch: Scratch) => Result): Result {
  const at = scratches.findLastIndex((each) => each.cols === cols && each.rows === rows);
  // Taken out while in use: a frame inside a frame, or one that throws, gets or leaves no dirty cells.
  const scratch = at < 0 ? new Scratch(cols, rows) : (scratches.splice(at, 1)[0] ?? new Scratch(cols, rows));
  const result = compose(scratch);
  scratch.cells.fill(BLANK);
  if (scratches.length >= MAX_SCRATCHES) scratches.shift();
  scratches.push(scratch);
  return result;
}
