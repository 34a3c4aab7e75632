/**
 * Turns cells into the bytes that make a terminal show them: compares with what it shows already (the front grid) and
 * writes the difference into the frame. Knows nothing of panes and nothing of streams; the frames must be sent, in order.
 *
 * Invariant: between calls the front grid is what the terminal shows once it has got all bytes. Rows that moved are moved
 * on the terminal when that is shorter, and in the grid with it; what the move spoils beside them is repaired at once.
 *
 * What a single row takes is the row painter's.
 */
import type { Region } from './canvas.ts';
import { BLANK, type CellTables, codeOf, RIGHT_HALF, styleIdOf, UNKNOWN } from './cell-tables.ts';
import { drawnPanes } from './drawn-panes.ts';
import { drawnRows } from './drawn-rows.ts';
import { frame } from './frame-bytes.ts';
import { Pen, type PenState } from './pen.ts';
import { type RowMove, RowMoves } from './row-moves.ts';
import { MIN_ERASE, RowPainter, type RowPainterOptions } from './row-painter.ts';
import type { ScreenKind } from './screen-kind.ts';
import { findShift, planScroll, type ScrollPlan } from './scroll-plan.ts';
import { StyledRow } from './styled-row.ts';

const NO_CELLS = new Uint32Array(0);

const MIN_SHARED_ROWS = 8;

const NO_SCROLL: ScrollPlan = { top: 0, bottom: 0, shift: 0 };

/** A pane's rows as it wants them; undefined where it has written cells. `was` are the numbers of the rows it has shown. */
export interface PaneRows {
  readonly region: Region;
  readonly rows: readonly (StyledRow | undefined)[];
  readonly is: Float64Array;
  readonly was: Float64Array | undefined;
}

export class Painter {
  readonly #options: RowPainterOptions;
  #tables: CellTables;
  #pen: Pen;
  #rowPainter: RowPainter;
  #cols: number;
  #rows: number;
  #front: Uint32Array;
  #generation: number;
  #clear = true;
  readonly #moves = new RowMoves();
  #margins = false;

  constructor(tables: CellTables, cols: number, rows: number, options: RowPainterOptions = {}) {
    this.#options = options;
    this.#tables = tables;
    this.#pen = new Pen(tables);
    this.#rowPainter = new RowPainter(tables, this.#pen, options);
    this.#cols = cols;
    this.#rows = rows;
    this.#front = NO_CELLS;
    this.#generation = tables.generation;
  }

  get cols(): number {
    return this.#cols;
  }
  get rows(): number {
    return this.#rows;
  }

  /** Cells mean something else from now on: the next paint draws everything. */
  set tables(tables: CellTables) {
    this.#tables = tables;
    this.#pen = new Pen(tables);
    this.#rowPainter = new RowPainter(tables, this.#pen, this.#options);
    this.invalidate();
  }

