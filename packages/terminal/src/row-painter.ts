/**
 * The bytes for columns of one row: brings them from what the terminal has there to what is wanted, by writing, erasing
 * and stepping over cells. Knows neither panes nor moves.
 *
 * Invariant: what it has written stands in the front grid.
 *
 * Terminals disagree on the width of many clusters, so after one that isn't ASCII the cursor is addressed again (after a
 * run of them, where nearly all terminals agree; not at all where this one does), and the cells that another terminal may
 * have drawn it over are written once more. The terminal must not wrap (DECAWM off), and erases in the background at hand
 * (BCE) unless told otherwise.
 */
import { BLANK, type CellTables, codeOf, RIGHT_HALF, styleIdOf, UNKNOWN } from './cell-tables.ts';
import type { Pen } from './pen.ts';

/** Runs of blanks from this length on are erased rather than written. */
export const MIN_ERASE = 9;
const MIN_ERASE_TO_END = 3;
/** Unchanged cells up to this many are written again rather than stepped over. */
const MAX_REWRITE = 3;

export interface RowPainterOptions {
  /** Erased cells take the background at hand. Default true. */
  readonly erasesInColor?: boolean | undefined;
  /** The terminal has our table of widths. Default false. */
  readonly agreesOnWidths?: boolean | undefined;
}

export class RowPainter {
  readonly #tables: CellTables;
  readonly #pen: Pen;
  readonly erasesInColor: boolean;
  readonly agreesOnWidths: boolean;
  #front: Uint32Array = new Uint32Array(0);
  #cols = 0;
  /** Whether cells outside of the columns that were to be painted had to be written; for whoever asks to reset. */
  wentBeyond = false;

  constructor(tables: CellTables, pen: Pen, options: RowPainterOptions) {
    this.#tables = tables;
    this.#pen = pen;
    this.erasesInColor = options.erasesInColor ?? true;
    this.agreesOnWidths = options.agreesOnWidths ?? false;
  }

  /** What the terminal shows, in rows of `cols` cells; both stand here until the next call. */
  use(front: Uint32Array, cols: number): void {
    this.#front = front;
    this.#cols = cols;
  }

