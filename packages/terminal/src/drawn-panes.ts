/**
 * How panes of rows were drawn last, from the rows that they showed to those that they show: the sessions of a room go the
 * same way within moments of each other, and take the same bytes. A pane is taken over whole or not at all, and rows have
 * numbers that no other row of the process has, so that nothing of one person's screen is ever sent to another.
 *
 * Where rows are moved over the whole width of the screen the bytes hang on what is beside the pane, which is each screen's
 * own: those are not kept.
 */
import type { Region } from './canvas.ts';
import { frame } from './frame-bytes.ts';
import type { Pen, PenState } from './pen.ts';
import { isSameKind, type ScreenKind } from './screen-kind.ts';

/** A pane's rows by their numbers: those that it showed, and those that it shows. */
interface PaneWay {
  readonly region: Region;
  readonly was: Float64Array;
  readonly is: Float64Array;
}

interface DrawnPane extends PaneWay {
  readonly kind: ScreenKind;
  readonly before: PenState;
  readonly after: PenState;
  readonly bytes: string;
  /** The lines of the screen that the pane is in, over the whole width: copied in one go. */
  readonly lines: Uint32Array;
}

/** So many lively rooms of a process, and sizes of windows, don't get in each other's way. */
const MAX_KEPT = 8;

class DrawnPanes {
  readonly #kept: DrawnPane[] = [];
  #oldest = 0;

  /** Draws the pane as another one was drawn, into the frame and `front`; false when none was drawn like this. */
  draw(kind: ScreenKind, way: PaneWay, front: Uint32Array, pen: Pen): boolean {
    const drawn = this.#kept.find(
      (each) => isSameWay(each, way) && isSameKind(each.kind, kind) && pen.isAs(each.before),
    );
    if (drawn === undefined) return false;
    const { bytes, after } = drawn;
    pen.replay(bytes, after.x, after.style, after.y);
    copyPane(drawn, front);
    return true;
  }

  /** The pane was drawn, in `front`, from `before` on with what is in the frame since `mark`. */
  keep(
    kind: ScreenKind,
    { region, was, is }: PaneWay,
    front: Uint32Array,
    { before, pen, mark }: { readonly before: PenState; readonly pen: Pen; readonly mark: number },
  ): void {
    const { y0, y1 } = region;
    const cells = front.subarray(y0 * kind.cols, y1 * kind.cols);
    // Memory of this size is given back late.
    let lines = this.#kept[this.#oldest]?.lines;
    if (lines?.length !== cells.length) lines = new Uint32Array(cells.length);
    lines.set(cells);
    this.#kept[this.#oldest] = {
      kind,
      region,
      was: was.slice(0, y1 - y0),
      is: is.slice(0, y1 - y0),
      before,
      after: pen.state,
      bytes: frame.since(mark),
      lines,
    };
    this.#oldest = (this.#oldest + 1) % MAX_KEPT;
  }
}

/** Of all screens of the process. */
export const drawnPanes = new DrawnPanes();

function isSameWay(drawn: DrawnPane, { region, was, is }: PaneWay): boolean {
  const { x0, y0, x1, y1 } = drawn.region;
  if (region.x0 !== x0 || region.x1 !== x1 || region.y0 !== y0 || region.y1 !== y1) return false;
  // The newest row is the one that differs most.
  for (let y = y1 - y0 - 1; y >= 0; y--) if (drawn.is[y] !== is[y] || drawn.was[y] !== was[y]) return false;
  return true;
}

function copyPane({ kind: { cols }, region, lines }: DrawnPane, front: Uint32Array): void {
  const { x0, x1, y0, y1 } = region;
  // Cell by cell: a view of each row would cost more.
  for (let y = y0; y < y1; y++) {
    const [kept, now] = [(y - y0) * cols, y * cols];
    for (let x = x0; x < x1; x++) front[now + x] = lines[kept + x] ?? 0;
  }
}
