/**
 * The terminal's cursor and style as far as they are known, and the bytes of one frame. Moves and changes of style are
 * written when they are needed and as short as they get. Knows no cells.
 *
 * Frames are synchronous, so all pens of the process write into one buffer, from `begin` to `take`: text that grows by
 * single characters would leave an object for each of them behind.
 */
import type { CellTables } from './cell-tables.ts';

/** UTF-16, as `take` reads it; grows to the longest frame. */
let units = new Uint16Array(16 * 1024);
let length = 0;

function write(text: string): void {
  const end = length + text.length;
  if (end > units.length) {
    const larger = new Uint16Array(Math.max(end, units.length * 2));
    larger.set(units);
    units = larger;
  }
  for (let index = 0; index < text.length; index++) units[length + index] = text.charCodeAt(index);
  length = end;
}

/** From more columns on a sequence is shorter. */
const MAX_BACKSPACES = 4;

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

  /** Begins with nothing, whatever another pen has left after a fault. */
  begin(): void {
    length = 0;
  }

  /** The bytes since `begin`. */
  take(): string {
    if (length === 0) return '';
    const bytes = Buffer.from(units.buffer, units.byteOffset, length * 2);
    length = 0;
    return bytes.toString('utf16le');
  }

  /** A column, -1 when it is not known. */
  get x(): number {
    return this.#x;
  }

  /** A row, -1 when it is not known. */
  get y(): number {
    return this.#y;
  }

  /** Where the frame's bytes are now, for `since`. */
  mark(): number {
    return length;
  }

  /** What was written since a mark. */
  since(mark: number): string {
    return String.fromCharCode(...units.subarray(mark, length));
  }

  /** Writes bytes that leave the cursor at `x` of its row, or of row `y`, in `style`. */
  replay(bytes: string, x: number, style: number, y = this.#y): void {
    write(bytes);
    this.#x = x;
    this.#y = y;
    this.#style = style;
  }

  forgetStyle(): void {
    this.#style = -1;
  }

  /** Writes what moves no cursor. */
  raw(bytes: string): void {
    write(bytes);
  }

  /** Writes one unit of UTF-16 that leaves the cursor at `x`. */
  unit(code: number, x: number): void {
    if (length === units.length) write(String.fromCharCode(code));
    else units[length++] = code;
    this.#x = x;
  }

  /** Writes text that leaves the cursor at `x`; -1 where terminals disagree. */
  text(text: string, x: number): void {
    write(text);
    this.#x = x;
  }

  /** Clears the screen; the pen is plain then. */
  clear(): void {
    write('\x1b[m\x1b[2J');
    this.#x = -1;
    this.#y = -1;
    this.#style = 0;
  }

  setStyle(style: number): void {
    if (style === this.#style) return;
    write(this.#tables.change(this.#style, style));
    this.#style = style;
  }

  /** Whether a space may be written as it is, in the style at hand. */
  suits(ground: number): boolean {
    return this.#style === ground || (this.#style >= 0 && this.#tables.ground(this.#style) === ground);
  }

  /** Takes the style unless a space in the one at hand looks the same. */
  setGround(ground: number): void {
    if (!this.suits(ground)) this.setStyle(ground);
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
    if (down === 0) write(this.#sideways(x));
    // Down without a return: unlike a line feed a vertical tab is left alone by the line discipline.
    else if (this.#y >= 0 && down === 1) write(`\v${this.#sideways(x)}`);
    else {
      const place = x === 0 ? `\x1b[${y + 1}H` : `\x1b[${y + 1};${x + 1}H`;
      const way =
        this.#y < 0 ? place : `\x1b[${down === -1 ? '' : Math.abs(down)}${down < 0 ? 'A' : 'B'}${this.#sideways(x)}`;
      write(way.length < place.length ? way : place);
    }
    this.#x = x;
    this.#y = y;
  }

  /** The shortest way to a column of the row at hand. */
  #sideways(x: number): string {
    if (x === 0) return '\r';
    if (this.#x < 0) return `\x1b[${x + 1}G`;
    const steps = x - this.#x;
    if (steps < 0) return steps >= -MAX_BACKSPACES ? '\b'.repeat(-steps) : `\x1b[${-steps}D`;
    if (steps === 0) return '';
    return steps === 1 ? '\x1b[C' : `\x1b[${steps}C`;
  }

  /**
   * Moves the rows from `top` up to `bottom` by `shift` (up when positive) within columns, or, without them, over the
   * whole width. What comes free is blank in the background at hand. Margins are gone again after it, so that nothing
   * depends on them: whatever else is written works on the whole screen.
   */
  scroll(top: number, bottom: number, shift: number, columns?: { readonly x0: number; readonly x1: number }): void {
    const sides = columns === undefined ? '' : `\x1b[${columns.x0 + 1};${columns.x1}s`;
    write(`\x1b[${top + 1};${bottom}r${sides}`);
    // Both set the cursor to the first column and row, if not to anywhere.
    this.#x = -1;
    this.#y = -1;
    this.moveTo(columns?.x0 ?? 0, shift > 0 ? bottom - 1 : top);
    write((shift > 0 ? '\x1bD' : '\x1bM').repeat(Math.abs(shift)));
    write(columns === undefined ? '\x1b[r' : '\x1b[s\x1b[r');
    this.#x = -1;
    this.#y = -1;
  }
}