  /** Whether erasing leaves this cell. */
  erasesTo(cell: number): boolean {
    return (
      cell === BLANK || (this.erasesInColor && codeOf(cell) === 0x20 && this.#tables.isBackground(styleIdOf(cell)))
    );
  }

  /** Brings columns of a row from what the terminal has there, `seen`, to `cells`. */
  paint(cells: Uint32Array, y: number, x0: number, x1: number, seen: Uint32Array, seenAt: number): void {
    const front = this.#front;
    const pen = this.#pen;
    const start = y * this.#cols;
    let tail = -1;
    // Up to here cells are written even if unchanged; outside the region they are taken from the front grid.
    let forced = 0;
    for (let x = x0; ; x++) {
      if (x >= forced) {
        while (x < x1 && cells[start + x] === seen[seenAt + x]) x++;
        if (x >= x1) break;
        // What is a right half now was something else: its left half has to be written, changed or not.
        if (x > x0 && cells[start + x] === RIGHT_HALF) x--;
      } else if (x >= this.#cols) break;
      if (x >= x1) this.wentBeyond = true;
      const source = x < x1 ? cells : front;
      const at = start + x;
      const cell = source[at] ?? BLANK;
      const wide = x + 1 < this.#cols && source[at + 1] === RIGHT_HALF;
      if (cell === RIGHT_HALF) {
        // Its left half was written just now, or lies outside the region and is unchanged.
        front[at] = RIGHT_HALF;
        continue;
      }
      const code = codeOf(cell);
      if (code === 0x20 && x === 0) {
        const erased = this.#eraseLeft(cells, y, x1);
        if (erased > 0) {
          // The one after them is gone, too.
          forced = Math.max(forced, erased + 1);
          x += erased - 1;
          continue;
        }
      }
      if (code === 0x20 && x < x1) {
        if (tail < 0) tail = x1 === this.#cols ? tailOf(cells, start, x0, x1) : x1;
        const erased = this.#erase(cells, y, x, x1, x >= tail);
        if (erased > 0) {
          x += erased - 1;
          continue;
        }
      }
      // A sequence between the two keeps them apart.
      if (code > 0x7f && this.#tables.joins(code)) pen.forgetColumn();
      this.#moveTo(x, y);
      if (code === 0x20) pen.setBackground(styleIdOf(cell));
      else pen.setStyle(styleIdOf(cell));
      if (code < 0x7f) {
        const end = x < x1 ? this.#runEnd(cells, start, x, x1, seen, seenAt) : x + 1;
        pen.codes(source, at, start + end, end < this.#cols ? end : -1);
        for (let each = at; each < start + end; each++) front[each] = source[each] ?? BLANK;
        x = end - 1;
        continue;
      }
      forced = Math.max(forced, x + this.#writeCluster(cells, code, x, y, x1, wide));
      front[at] = cell;
      if (wide) {
        front[at + 1] = RIGHT_HALF;
        x++;
      }
    }
  }

  /**
   * Where the ASCII ends that may be written in one go after a character at `x`: in the style at hand, changed but for single
   * cells, and with spaces only before other characters: more may be better erased.
   */
  #runEnd(cells: Uint32Array, start: number, x: number, x1: number, seen: Uint32Array, seenAt: number): number {
    const pen = this.#pen;
    const { style } = pen;
    for (let end = x + 1; ; end++) {
      if (end >= x1) return end;
      const cell = cells[start + end] ?? BLANK;
      const code = codeOf(cell);
      if (code === 0x20) {
        const next = end + 1 < x1 ? codeOf(cells[start + end + 1] ?? BLANK) : 0x20;
        if (next <= 0x20 || !pen.suits(styleIdOf(cell))) return end;
      } else if (code < 0x20 || code > 0x7e || styleIdOf(cell) !== style) return end;
      if (cell === seen[seenAt + end]) {
        if (end + 1 >= x1 || cells[start + end + 1] === seen[seenAt + end + 1]) return end;
      }
    }
  }

  /** Writes what isn't ASCII; returns how many columns a terminal may have drawn it over, 0 where all agree. */
  #writeCluster(cells: Uint32Array, code: number, x: number, y: number, x1: number, wide: boolean): number {
    const reach = this.#tables.reach(code);
    if (wide && reach > 0) {
      // A terminal that takes it for narrow would leave the old right half standing.
      this.#pen.text('  ', -1);
      this.#pen.moveTo(x, y);
    }
    const next = x + (wide ? 2 : 1);
    const follows = next < x1 && codeOf(cells[y * this.#cols + next] ?? 0) > 0x7f;
    const isKnown = reach === 0 && next < this.#cols && (follows || this.agreesOnWidths);
    this.#pen.text(this.#tables.text(code), isKnown ? next : -1);
    return reach;
  }

  /**
   * Erases the equal blanks that a row begins with, and the cell after them, when the pen is near their end: it need not go
   * to their beginning and back then. Returns how many they were.
   */
  #eraseLeft(cells: Uint32Array, y: number, x1: number): number {
    const start = y * this.#cols;
    const cell = cells[start] ?? BLANK;
    if (!this.erasesTo(cell)) return 0;
    let end = 1;
    while (end < x1 && cells[start + end] === cell) end++;
    if (end < MIN_ERASE || end >= x1 || !this.#pen.isNear(end, y)) return 0;
    this.#pen.moveTo(end, y);
    this.#pen.setBackground(styleIdOf(cell));
    this.#pen.raw('\x1b[1K');
    this.#front.fill(cell, start, start + end);
    return end;
  }

  /** Erases the equal blanks that begin at `x` when that is shorter than writing them; returns how many they were. */
  #erase(cells: Uint32Array, y: number, x: number, x1: number, toEnd: boolean): number {
    const start = y * this.#cols;
    const cell = cells[start + x] ?? BLANK;
    if (!this.erasesTo(cell)) return 0;
    let end = x + 1;
    if (toEnd) end = x1;
    else while (end < x1 && cells[start + end] === cell) end++;
    const length = end - x;
    if (length < (toEnd ? MIN_ERASE_TO_END : MIN_ERASE)) return 0;
    this.#moveTo(x, y);
    this.#pen.setBackground(styleIdOf(cell));
    this.#pen.raw(toEnd ? '\x1b[K' : `\x1b[${length}X`);
    this.#front.fill(cell, start + x, start + end);
    return length;
  }

  #moveTo(x: number, y: number): void {
    const gap = this.#pen.gapTo(x, y);
    const text = gap > 0 && gap <= MAX_REWRITE ? this.#unchanged(x - gap, x, y) : '';
    if (text === '') this.#pen.moveTo(x, y);
    else this.#pen.text(text, x);
  }

  /** The text of a few cells that the terminal shows; `''` unless it is ASCII in the style at hand. */
  #unchanged(from: number, to: number, y: number): string {
    let text = '';
    for (let at = y * this.#cols + from; at < y * this.#cols + to; at++) {
      const cell = this.#front[at] ?? UNKNOWN;
      const code = codeOf(cell);
      if (code < 0x20 || code > 0x7e) return '';
      if (code === 0x20 ? !this.#pen.suits(styleIdOf(cell)) : styleIdOf(cell) !== this.#pen.style) return '';
      text += String.fromCharCode(code);
    }
    return text;
  }
}

/** Where the equal spaces at the end of a row begin. */
function tailOf(cells: Uint32Array, start: number, x0: number, x1: number): number {
  const last = cells[start + x1 - 1] ?? BLANK;
  if (codeOf(last) !== 0x20) return x1;
  let tail = x1;
  while (tail > x0 && cells[start + tail - 1] === last) tail--;
  return tail;
}