  /** Rows may be moved within left and right margins, not over the whole width of the screen only. */
  set margins(margins: boolean) {
    if (margins !== this.#margins) this.#moves.forget(undefined);
    this.#margins = margins;
  }

  /** A new size: what the terminal shows is unknown, the next paint draws everything. */
  resize(cols: number, rows: number): void {
    this.#cols = cols;
    this.#rows = rows;
    this.invalidate();
  }

  /** What the terminal shows is unknown: the next paint clears it and draws everything. Until then no cell is kept. */
  invalidate(): void {
    this.#clear = true;
    this.#front = NO_CELLS;
    this.#rowPainter.use(NO_CELLS, this.#cols);
    this.#moves.forget(undefined);
  }

  /** Whether only a paint of everything will do. */
  get stale(): boolean {
    return this.#clear || this.#generation !== this.#tables.generation;
  }

  /** Writes what brings a region (default: all) of the terminal to `cells`, a grid of the whole size; often nothing. */
  paint(cells: Uint32Array, region?: Region): void {
    this.#moves.forget(region);
    const isBlank = this.#clear;
    if (isBlank) {
      this.#pen.clear();
      this.#front = new Uint32Array(this.#cols * this.#rows).fill(BLANK);
      this.#rowPainter.use(this.#front, this.#cols);
      this.#clear = false;
    } else if (this.#generation !== this.#tables.generation) {
      this.#front.fill(UNKNOWN);
      this.#pen.forgetStyle();
    }
    this.#generation = this.#tables.generation;
    if (isBlank && region === undefined) return this.#paintBlank(cells);
    const { x0, y0, x1, y1 } = region ?? { x0: 0, y0: 0, x1: this.#cols, y1: this.#rows };
    for (let y = y0; y < y1; y++) this.#rowPainter.paint(cells, y, x0, x1, this.#front, y * this.#cols);
  }

  /** Draws all of a screen that has just been cleared; rows that another one was drawn with are drawn as there. */
  #paintBlank(cells: Uint32Array): void {
    const cols = this.#cols;
    const pen = this.#pen;
    drawnRows.use(this.#kind);
    for (let y = 0; y < this.#rows; y++) {
      if (drawnRows.draw(cells, y, pen)) continue;
      const before = pen.state;
      const mark = frame.length;
      this.#rowPainter.paint(cells, y, 0, cols, this.#front, y * cols);
      drawnRows.keep(cells, y, before, pen, mark);
    }
    this.#front.set(cells);
  }

  /**
   * The same for a pane of rows. Rows that it has shown before are not looked at, and a pane that goes the way of another
   * screen's is drawn as that was; `cells` holds what it wrote otherwise, and takes the rows that have to be compared. Must
   * not be called while stale.
   */
  paintRows(cells: Uint32Array, pane: PaneRows): void {
    const { region, is, was } = pane;
    this.#moves.forget(region);
    if (was === undefined || !isWorthSharing(pane, was)) {
      this.#paintRows(cells, pane);
      return;
    }
    const way = { region, is, was };
    const kind = this.#kind;
    const pen = this.#pen;
    if (drawnPanes.draw(kind, way, this.#front, pen)) return;
    const before = pen.state;
    const mark = frame.length;
    this.#rowPainter.wentBeyond = false;
    const plan = this.#paintRows(cells, pane);
    const movedBeside = plan !== undefined && !this.#canMoveWithin(region);
    // Such bytes hang on what is beside the pane.
    if (movedBeside || this.#rowPainter.wentBeyond || isLeftOf(before, region)) return;
    drawnPanes.keep(kind, way, this.#front, { before, pen, mark });
  }

  /** Answers which rows were moved for it. */
  #paintRows(cells: Uint32Array, pane: PaneRows): ScrollPlan | undefined {
    const { region, rows, is, was } = pane;
    const { x0, y0, x1 } = region;
    const move = was === undefined ? undefined : this.#scroll(pane, was);
    const { top, bottom, shift } = move?.plan ?? NO_SCROLL;
    const mark = frame.length;
    for (let y = 0; y < rows.length; y++) {
      const row = rows[y];
      const inside = y0 + y >= top && y0 + y < bottom;
      const from = inside ? y + shift : y;
      const kept = !inside || (y0 + from >= top && y0 + from < bottom);
      if (row !== undefined && kept && was !== undefined && was[from] === is[y]) continue;
      if (row !== undefined && !kept && row.plain && this.#drawOnBlank(cells, row, y0 + y, region)) continue;
      const start = (y0 + y) * this.#cols;
      row?.packLine(this.#tables, cells, start + x0, start + x1);
      this.#rowPainter.paint(cells, y0 + y, x0, x1, this.#front, start);
    }
    if (move !== undefined) this.#moves.took(move, frame.length - mark);
    return move?.plan;
  }

  /** Whether rows are moved within the columns of a region. */
  #canMoveWithin({ x0, x1 }: Region): boolean {
    // A left margin must be left of the right one: terminals ignore any other.
    return this.#margins && x1 - x0 > 1;
  }

  get #kind(): ScreenKind {
    const { erasesInColor, agreesOnWidths } = this.#rowPainter;
    const [tables, cols, margins] = [this.#tables, this.#cols, this.#margins];
    return { tables, generation: this.#generation, cols, erasesInColor, agreesOnWidths, margins };
  }

  /**
   * Draws a row on a line that has come free: with the bytes of the screen that was first to do so, where there are any.
   * False when the line isn't blank in the row's own background.
   */
  #drawOnBlank(cells: Uint32Array, row: StyledRow, y: number, { x0, x1 }: Region): boolean {
    const tables = this.#tables;
    const front = this.#front;
    const pen = this.#pen;
    const start = y * this.#cols;
    const background = tables.space(tables.styleBits(row.fill));
    if (!this.#rowPainter.erasesInColor || front[start + x0] !== background || row.width > x1 - x0) return false;
    const width = x1 - x0;
    const toEnd = x1 === this.#cols;
    const { generation } = tables;
    let { drawn } = row;
    if (
      drawn !== undefined &&
      drawn.tables === tables &&
      drawn.generation === generation &&
      drawn.toEnd === toEnd &&
      drawn.width === width
    ) {
      pen.moveTo(x0 + drawn.from, y);
      pen.setStyle(drawn.style);
      pen.replay(drawn.bytes, drawn.to < 0 ? -1 : x0 + drawn.to, drawn.lastStyle);
      row.packLine(tables, front, start + x0, start + x1);
      return true;
    }
    row.packLine(tables, cells, start + x0, start + x1);
    let x = x0;
    while (x < x1 && cells[start + x] === background) x++;
    if (x === x1) return true;
    const style = styleIdOf(cells[start + x] ?? BLANK);
    pen.moveTo(x, y);
    pen.setStyle(style);
    const mark = frame.length;
    this.#rowPainter.paint(cells, y, x, x1, front, start);
    const to = pen.x < 0 ? -1 : pen.x - x0;
    drawn = {
      tables,
      generation,
      toEnd,
      width,
      from: x - x0,
      style,
      bytes: frame.since(mark),
      to,
      lastStyle: pen.style,
    };
    row.drawn = drawn;
    return true;
  }

  /** Writes what puts the cursor somewhere; nothing when it is there. */
  moveCursor(x: number, y: number): void {
    this.#pen.moveTo(x, y);
  }

  /** Moves the pane's rows on the terminal, if they have moved and that is shorter, and repairs what is beside them. */
  #scroll({ region, rows, is }: PaneRows, was: Float64Array): RowMove | undefined {
    const shift = findShift(is, was, rows.length);
    if (shift === 0) return undefined;
    const front = this.#front;
    const cols = this.#cols;
    const margins = this.#canMoveWithin(region);
    const background = this.#backgroundOf(shift > 0 ? rows.at(-1) : rows[0]);
    const blank = blankRow(background, cols);
    const kept = this.#moves.get(shift, background);
    const plan = kept === undefined ? planScroll(is, was, shift, { front, cols, region, blank, margins }) : kept.plan;
    if (plan === undefined) {
      const none = kept ?? { shift, background, plan, bytes: '', x: -1, y: -1, style: -1 };
      if (kept === undefined) this.#moves.keep(region, none);
      return none;
    }
    const { top, bottom } = plan;
    const { x0, x1 } = region;
    const pen = this.#pen;
    pen.setStyle(styleIdOf(background));
    const mark = frame.length;
    if (kept === undefined) pen.scroll(top, bottom, shift, margins ? region : undefined);
    else pen.replay(kept.bytes, kept.x, kept.style, kept.y);
    for (let count = 0; count < bottom - top; count++) {
      const y = shift > 0 ? top + count : bottom - 1 - count;
      const from = y + shift;
      if (from < top || from >= bottom) front.fill(background, y * cols + x0, y * cols + x1);
      else front.copyWithin(y * cols + x0, from * cols + x0, from * cols + x1);
    }
    if (kept !== undefined) return kept;
    this.#rowPainter.wentBeyond = false;
    if (!margins) this.#repairSides(plan, region, blank);
    const bytes = frame.since(mark);
    const move = { shift, background, plan, bytes, x: pen.x, y: pen.y, style: pen.style };
    if (!this.#rowPainter.wentBeyond) this.#moves.keep(region, move);
    return move;
  }

  /**
   * Beside the pane the front grid is what is wanted still; the terminal has each row where it moved to. Column by column
   * the cursor has the shortest ways.
   */
  #repairSides({ top, bottom, shift }: ScrollPlan, { x0, x1 }: Region, blank: Uint32Array): void {
    const front = this.#front;
    const cols = this.#cols;
    const [moved, end] = shift > 0 ? [top, bottom - shift] : [top - shift, bottom];
    for (let y = moved; y < end; y++) this.#rowPainter.paint(front, y, 0, x0, front, (y + shift) * cols);
    for (let y = moved; y < end; y++) this.#rowPainter.paint(front, y, x1, cols, front, (y + shift) * cols);
    const [free, freeEnd] = shift > 0 ? [end, bottom] : [top, moved];
    this.#paintStripes(free, freeEnd, 0, x0, blank);
    this.#paintStripes(free, freeEnd, x1, cols, this.#eraseRight(free, freeEnd, x1, blank));
  }

  /** Erases blank rows to their ends where the first is to end in blanks of another kind; returns what they look like then. */
  #eraseRight(top: number, bottom: number, x1: number, blank: Uint32Array): Uint32Array {
    const cols = this.#cols;
    const pen = this.#pen;
    const cell = this.#front[top * cols + cols - 1] ?? BLANK;
    if (cols - x1 < MIN_ERASE || cell === blank[0] || !this.#rowPainter.erasesTo(cell)) return blank;
    for (let y = top; y < bottom; y++) {
      pen.moveTo(x1, y);
      pen.setBackground(styleIdOf(cell));
      pen.raw('\x1b[K');
    }
    return blankRow(cell, cols);
  }

  /** Brings blank rows to the front grid, in stripes of one style as the first row has them: each style is set once. */
  #paintStripes(top: number, bottom: number, x0: number, x1: number, blank: Uint32Array): void {
    const start = top * this.#cols;
    for (let x = x0, from = x0, style = -1; x <= x1; x++) {
      const cell = this.#front[start + x] ?? BLANK;
      // Spaces and right halves go with what is before them.
      const own = codeOf(cell) === 0x20 || cell === RIGHT_HALF ? style : styleIdOf(cell);
      if (x < x1 && (own === style || style < 0)) {
        style = own;
        continue;
      }
      for (let y = top; y < bottom; y++) this.#rowPainter.paint(this.#front, y, from, x, blank, 0);
      from = x;
      style = own;
    }
  }

  /** What a row of the terminal that comes free is filled with, chosen for the row that will stand there. */
  #backgroundOf(row: StyledRow | undefined): number {
    const cell = this.#tables.space(this.#tables.styleBits((row ?? StyledRow.empty).fill));
    return this.#rowPainter.erasesTo(cell) ? cell : BLANK;
  }
}

/**
 * Whether the way from the rows that a pane showed to those that it shows may be another screen's, too, and takes more than
 * to look for it. In a pane with cells of its own it is nobody else's.
 */
function isWorthSharing({ rows }: PaneRows, was: Float64Array): boolean {
  if (rows.length < MIN_SHARED_ROWS) return false;
  for (let y = 0; y < rows.length; y++) if (rows[y] === undefined || (was[y] ?? 0) <= 0) return false;
  return true;
}

/** Whether it is beside the region: what is between may be written again on the way to it. */
const isLeftOf = ({ x, y }: PenState, { x0, y0, y1 }: Region): boolean => x < x0 && y >= y0 && y < y1;

let blankCells = new Uint32Array(0);

/** A row of one cell, shared until the next call. */
function blankRow(cell: number, cols: number): Uint32Array {
  if (blankCells.length < cols) blankCells = new Uint32Array(cols);
  if (blankCells[0] !== cell || blankCells[cols - 1] !== cell) blankCells.fill(cell);
  return blankCells;
}
