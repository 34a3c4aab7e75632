/**
 * How rows were drawn last on screens that had just been cleared. Those who come into a room together, and those who come
 * back together to a server that was started anew, are shown mostly the same: equal cells, drawn with the pen in the same
 * place and style, take the same bytes. A row is taken over whole or not at all, so that nothing of one person's screen
 * is ever sent to another.
 *
 *   empty ──keep──▶ of one kind of screen (tables, width, abilities) ──a screen of another kind──▶ empty
 */
import { frame } from './frame-bytes.ts';
import type { Pen, PenState } from './pen.ts';
import { isSameKind, type ScreenKind } from './screen-kind.ts';

interface DrawnRow {
  readonly cells: Uint32Array;
  readonly before: PenState;
  readonly after: PenState;
  readonly bytes: string;
}

class DrawnRows {
  #kind: ScreenKind | undefined;
  /** By their line. */
  #rows: (DrawnRow | undefined)[] = [];

  /** To be called before rows of a screen are drawn: what was kept of another kind is forgotten. */
  use(kind: ScreenKind): void {
    if (this.#kind !== undefined && isSameKind(this.#kind, kind)) return;
    this.#kind = kind;
    this.#rows = [];
  }

  /** Draws line `y` of `cells` as it was drawn before; false when it wasn't, or not like this. */
  draw(cells: Uint32Array, y: number, pen: Pen): boolean {
    const row = this.#rows[y];
    if (row === undefined) return false;
    const { before, after } = row;
    if (!pen.isAs(before)) return false;
    const start = y * row.cells.length;
    for (let x = 0; x < row.cells.length; x++) if (row.cells[x] !== cells[start + x]) return false;
    pen.replay(row.bytes, after.x, after.style, after.y);
    return true;
  }

  /** Line `y` of `cells` was drawn from `before` on with what is in the frame since `mark`. */
  keep(cells: Uint32Array, y: number, before: PenState, pen: Pen, mark: number): void {
    const cols = this.#kind?.cols ?? 0;
    this.#rows[y] = {
      cells: cells.slice(y * cols, (y + 1) * cols),
      before,
      after: pen.state,
      bytes: frame.since(mark),
    };
  }
}

/** Of all screens of the process: which of them is drawn next is not known. */
export const drawnRows = new DrawnRows();
