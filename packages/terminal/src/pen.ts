/**
 * The terminal's cursor and style as far as they are known. Writes into the frame: moves and changes of style when they are
 * needed, and as short as they get. Knows no cells.
 */
import type { CellTables } from './cell-tables.ts';
import { digits, frame } from './frame-bytes.ts';

/** From more columns on a sequence is shorter. */
const MAX_BACKSPACES = 4;

const BACKSPACE = 0x08;
const VERTICAL_TAB = 0x0b;
const RETURN = 0x0d;
const SEMICOLON = 0x3b;
/** The last characters of the sequences that move the cursor. */
const [UP, DOWN, RIGHT, LEFT, COLUMN, PLACE] = [0x41, 0x42, 0x43, 0x44, 0x47, 0x48];

/** Writes a move by, or to, `count`, which is 1 where none is said. */
function sequence(count: number, end: number): void {
  frame.write('\x1b[');
  if (count !== 1 || end === COLUMN) frame.number(count);
  frame.ascii(end);
}

/** The length of the sequence for `count`, of any sign. */
function lengthOf(count: number, end: number): number {
  const size = Math.abs(count);
  return 3 + (size === 1 && end !== COLUMN ? 0 : digits(size));
}

function writePlace(x: number, y: number): void {
  frame.write('\x1b[');
  frame.number(y + 1);
  if (x > 0) {
    frame.ascii(SEMICOLON);
    frame.number(x + 1);
  }
  frame.ascii(PLACE);
}

const placeLength = (x: number, y: number): number => 3 + digits(y + 1) + (x > 0 ? 1 + digits(x + 1) : 0);

/** Where a pen is, and in which style; each -1 when it is not known. */
export interface PenState {
  readonly x: number;
  readonly y: number;
  readonly style: number;
}

export class Pen {
  readonly #tables: CellTables;
  /** -1: unknown. A known column implies a known row. */
  #x = -1;
  #y = -1;
  #style = -1;

  constructor(tables: CellTables) {
    this.#tables = tables;
  }

  get style(): number {
    return this.#style;
  }

  /** A column, -1 when it is not known. */
  get x(): number {
    return this.#x;
  }

  /** A row, -1 when it is not known. */
  get y(): number {
    return this.#y;
  }

  get state(): PenState {
    return { x: this.#x, y: this.#y, style: this.#style };
  }

  /** Whether it is where another one was, in the same style. */
  isAs({ x, y, style }: PenState): boolean {
    return x === this.#x && y === this.#y && style === this.#style;
  }

  /** Writes bytes that leave the cursor at `x` of its row, or of row `y`, in `style`. */
  replay(bytes: string, x: number, style: number, y = this.#y): void {
    frame.write(bytes);
    this.#x = x;
    this.#y = y;
    this.#style = style;
  }

  /** The next move says where it goes to, also to where the cursor is. */
  forgetColumn(): void {
    this.#x = -1;
  }

  forgetStyle(): void {
    this.#style = -1;
  }

  /** Writes what moves no cursor. */
  raw(bytes: string): void {
    frame.write(bytes);
  }

  /** Writes the ASCII characters in cells from `from` up to `to`, which leave the cursor at `x`; -1 where terminals disagree. */
  codes(cells: Uint32Array, from: number, to: number, x: number): void {
    frame.codes(cells, from, to);
    this.#x = x;
  }

  /** Writes text that leaves the cursor at `x`; -1 where terminals disagree. */
  text(text: string, x: number): void {
    frame.write(text);
    this.#x = x;
  }

  /** Clears the screen; the pen is plain then. */
  clear(): void {
    frame.write('\x1b[m\x1b[2J');
    this.#x = -1;
    this.#y = -1;
    this.#style = 0;
  }

  setStyle(style: number): void {
    if (style === this.#style) return;
    frame.write(this.#tables.change(this.#style, style));
    this.#style = style;
  }

  /** Whether a space may be written as it is, in the style at hand. */
  suits(background: number): boolean {
    return this.#style === background || (this.#style >= 0 && this.#tables.background(this.#style) === background);
  }

  /** Takes the style unless a space in the one at hand looks the same. */
  setBackground(background: number): void {
    if (!this.suits(background)) this.setStyle(background);
  }

  /** The columns from the cursor to a place to its right in the same row; 0 when it isn't there. */
  gapTo(x: number, y: number): number {
    return this.#x < 0 || y !== this.#y ? 0 : Math.max(0, x - this.#x);
  }

  /** Whether a place is a few bytes away: in this row, or in the one below. */
  isNear(x: number, y: number): boolean {
    return this.#x >= x && this.#x - x <= MAX_BACKSPACES && (y === this.#y || y === this.#y + 1);
  }

  moveTo(x: number, y: number): void {
    if (y === this.#y && x === this.#x) return;
    const down = y - this.#y;
    const isBelow = this.#y >= 0 && down === 1;
    // Down without a return: unlike a line feed a vertical tab is left alone by the line discipline.
    if (isBelow) frame.ascii(VERTICAL_TAB);
    if (down === 0 || isBelow) this.#sideways(x);
    else if (this.#y >= 0 && lengthOf(down, DOWN) + this.#sidewaysLength(x) < placeLength(x, y)) {
      sequence(Math.abs(down), down < 0 ? UP : DOWN);
      this.#sideways(x);
    } else writePlace(x, y);
    this.#x = x;
    this.#y = y;
  }

  /** Goes the shortest way to a column of the row at hand. */
  #sideways(x: number): void {
    const steps = x - this.#x;
    if (x === 0) frame.ascii(RETURN);
    else if (this.#x < 0) sequence(x + 1, COLUMN);
    else if (steps >= -MAX_BACKSPACES && steps < 0) for (let step = steps; step < 0; step++) frame.ascii(BACKSPACE);
    else if (steps !== 0) sequence(Math.abs(steps), steps < 0 ? LEFT : RIGHT);
  }

  #sidewaysLength(x: number): number {
    const steps = x - this.#x;
    if (x === 0) return 1;
    if (this.#x < 0) return lengthOf(x + 1, COLUMN);
    return steps >= -MAX_BACKSPACES && steps <= 0 ? -steps : lengthOf(steps, RIGHT);
  }

  /**
   * Moves the rows from `top` up to `bottom` by `shift` (up when positive) within columns, or, without them, over the
   * whole width. What comes free is blank in the background at hand. Margins are gone again after it, so that nothing
   * depends on them: whatever else is written works on the whole screen.
   */
  scroll(top: number, bottom: number, shift: number, columns?: { readonly x0: number; readonly x1: number }): void {
    const sides = columns === undefined ? '' : `\x1b[${columns.x0 + 1};${columns.x1}s`;
    frame.write(`\x1b[${top + 1};${bottom}r${sides}`);
    // Both set the cursor to the first column and row, if not to anywhere.
    this.#x = -1;
    this.#y = -1;
    this.moveTo(columns?.x0 ?? 0, shift > 0 ? bottom - 1 : top);
    frame.write((shift > 0 ? '\x1bD' : '\x1bM').repeat(Math.abs(shift)));
    frame.write(columns === undefined ? '\x1b[r' : '\x1b[s\x1b[r');
    this.#x = -1;
    this.#y = -1;
  }
}
